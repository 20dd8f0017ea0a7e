use crate::base::{
    AfterSaleId, AfterSaleLineId, CustomerId, LineId, Money, OperatorId, OrderId, ReasonId, Timestamp,
    TradeId,
};
use crate::infra::http::Language;
use serde::Serialize;

crate::column_enum!(
    /// What is asked for.
    AfterSaleKind {
        /// Pieces that were not sent are not wanted any more.
        Cancel = "cancel",
        /// Money for pieces that stay with the shopper.
        RefundOnly = "refund_only",
        /// Money for pieces that are sent back.
        ReturnRefund = "return_refund",
        /// Money that an operator gives, for no piece.
        Goodwill = "goodwill",
    }
);

crate::column_enum!(
    /// Where a case stands.
    AfterSaleState {
        /// An operator is to decide.
        Requested = "requested",
        /// The shopper is to send the goods back.
        Approved = "approved",
        /// The goods are on their way back, or back.
        Returned = "returned",
        /// The money is on its way.
        Refunding = "refunding",
        /// The money went back.
        Done = "done",
        /// An operator said no.
        Rejected = "rejected",
        /// The shopper does not want it any more, or did not send the goods in time.
        Cancelled = "cancelled",
    }
);

crate::column_enum!(
    /// What its viewer may do with a case now.
    AfterSaleAction {
        /// `POST …/withdraw`
        Withdraw = "withdraw",
        /// `POST …/return-shipment`
        ReturnShipment = "return_shipment",
        /// `POST …/approve`
        Approve = "approve",
        /// `POST …/reject`
        Reject = "reject",
        /// `POST …/receive`
        Receive = "receive",
        /// `POST …/accept`
        Accept = "accept",
        /// `POST …/restock`
        Restock = "restock",
        /// `POST …/settle`
        Settle = "settle",
        /// One operator has consented; it happens when another one does the same.
        SecondConsent = "second_consent",
    }
);

impl AfterSaleKind {
    /// For people.
    pub fn text(self, language: Language) -> &'static str {
        match self {
            Self::Cancel => language.pick("取消订单", "Cancellation"),
            Self::RefundOnly => language.pick("仅退款", "Refund only"),
            Self::ReturnRefund => language.pick("退货退款", "Return and refund"),
            Self::Goodwill => language.pick("商家退款", "Refund by the shop"),
        }
    }
}

impl AfterSaleState {
    /// The allowed moves of a case of `kind`.
    pub fn may_become(self, kind: AfterSaleKind, next: Self) -> bool {
        let returns = kind == AfterSaleKind::ReturnRefund;
        match (self, next) {
            (Self::Requested, Self::Rejected | Self::Cancelled) | (Self::Refunding, Self::Done) => true,
            (Self::Requested, Self::Refunding) => !returns,
            (Self::Requested, Self::Approved)
            | (Self::Approved, Self::Returned | Self::Cancelled)
            | (Self::Returned, Self::Refunding | Self::Rejected) => returns,
            _ => false,
        }
    }

    /// Whether it ended without giving anything back: then nothing is claimed for it any more.
    pub fn is_void(self) -> bool {
        matches!(self, Self::Rejected | Self::Cancelled)
    }

    /// For people.
    pub fn text(self, language: Language) -> &'static str {
        match self {
            Self::Requested => language.pick("待商家处理", "Waiting for the shop"),
            Self::Approved => language.pick("待寄回商品", "Waiting for the goods"),
            Self::Returned => language.pick("商品寄回中", "Goods on their way back"),
            Self::Refunding => language.pick("退款中", "Refund on its way"),
            Self::Done => language.pick("已退款", "Refunded"),
            Self::Rejected => language.pick("商家已拒绝", "Refused"),
            Self::Cancelled => language.pick("已撤销", "Withdrawn"),
        }
    }
}

/// A case. Amounts are fen.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct AfterSale {
    /// Which.
    pub id: AfterSaleId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// Of which order.
    pub order_id: OrderId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What is asked for.
    pub kind: AfterSaleKind,
    /// Where it stands.
    pub state: AfterSaleState,
    /// Why: what the shopper chose. It may be gone since.
    pub reason_id: Option<ReasonId>,
    /// Its words in Chinese.
    #[serde(skip)]
    pub reason: String,
    /// Its words in English.
    #[serde(skip)]
    pub reason_en: Option<String>,
    /// What the shopper wrote.
    pub description: Option<String>,
    /// What its lines are worth.
    pub worth: Money,
    /// What goes back, once that is decided.
    pub amount: Option<Money>,
    /// The first of two operators who let a large amount go.
    #[serde(skip)]
    pub first_consent_by: Option<OperatorId>,
    /// How much they meant.
    #[serde(skip)]
    pub first_consent_amount: Option<Money>,
    /// Who decided.
    #[serde(skip)]
    pub decided_by: Option<OperatorId>,
    /// Why not.
    pub reject_reason: Option<String>,
    /// The sealed address that goods are sent back to.
    #[serde(skip)]
    pub return_address_sealed: Option<String>,
    /// Who carries the goods back.
    pub return_carrier: Option<String>,
    /// The carrier's number of the parcel.
    pub return_tracking_no: Option<String>,
    /// When the shopper sent the goods.
    pub returned_at: Option<Timestamp>,
    /// When they came back.
    pub received_at: Option<Timestamp>,
    /// When the present state times out.
    pub due_at: Option<Timestamp>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Pieces of an order's line in a case.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct AfterSaleLine {
    /// Which.
    pub id: AfterSaleLineId,
    #[serde(skip)]
    pub after_sale_id: AfterSaleId,
    /// Of which line of the order.
    pub line_id: LineId,
    /// How many.
    pub quantity: i64,
    /// What they are worth.
    pub amount: Money,
    /// How many of them were put back on the shelf.
    pub restocked: i64,
}

