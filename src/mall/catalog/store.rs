use super::model::{Article, Category, NewProduct, Product, ProductCard, ProductState, Sku};
use crate::base::{CategoryId, FreightTemplateId, Page, Paging, ProductId, SkuId, TenantId, Timestamp};
use crate::infra::db::{Conn, Json, Result};

/// Whether nothing is listed yet.
pub async fn is_empty(db: &mut Conn, tenant: TenantId) -> Result<bool> {
    let found: i64 =
        db.query("select count(*) from category where tenant_id = $1").bind(tenant).scalar().await?;
    Ok(found == 0)
}

pub(super) async fn categories(db: &mut Conn, tenant: TenantId) -> Result<Vec<Category>> {
    db.query("select id, parent_id, name, image_url from category where tenant_id = $1 order by position, id")
        .bind(tenant)
        .all()
        .await
}

/// Products on sale that have something to choose.
pub(super) async fn products(
    db: &mut Conn,
    tenant: TenantId,
    category: Option<CategoryId>,
    paging: Paging,
) -> Result<Page<ProductCard>> {
    db.query(
        "select p.id, p.category_id, p.title, p.subtitle, p.images,
           (select min(s.price) from sku s
             where s.tenant_id = p.tenant_id and s.product_id = p.id and s.enabled) as min_price,
           (select max(s.price) from sku s
             where s.tenant_id = p.tenant_id and s.product_id = p.id and s.enabled) as max_price
         from product p
         where p.tenant_id = $1 and p.state = 'on_sale' and (p.category_id = $2 or $2 is null)
           and exists (select 1 from sku s
             where s.tenant_id = p.tenant_id and s.product_id = p.id and s.enabled)",
    )
    .bind(tenant)
    .bind(category)
    .page("id", paging, |row: &ProductCard| row.id.uuid())
    .await
}

/// A product and its SKUs, if it is on sale.
pub async fn product(db: &mut Conn, tenant: TenantId, id: ProductId) -> Result<Option<(Product, Vec<Sku>)>> {
    let product: Option<Product> = db
        .query(
            "select id, merchant_id, category_id, title, subtitle, description, images, state, created_at
             from product where tenant_id = $1 and id = $2 and state = 'on_sale'",
        )
        .bind(tenant)
        .bind(id)
        .optional()
        .await?;
    let Some(product) = product else { return Ok(None) };
    let skus = db
        .query(
            "select id, code, specs, price, image_url from sku
             where tenant_id = $1 and product_id = $2 and enabled order by position",
        )
        .bind(tenant)
        .bind(id)
        .all()
        .await?;
    Ok(Some((product, skus)))
}

/// Many SKUs at once, with what an order copies of them.
pub async fn articles(db: &mut Conn, wanted: &[(TenantId, SkuId)]) -> Result<Vec<Article>> {
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select s.tenant_id, s.id as sku_id, s.product_id, p.merchant_id, p.title, s.specs, s.image_url, s.price,
           s.weight, p.freight_template_id, s.enabled, p.state
         from sku s join product p on p.tenant_id = s.tenant_id and p.id = s.product_id
         where (s.tenant_id, s.id) in (values {rows:uuid,uuid})",
    )
    .rows(wanted, |query, (tenant, sku)| query.bind(*tenant).bind(*sku))
    .all()
    .await
}

/// Adds a shelf.
pub async fn insert_category(
    db: &mut Conn,
    tenant: TenantId,
    name: &str,
    image_url: &str,
    position: i64,
    now: Timestamp,
) -> Result<CategoryId> {
    let id = CategoryId::fresh(now);
    db.query("insert into category (tenant_id, id, name, image_url, position) values ($1, $2, $3, $4, $5)")
        .bind(tenant)
        .bind(id)
        .bind(name)
        .bind(image_url)
        .bind(position)
        .execute()
        .await?;
    Ok(id)
}

/// Lists a product with its SKUs; gives the SKUs' ids in their order.
pub async fn insert_product(
    db: &mut Conn,
    tenant: TenantId,
    product: &NewProduct,
    now: Timestamp,
) -> Result<Vec<SkuId>> {
    let id = ProductId::fresh(now);
    db.query(
        "insert into product (tenant_id, id, merchant_id, category_id, title, subtitle, description, images, state,
           created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tenant)
    .bind(id)
    .bind(product.merchant_id)
    .bind(product.category_id)
    .bind(&product.title)
    .bind(&product.subtitle)
    .bind(&product.description)
    .bind(Json(product.images.clone()))
    .bind(ProductState::OnSale)
    .bind(now)
    .execute()
    .await?;
    insert_skus(db, tenant, id, product, now).await
}

async fn insert_skus(
    db: &mut Conn,
    tenant: TenantId,
    id: ProductId,
    product: &NewProduct,
    now: Timestamp,
) -> Result<Vec<SkuId>> {
    let rows: Vec<_> =
        (0_i64..).zip(&product.skus).map(|(place, sku)| (SkuId::fresh(now), place, sku)).collect();
    db.query(
        "insert into sku (tenant_id, id, product_id, code, specs, price, image_url, enabled, position)
         values {rows:uuid,uuid,uuid,text,jsonb,bigint,text,boolean,bigint}",
    )
    .rows(&rows, |query, (sku_id, place, sku)| {
        query
            .bind(tenant)
            .bind(*sku_id)
            .bind(id)
            .bind(sku.code.clone())
            .bind(Json(sku.specs.clone()))
            .bind(sku.price)
            .bind(sku.image_url.clone())
            .bind(true)
            .bind(*place)
    })
    .execute()
    .await?;
    Ok(rows.into_iter().map(|(sku_id, ..)| sku_id).collect())
}

/// What the delivery of a product costs; `None`: as its merchant's others. `false` when there is no such product.
pub(super) async fn set_freight(
    db: &mut Conn,
    tenant: TenantId,
    product: ProductId,
    template: Option<FreightTemplateId>,
) -> Result<bool> {
    let changed = db
        .query("update product set freight_template_id = $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(product)
        .bind(template)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// What one piece weighs, in grams; `false` when there is no such SKU.
pub(super) async fn set_weight(db: &mut Conn, tenant: TenantId, sku: SkuId, grams: i64) -> Result<bool> {
    let changed = db
        .query("update sku set weight = $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(sku)
        .bind(grams)
        .execute()
        .await?;
    Ok(changed == 1)
}
