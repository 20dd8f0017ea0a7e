use super::Picture;
use crate::base::{AfterSaleId, CustomerId, ImageId, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};

/// A kept picture.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Image {
    /// Who sent it.
    pub customer_id: CustomerId,
    /// What it is.
    pub content_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Keeps a picture.
pub async fn insert_image(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    picture: &Picture,
    now: Timestamp,
) -> Result<ImageId> {
    let id = ImageId::fresh(now);
    db.query(
        "insert into image (tenant_id, id, customer_id, content_type, bytes, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant)
    .bind(id)
    .bind(customer)
    .bind(picture.content_type)
    .bind(picture.bytes.to_vec())
    .bind(now)
    .execute()
    .await?;
    Ok(id)
}

/// A picture.
pub async fn image(db: &mut Conn, tenant: TenantId, id: ImageId) -> Result<Option<Image>> {
    db.query("select customer_id, content_type, bytes from image where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .optional()
        .await
}

/// How many pictures of a shopper no case names, or only one that gave nothing back.
pub async fn count_idle(db: &mut Conn, tenant: TenantId, customer: CustomerId) -> Result<i64> {
    db.query(
        "select count(*) from image i left join after_sale a on a.tenant_id = i.tenant_id and a.id = i.after_sale_id
         where i.tenant_id = $1 and i.customer_id = $2
           and (i.after_sale_id is null or a.state in ('rejected', 'cancelled'))",
    )
    .bind(tenant)
    .bind(customer)
    .scalar()
    .await
}

/// Names pictures in a case; `false` when one of them is not an unused one of the shopper's, and then
/// the caller must not commit.
pub async fn attach_images(
    db: &mut Conn,
    tenant: TenantId,
    (customer, case): (CustomerId, AfterSaleId),
    images: &[ImageId],
) -> Result<bool> {
    for image in images {
        let attached = db
            .query(
                "update image set after_sale_id = $4
                 where tenant_id = $1 and customer_id = $2 and id = $3 and after_sale_id is null",
            )
            .bind(tenant)
            .bind(customer)
            .bind(*image)
            .bind(case)
            .execute()
            .await?;
        if attached == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The pictures of many cases, in the order in which they were sent.
pub async fn images_of(
    db: &mut Conn,
    tenant: TenantId,
    cases: &[AfterSaleId],
) -> Result<Vec<(AfterSaleId, ImageId)>> {
    if cases.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select after_sale_id, id from image where tenant_id = $1 and after_sale_id in (values {rows:uuid})
         order by id",
    )
    .bind(tenant)
    .rows(cases, |query, case| query.bind(*case))
    .all()
    .await
}

/// Forgets the pictures of before `then` that no case names.
pub async fn sweep_images(db: &mut Conn, tenant: TenantId, then: Timestamp) -> Result<u64> {
    db.query("delete from image where tenant_id = $1 and after_sale_id is null and created_at < $2")
        .bind(tenant)
        .bind(then)
        .execute()
        .await
}

/// Forgets the pictures of cases that ended before `then` and gave nothing back.
pub async fn sweep_images_of_void(db: &mut Conn, tenant: TenantId, then: Timestamp) -> Result<u64> {
    db.query(
        "delete from image where tenant_id = $1 and after_sale_id in
           (select id from after_sale where tenant_id = $1 and state in ('rejected', 'cancelled')
              and updated_at < $2)",
    )
    .bind(tenant)
    .bind(then)
    .execute()
    .await
}
