use crate::base::{MerchantId, Money};

crate::column_enum!(
    /// Where value lies. Those of a merchant name it; the others are the tenant's.
    Account {
        /// What WeChat has collected for us.
        Wechat = "wechat",
        /// What must go back to shoppers.
        OwedToCustomers = "owed_to_customers",
        /// A merchant's goods that were sold, after discounts.
        Sales = "sales",
        /// A merchant's deliveries that were paid.
        Freight = "freight",
        /// What a merchant's shoppers get back.
        Refunds = "refunds",
        /// What WeChat keeps.
        Fees = "fees",
        /// What completed orders pass on to a merchant.
        MerchantShare = "merchant_share",
        /// What a merchant is to be paid out.
        MerchantPayable = "merchant_payable",
        /// What nobody can explain yet.
        Suspense = "suspense",
    }
);

crate::column_enum!(
    /// What happened.
    #[schema(as = LedgerKind)]
    Kind {
        /// A trade was paid.
        Payment = "payment",
        /// Money came that nobody wants.
        UnwantedPayment = "unwanted_payment",
        /// Money of an order is to go back.
        RefundIntent = "refund_intent",
        /// Money went back.
        Refund = "refund",
        /// Money of an order will not go back after all.
        RefundClosed = "refund_closed",
        /// An order is over: its merchant is to be paid out.
        Completion = "completion",
        /// WeChat kept its fees of a day.
        Fee = "fee",
        /// WeChat has moved money that we know nothing of.
        Suspense = "suspense",
        /// An operator put something right.
        Correction = "correction",
    }
);

impl Account {
    /// Whether it is kept for each merchant.
    pub fn is_of_merchants(self) -> bool {
        matches!(
            self,
            Self::Sales | Self::Freight | Self::Refunds | Self::MerchantShare | Self::MerchantPayable
        )
    }
}

/// One side of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub account: Account,
    /// Of whom, for an account of the merchants.
    pub merchant_id: Option<MerchantId>,
    /// Debit positive, credit negative.
    pub amount: Money,
}

/// One transaction to be written. Its entries add up to nothing by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    kind: Kind,
    entries: Vec<Entry>,
}

/// What an order brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Who sold.
    pub merchant_id: MerchantId,
    /// For the goods, after discounts.
    pub goods: Money,
    /// For the delivery.
    pub freight: Money,
}

/// What of an order goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// Who sold.
    pub merchant_id: MerchantId,
    /// How much.
    pub amount: Money,
    /// Whether the order is completed: then its merchant is paid out that much less.
    pub completed: bool,
}

impl Posting {
    /// A trade was paid; `None` when the parts do not fit into an amount.
    pub fn payment(parts: &[Part]) -> Option<Self> {
        let total = Money::sum(parts.iter().flat_map(|part| [part.goods, part.freight]))?;
        let mut posting = Self::new(Kind::Payment).debit(Account::Wechat, None, total);
        for part in parts {
            let of = Some(part.merchant_id);
            posting =
                posting.credit(Account::Sales, of, part.goods).credit(Account::Freight, of, part.freight);
        }
        Some(posting)
    }

    /// Money came that must go back.
    pub fn unwanted_payment(amount: Money) -> Self {
        Self::new(Kind::UnwantedPayment).both((Account::Wechat, Account::OwedToCustomers), None, amount)
    }

    /// Money of an order is to go back.
    pub fn refund_intent(back: Back) -> Self {
        Self::new(Kind::RefundIntent).back(back, back.amount)
    }

    /// It will not go back after all.
    pub fn refund_closed(back: Back) -> Self {
        Self::new(Kind::RefundClosed).back(back, -back.amount)
    }

    /// What was owed went back.
    pub fn refund(amount: Money) -> Self {
        Self::new(Kind::Refund).both((Account::OwedToCustomers, Account::Wechat), None, amount)
    }

    /// What was owed left WeChat for the merchant's own account: it is still owed.
    pub fn refund_to_merchant(amount: Money) -> Self {
        Self::new(Kind::Refund).both((Account::Suspense, Account::Wechat), None, amount)
    }

    /// An order is over; `amount` is what was paid for it and did not go back.
    pub fn completion(merchant: MerchantId, amount: Money) -> Self {
        let accounts = (Account::MerchantShare, Account::MerchantPayable);
        Self::new(Kind::Completion).both(accounts, Some(merchant), amount)
    }

