//! Placing trades. Requests queue for one worker, which takes whatever is waiting and writes the
//! whole batch in one transaction with set-based statements. Idle it adds no wait; busy it gets
//! better; and it is first come, first served within a batch.

mod batch;
mod draft;
mod routes;
mod worker;

pub use self::batch::place;
pub use self::routes::shop;
pub use self::worker::{Placer, run};

use super::quote::Wanted;
use crate::base::{AddressId, CustomerId, Money, Problem, TenantId, Text, Timestamp, TradeId};
use crate::infra::idempotency::Key;
use crate::mall::order::TradeState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a shopper orders.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    /// What is wanted, each SKU once.
    pub lines: Option<Vec<Wanted>>,
    /// All that is in the cart.
    #[serde(default)]
    pub from_cart: bool,
    /// Where to.
    pub address_id: AddressId,
    /// The total that the shopper saw.
    pub expected_total: Money,
    /// A wish.
    pub remark: Option<Text<200>>,
}

/// One request in a batch.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Makes a repeat the same request.
    pub key: Key,
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Who orders.
    pub customer_id: CustomerId,
    /// What.
    pub input: PlaceInput,
}

/// What a shopper gets for it. Kept for repeats, so it names nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placed {
    /// The trade to pay.
    pub id: TradeId,
    /// Waiting for payment.
    pub state: TradeState,
    /// For the goods.
    pub goods_total: Money,
    /// Taken off.
    pub discount_total: Money,
    /// For the delivery.
    pub freight_total: Money,
    /// To be paid.
    pub total: Money,
    /// Until when.
    pub expires_at: Timestamp,
}

impl PlaceInput {
    /// Checks what can be checked without the database.
    pub fn check(&self) -> Result<(), Problem> {
        if !self.expected_total.is_positive() {
            return Err(Problem::field("expected_total", "must be the total of the quote"));
        }
        super::quote::check_lines(self.lines.as_deref(), self.from_cart)
    }
}
