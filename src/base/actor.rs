use super::OperatorId;

crate::column_enum!(
    /// Who moved something.
    Actor {
        /// The shopper.
        Shopper = "shopper",
        /// An operator.
        Operator = "operator",
        /// WeChat, by call-back or answer.
        Wechat = "wechat",
        /// A timer.
        System = "system",
    }
);

/// Who moves something, and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Who.
    pub actor: Actor,
    /// Which operator.
    pub operator_id: Option<OperatorId>,
    /// Why.
    pub reason: Option<&'a str>,
}

impl<'a> By<'a> {
    /// Anyone but an operator.
    pub fn new(actor: Actor) -> Self {
        Self { actor, operator_id: None, reason: None }
    }

    /// An operator.
    pub fn operator(id: OperatorId) -> Self {
        Self { actor: Actor::Operator, operator_id: Some(id), reason: None }
    }

    /// And why.
    pub fn because(self, reason: &'a str) -> Self {
        Self { reason: Some(reason), ..self }
    }
}