/// What an operator's consent brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// The money may go.
    Enough,
    /// It is written down; another operator must consent too.
    First,
    /// They consented before; it takes another one.
    SamePerson,
}

impl AfterSale {
    /// What it brings about that `by` lets `amount` go. `two`: that [takes two operators](needs_two).
    pub fn consent(&self, amount: Money, by: OperatorId, two: bool) -> Consent {
        if !two {
            return Consent::Enough;
        }
        match (self.first_consent_by, self.first_consent_amount) {
            (Some(first), Some(meant)) if meant == amount => {
                if first == by {
                    Consent::SamePerson
                } else {
                    Consent::Enough
                }
            }
            _ => Consent::First,
        }
    }

    /// Whether there are pieces that can be put back on the shelf: never sent, or back again.
    pub fn may_restock(&self) -> bool {
        let paid_back = matches!(self.state, AfterSaleState::Refunding | AfterSaleState::Done);
        paid_back && (self.kind == AfterSaleKind::Cancel || self.received_at.is_some())
    }

    /// Whether goods of it may still come in.
    pub fn may_receive(&self) -> bool {
        self.returned_at.is_some() && self.received_at.is_none() && !self.state.is_void()
    }

    /// Its reason for people.
    pub fn reason_text(&self, language: Language) -> &str {
        match (language, &self.reason_en) {
            (Language::English, Some(text)) => text,
            _ => &self.reason,
        }
    }

    /// Its state for people. Of one that was done otherwise nobody is told that money went back.
    pub fn state_text(&self, language: Language) -> &'static str {
        if self.state == AfterSaleState::Done && self.amount == Some(Money::ZERO) {
            return language.pick("已完结", "Closed");
        }
        self.state.text(language)
    }

    /// What its shopper may do now.
    pub fn actions_of_shopper(&self) -> Vec<AfterSaleAction> {
        match self.state {
            _ if self.kind == AfterSaleKind::Goodwill => vec![],
            AfterSaleState::Requested => vec![AfterSaleAction::Withdraw],
            AfterSaleState::Approved => vec![AfterSaleAction::ReturnShipment, AfterSaleAction::Withdraw],
            _ => vec![],
        }
    }

    /// What an operator may do now. `unstocked`: pieces of it were not put back on the shelf yet;
    /// `stuck`: WeChat closed all its refunds.
    pub fn actions_of_operator(
        &self,
        viewer: OperatorId,
        unstocked: bool,
        stuck: bool,
    ) -> Vec<AfterSaleAction> {
        let decision = match self.state {
            AfterSaleState::Requested => Some(AfterSaleAction::Approve),
            AfterSaleState::Returned => Some(AfterSaleAction::Accept),
            _ => None,
        };
        let first = self.first_consent_by;
        let mut actions: Vec<_> = decision.into_iter().filter(|_| first != Some(viewer)).collect();
        let others = [
            (AfterSaleAction::SecondConsent, decision.is_some() && first.is_some()),
            (AfterSaleAction::Reject, decision.is_some()),
            (AfterSaleAction::Receive, self.may_receive()),
            (AfterSaleAction::Restock, self.may_restock() && unstocked),
            (AfterSaleAction::Settle, self.state == AfterSaleState::Refunding && stuck),
        ];
        actions.extend(others.into_iter().filter(|(_, may)| *may).map(|(action, _)| action));
        actions
    }
}

