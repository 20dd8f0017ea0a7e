use crate::base::{LineId, SkuId, TenantId, TradeId};
use std::collections::HashMap;
use std::hash::BuildHasher;

crate::column_enum!(
    /// What became of a hold.
    HoldState {
        /// Waiting for the payment.
        Held = "held",
        /// Sold.
        Committed = "committed",
        /// Given back.
        Released = "released",
    }
);

/// What there is of one SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Level {
    /// In whose mall.
    #[serde(skip)]
    pub tenant_id: TenantId,
    /// Of what.
    pub sku_id: SkuId,
    /// On the shelf.
    pub on_hand: i64,
    /// Of that, held by unpaid orders.
    pub reserved: i64,
}

impl Level {
    /// What can be bought.
    pub fn available(&self) -> i64 {
        self.on_hand - self.reserved
    }
}

/// What one order line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Hold {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which line.
    pub line_id: LineId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// Of what.
    pub sku_id: SkuId,
    /// How many.
    pub quantity: i64,
}

/// There is less than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// Of what.
    pub sku_id: SkuId,
    /// What is left.
    pub available: i64,
}

/// Takes `wanted` out of `left`, all or nothing.
pub fn allocate<S: BuildHasher>(
    left: &mut HashMap<(TenantId, SkuId), i64, S>,
    tenant: TenantId,
    wanted: &[(SkuId, i64)],
) -> Result<(), Shortage> {
    for &(sku_id, quantity) in wanted {
        let available = left.get(&(tenant, sku_id)).copied().unwrap_or(0);
        if available < quantity {
            return Err(Shortage { sku_id, available });
        }
    }
    for &(sku_id, quantity) in wanted {
        *left.entry((tenant, sku_id)).or_default() -= quantity;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;

    #[test]
    fn whoever_gets_not_all_gets_nothing() {
        let now = Timestamp::from_millis(1);
        let (tenant, shirt, hat) = (TenantId::fresh(now), SkuId::fresh(now), SkuId::fresh(now));
        let mut left = HashMap::from([((tenant, shirt), 3), ((tenant, hat), 1)]);
        assert_eq!(
            allocate(&mut left, tenant, &[(shirt, 2), (hat, 2)]),
            Err(Shortage { sku_id: hat, available: 1 })
        );
        assert_eq!(left[&(tenant, shirt)], 3);
        assert_eq!(allocate(&mut left, tenant, &[(shirt, 2), (hat, 1)]), Ok(()));
        assert_eq!((left[&(tenant, shirt)], left[&(tenant, hat)]), (1, 0));
    }
}
