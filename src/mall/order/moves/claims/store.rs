use crate::base::{Money, OrderId, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use crate::mall::order::model::{Claim, Order};

/// Claims pieces of lines; `false` when one of them is not there to be claimed any more, and then the
/// caller must not commit.
pub async fn claim_lines(db: &mut Conn, tenant: TenantId, claims: &[Claim]) -> Result<bool> {
    for claim in claims {
        let done = db
            .query(
                "update order_line set claimed = claimed + $3, cancelled = cancelled + $4,
                   claimed_amount = claimed_amount + $5
                 where tenant_id = $1 and id = $2 and claimed + $3 <= quantity
                   and shipped + cancelled + $4 <= quantity and claimed + $3 - cancelled - $4 <= shipped
                   and claimed_amount + $5 <= payable",
            )
            .bind(tenant)
            .bind(claim.line_id)
            .bind(claim.quantity)
            .bind(if claim.cancels { claim.quantity } else { 0 })
            .bind(claim.amount)
            .execute()
            .await?;
        if done == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lets claimed pieces go again.
pub async fn release_lines(db: &mut Conn, tenant: TenantId, claims: &[Claim]) -> Result<()> {
    for claim in claims {
        db.query(
            "update order_line set claimed = claimed - $3, cancelled = cancelled - $4,
               claimed_amount = claimed_amount - $5
             where tenant_id = $1 and id = $2",
        )
        .bind(tenant)
        .bind(claim.line_id)
        .bind(claim.quantity)
        .bind(if claim.cancels { claim.quantity } else { 0 })
        .bind(claim.amount)
        .execute()
        .await?;
    }
    Ok(())
}

/// Claims money of an order; `false` when that is more than is left of what was paid.
pub async fn claim_refund(db: &mut Conn, tenant: TenantId, order: OrderId, amount: Money) -> Result<bool> {
    let claimed = db
        .query(
            "update orders set refunding = refunding + $3
             where tenant_id = $1 and id = $2 and refunding + $3 <= total and state not in ('unpaid', 'closed')",
        )
        .bind(tenant)
        .bind(order)
        .bind(amount)
        .execute()
        .await?;
    Ok(claimed == 1)
}

/// A refund was closed: its money is not going back.
pub async fn release_refund(db: &mut Conn, tenant: TenantId, order: OrderId, amount: Money) -> Result<()> {
    db.query("update orders set refunding = refunding - $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(order)
        .bind(amount)
        .execute()
        .await
        .map(drop)
}

/// Money of an order went back; gives the order as it is then.
pub(super) async fn add_refunded(
    db: &mut Conn,
    tenant: TenantId,
    order: OrderId,
    amount: Money,
    now: Timestamp,
) -> Result<Order> {
    db.query(
        "update orders set refunded = refunded + $3, updated_at = $4 where tenant_id = $1 and id = $2
         returning id, trade_id, merchant_id, customer_id, state, goods_total, discount, freight, total, refunding,
           refunded, created_at, updated_at, shipped_at, received_at, completed_at",
    )
    .bind(tenant)
    .bind(order)
    .bind(amount)
    .bind(now)
    .one()
    .await
}