/// Whether it takes two operators that `amount` more goes back of an order of which `before` was let go:
/// in parts it takes as many as at once. A `limit` of nothing: one is always enough.
pub fn needs_two(before: Money, amount: Money, limit: Money) -> bool {
    let large = before.plus(amount).is_none_or(|together| together > limit);
    limit.is_positive() && amount.is_positive() && large
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(kind: AfterSaleKind, state: AfterSaleState) -> AfterSale {
        let now = Timestamp::from_millis(1);
        AfterSale {
            id: AfterSaleId::fresh(now),
            trade_id: TradeId::fresh(now),
            order_id: OrderId::fresh(now),
            customer_id: CustomerId::fresh(now),
            kind,
            state,
            reason_id: None,
            reason: "不想要了".to_owned(),
            reason_en: None,
            description: None,
            worth: Money::fen(900),
            amount: None,
            first_consent_by: None,
            first_consent_amount: None,
            decided_by: None,
            reject_reason: None,
            return_address_sealed: None,
            return_carrier: None,
            return_tracking_no: None,
            returned_at: None,
            received_at: None,
            due_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn every_case_moves_as_the_diagram_says() {
        use AfterSaleState::{Approved, Cancelled, Done, Refunding, Rejected, Requested, Returned};
        let anyway = [(Requested, Rejected), (Requested, Cancelled), (Refunding, Done)];
        let without_return = [(Requested, Refunding)];
        let with_return = [
            (Requested, Approved),
            (Approved, Returned),
            (Approved, Cancelled),
            (Returned, Refunding),
            (Returned, Rejected),
        ];
        for kind in AfterSaleKind::ALL {
            let returns = *kind == AfterSaleKind::ReturnRefund;
            for from in AfterSaleState::ALL {
                for to in AfterSaleState::ALL {
                    let step = (*from, *to);
                    let allowed = anyway.contains(&step)
                        || (returns && with_return.contains(&step))
                        || (!returns && without_return.contains(&step));
                    assert_eq!(from.may_become(*kind, *to), allowed, "{kind}: {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn nothing_leaves_an_end() {
        for kind in AfterSaleKind::ALL {
            for to in AfterSaleState::ALL {
                for end in [AfterSaleState::Done, AfterSaleState::Rejected, AfterSaleState::Cancelled] {
                    assert!(!end.may_become(*kind, *to), "{end} to {to}");
                }
            }
        }
    }

    #[test]
    fn a_large_amount_takes_two() {
        let now = Timestamp::from_millis(1);
        let (one, two) = (OperatorId::fresh(now), OperatorId::fresh(now));
        let (small, large) = (Money::fen(500), Money::fen(501));
        let fresh = case(AfterSaleKind::RefundOnly, AfterSaleState::Requested);
        let mut half = fresh.clone();
        (half.first_consent_by, half.first_consent_amount) = (Some(one), Some(large));
        for (case, amount, by, is_large, outcome) in [
            (&fresh, small, one, false, Consent::Enough),
            (&fresh, large, one, true, Consent::First),
            (&half, large, one, true, Consent::SamePerson),
            (&half, large, two, true, Consent::Enough),
            (&half, Money::fen(502), two, true, Consent::First),
            (&half, Money::fen(502), one, true, Consent::First),
            (&half, small, one, false, Consent::Enough),
        ] {
            assert_eq!(case.consent(amount, by, is_large), outcome, "{amount} by {by}");
        }
    }

    #[test]
    fn parts_are_as_large_as_the_whole() {
        for (before, amount, limit, two) in [
            (0, 500, 500, false),
            (0, 501, 500, true),
            (300, 200, 500, false),
            (300, 201, 500, true),
            (900, 1, 500, true),
            (900, 0, 500, false),
            (900, 501, 0, false),
            (i64::MAX, 1, 500, true),
        ] {
            let found = needs_two(Money::fen(before), Money::fen(amount), Money::fen(limit));
            assert_eq!(found, two, "{amount} after {before}, limit {limit}");
        }
    }

    #[test]
    fn only_a_case_that_wechat_gives_nothing_for_is_settled_otherwise() {
        let one = OperatorId::fresh(Timestamp::from_millis(1));
        for state in AfterSaleState::ALL {
            let case = case(AfterSaleKind::Goodwill, *state);
            let may = |stuck| case.actions_of_operator(one, false, stuck).contains(&AfterSaleAction::Settle);
            assert_eq!((may(true), may(false)), (*state == AfterSaleState::Refunding, false), "{state}");
        }
    }

    #[test]
    fn viewers_are_told_what_they_may_do() {
        use AfterSaleAction::{Accept, Approve, Receive, Reject, Restock, SecondConsent};
        let now = Timestamp::from_millis(1);
        let (one, two) = (OperatorId::fresh(now), OperatorId::fresh(now));
        let mut refund = case(AfterSaleKind::RefundOnly, AfterSaleState::Requested);
        assert_eq!(refund.actions_of_operator(one, true, false), [Approve, Reject]);
        (refund.first_consent_by, refund.first_consent_amount) = (Some(one), Some(refund.worth));
        assert_eq!(refund.actions_of_operator(one, true, false), [SecondConsent, Reject]);
        assert_eq!(refund.actions_of_operator(two, true, false), [Approve, SecondConsent, Reject]);
        let mut back = case(AfterSaleKind::ReturnRefund, AfterSaleState::Returned);
        back.returned_at = Some(now);
        assert_eq!(back.actions_of_operator(one, true, false), [Accept, Reject, Receive]);
        (back.state, back.received_at) = (AfterSaleState::Done, Some(now));
        assert_eq!(back.actions_of_operator(one, true, false), [Restock]);
        assert_eq!(back.actions_of_operator(one, false, false), []);
        let given = case(AfterSaleKind::Goodwill, AfterSaleState::Requested);
        assert_eq!(given.actions_of_shopper(), []);
    }
}
