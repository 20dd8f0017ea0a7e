use crate::base::{CustomerId, Quantity, SkuId, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};

/// The most different SKUs in one cart.
pub const MOST_ITEMS: usize = 100;

/// One SKU in a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Whose cart.
    pub customer_id: CustomerId,
    /// What.
    pub sku_id: SkuId,
    /// How many.
    pub quantity: i64,
}

/// The carts of these shoppers, oldest item first.
pub async fn items_of(db: &mut Conn, whose: &[(TenantId, CustomerId)]) -> Result<Vec<Item>> {
    if whose.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select tenant_id, customer_id, sku_id, quantity from cart_item
         where (tenant_id, customer_id) in (values {rows:uuid,uuid})
         order by tenant_id, customer_id, created_at, sku_id",
    )
    .rows(whose, |query, (tenant, customer)| query.bind(*tenant).bind(*customer))
    .all()
    .await
}

/// Puts more of an SKU into the cart; `false` when there would be more than 999 of it.
pub async fn add(
    db: &mut Conn,
    (tenant, customer): (TenantId, CustomerId),
    sku: SkuId,
    quantity: Quantity,
    now: Timestamp,
) -> Result<bool> {
    let changed = db
        .query(
            "insert into cart_item (tenant_id, customer_id, sku_id, quantity, created_at)
             values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, customer_id, sku_id) do update set quantity = cart_item.quantity + excluded.quantity
             where cart_item.quantity + excluded.quantity <= $6",
        )
        .bind(tenant)
        .bind(customer)
        .bind(sku)
        .bind(quantity.get())
        .bind(now)
        .bind(Quantity::MAX)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Sets how many of an SKU are in the cart; `false` when it is not in there.
pub async fn set(
    db: &mut Conn,
    (tenant, customer): (TenantId, CustomerId),
    sku: SkuId,
    quantity: Quantity,
) -> Result<bool> {
    let changed = db
        .query("update cart_item set quantity = $4 where tenant_id = $1 and customer_id = $2 and sku_id = $3")
        .bind(tenant)
        .bind(customer)
        .bind(sku)
        .bind(quantity.get())
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Takes an SKU out of the cart; nothing happens when it is not in there.
pub async fn remove(db: &mut Conn, (tenant, customer): (TenantId, CustomerId), sku: SkuId) -> Result<()> {
    db.query("delete from cart_item where tenant_id = $1 and customer_id = $2 and sku_id = $3")
        .bind(tenant)
        .bind(customer)
        .bind(sku)
        .execute()
        .await?;
    Ok(())
}

/// Takes what was ordered out of the carts; `false` when any of it changed meanwhile, and then what
/// was read of the carts does not hold any more.
pub async fn clear(db: &mut Conn, ordered: &[Item]) -> Result<bool> {
    if ordered.is_empty() {
        return Ok(true);
    }
    let gone = db
        .query(
            "delete from cart_item where (tenant_id, customer_id, sku_id, quantity) in
               (values {rows:uuid,uuid,uuid,bigint})",
        )
        .rows(ordered, |query, item| {
            query.bind(item.tenant_id).bind(item.customer_id).bind(item.sku_id).bind(item.quantity)
        })
        .execute()
        .await?;
    Ok(gone == ordered.len() as u64)
}
