//! What operators do about refunds: who, when, and where they sent money that could not go back.

mod store;

pub use self::store::{accept_redirection, actions_of, actions_of_trade, insert_action, settle_redirections};

use crate::base::{OperatorId, RefundActionId, RefundId, Timestamp};
use serde::Serialize;

crate::column_enum!(
    /// What an operator did.
    ActionKind {
        /// Took it in hand.
        Take = "take",
        /// Had it tried again, under a new number.
        Retry = "retry",
        /// Sent its money another way.
        Redirect = "redirect",
    }
);

crate::column_enum!(
    /// Where money goes that cannot go back the way it came.
    Way {
        /// To a card of the shopper.
        Shopper = "shopper",
        /// To the merchant's own account: the shopper is still owed it.
        Merchant = "merchant",
    }
);

crate::column_enum!(
    /// What WeChat said to a redirection.
    RefundAnswer {
        /// Nothing that we know of: it may have been taken.
        None = "none",
        /// It is on its way.
        Accepted = "accepted",
        /// It had no effect.
        Refused = "refused",
    }
);

/// One thing that an operator did about a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct RefundAction {
    /// Which.
    pub id: RefundActionId,
    /// About which refund.
    pub refund_id: RefundId,
    /// What.
    pub kind: ActionKind,
    /// Who.
    pub operator_id: OperatorId,
    /// What they said about it.
    pub note: Option<String>,
    /// Where they sent the money.
    pub way: Option<Way>,
    /// The last four digits of the card.
    pub card_tail: Option<String>,
    /// What WeChat said to it.
    pub answer: Option<RefundAnswer>,
    /// When.
    pub created_at: Timestamp,
}

impl RefundAction {
    /// Something done about a refund, now.
    pub fn new(refund: RefundId, kind: ActionKind, operator: OperatorId, now: Timestamp) -> Self {
        Self {
            id: RefundActionId::fresh(now),
            refund_id: refund,
            kind,
            operator_id: operator,
            note: None,
            way: None,
            card_tail: None,
            answer: None,
            created_at: now,
        }
    }
}
