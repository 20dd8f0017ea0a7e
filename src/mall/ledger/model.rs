use crate::base::Money;

crate::column_enum!(
    /// Where value lies.
    Account {
        /// What WeChat has collected for us.
        Wechat = "wechat",
        /// What was sold.
        Sales = "sales",
        /// What must go back.
        OwedToCustomers = "owed_to_customers",
    }
);

crate::column_enum!(
    /// What happened.
    Kind {
        /// A trade was paid.
        Payment = "payment",
        /// Money came that nobody wants.
        UnwantedPayment = "unwanted_payment",
        /// Money went back.
        Refund = "refund",
    }
);

/// One transaction to be written: its entries add up to nothing by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// What happened.
    pub kind: Kind,
    /// Goes up.
    pub debit: Account,
    /// Goes down.
    pub credit: Account,
    /// By this much.
    pub amount: Money,
}

impl Posting {
    /// A trade was paid.
    pub fn payment(amount: Money) -> Self {
        Self { kind: Kind::Payment, debit: Account::Wechat, credit: Account::Sales, amount }
    }

    /// Money came that must go back.
    pub fn unwanted_payment(amount: Money) -> Self {
        Self { kind: Kind::UnwantedPayment, debit: Account::Wechat, credit: Account::OwedToCustomers, amount }
    }

    /// What was owed went back.
    pub fn refund(amount: Money) -> Self {
        Self { kind: Kind::Refund, debit: Account::OwedToCustomers, credit: Account::Wechat, amount }
    }

    /// The entries, debit positive.
    pub fn entries(&self) -> [(Account, Money); 2] {
        [(self.debit, self.amount), (self.credit, -self.amount)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_posting_balances() {
        let amount = Money::fen(12_345);
        for posting in [Posting::payment(amount), Posting::unwanted_payment(amount), Posting::refund(amount)]
        {
            let sum = Money::sum(posting.entries().map(|(_, amount)| amount));
            assert_eq!(sum, Some(Money::ZERO));
            assert_ne!(posting.debit, posting.credit);
        }
    }
}