    /// WeChat kept `amount` as its fees; less than nothing when it gave fees back.
    pub fn fees(amount: Money) -> Self {
        Self::new(Kind::Fee).both((Account::Fees, Account::Wechat), None, amount)
    }

    /// WeChat has collected `amount` that we know nothing of; less than nothing when it paid out.
    pub fn suspense(amount: Money) -> Self {
        Self::new(Kind::Suspense).both((Account::Wechat, Account::Suspense), None, amount)
    }

    /// What an operator says; `None` unless it adds up to nothing and names merchants where they belong.
    pub fn correction(entries: Vec<Entry>) -> Option<Self> {
        let sum = Money::sum(entries.iter().map(|entry| entry.amount))?;
        let fits = |entry: &Entry| {
            entry.amount != Money::ZERO && entry.merchant_id.is_some() == entry.account.is_of_merchants()
        };
        let good = sum == Money::ZERO && !entries.is_empty() && entries.iter().all(fits);
        good.then_some(Self { kind: Kind::Correction, entries })
    }

    /// What happened.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its sides; empty when nothing moved.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn new(kind: Kind) -> Self {
        Self { kind, entries: vec![] }
    }

    fn debit(mut self, account: Account, merchant_id: Option<MerchantId>, amount: Money) -> Self {
        if amount != Money::ZERO {
            self.entries.push(Entry { account, merchant_id, amount });
        }
        self
    }

    fn credit(self, account: Account, merchant_id: Option<MerchantId>, amount: Money) -> Self {
        self.debit(account, merchant_id, -amount)
    }

    fn both(self, (debit, credit): (Account, Account), merchant: Option<MerchantId>, amount: Money) -> Self {
        self.debit(debit, merchant, amount).credit(credit, merchant, amount)
    }

    fn back(self, back: Back, amount: Money) -> Self {
        let of = Some(back.merchant_id);
        let posting = self.debit(Account::Refunds, of, amount).credit(Account::OwedToCustomers, None, amount);
        if !back.completed {
            return posting;
        }
        posting.both((Account::MerchantPayable, Account::MerchantShare), of, amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MERCHANT: MerchantId = MerchantId::from_uuid(uuid::Uuid::nil());

    #[test]
    fn every_posting_balances_and_names_merchants_where_they_belong() {
        let amount = Money::fen(12_345);
        let back = |completed| Back { merchant_id: MERCHANT, amount, completed };
        let part = |goods, freight| Part {
            merchant_id: MERCHANT,
            goods: Money::fen(goods),
            freight: Money::fen(freight),
        };
        for posting in [
            Posting::payment(&[part(5, 3), part(7, 0), part(0, 0)]).unwrap(),
            Posting::unwanted_payment(amount),
            Posting::refund_intent(back(false)),
            Posting::refund_intent(back(true)),
            Posting::refund_closed(back(true)),
            Posting::refund(amount),
            Posting::refund_to_merchant(amount),
            Posting::completion(MERCHANT, amount),
            Posting::fees(-amount),
            Posting::suspense(amount),
        ] {
            let entries = posting.entries();
            assert_eq!(
                Money::sum(entries.iter().map(|entry| entry.amount)),
                Some(Money::ZERO),
                "{posting:?}"
            );
            for entry in entries {
                assert_ne!(entry.amount, Money::ZERO);
                assert_eq!(entry.merchant_id.is_some(), entry.account.is_of_merchants(), "{entry:?}");
            }
        }
    }

    #[test]
    fn a_correction_must_add_up() {
        let entry = |account, merchant_id, fen| Entry { account, merchant_id, amount: Money::fen(fen) };
        let wechat = entry(Account::Wechat, None, 5);
        assert!(Posting::correction(vec![wechat, entry(Account::Suspense, None, -5)]).is_some());
        for wrong in [
            vec![],
            vec![wechat],
            vec![wechat, entry(Account::Suspense, None, -4)],
            vec![wechat, entry(Account::Sales, None, -5)],
            vec![wechat, entry(Account::Suspense, Some(MERCHANT), -5)],
            vec![wechat, entry(Account::Suspense, None, -5), entry(Account::Fees, None, 0)],
        ] {
            assert_eq!(Posting::correction(wrong.clone()), None, "{wrong:?}");
        }
    }
}
