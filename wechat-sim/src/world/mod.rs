//! Everything the simulator remembers.

pub(crate) mod agenda;
mod ledger;
mod orders;
mod outbox;
mod parties;
pub(crate) mod store;
mod table;

use crate::time::Course;

pub(crate) use agenda::{Agenda, Task};
pub(crate) use ledger::Entry;
pub use ledger::{EntryKind, LedgerEntry};
pub(crate) use orders::{Order, Payment, Prepay, Product, Refund};
pub use orders::{RefundStatus, TradeState};
pub use outbox::{Attempt, DeliveryState};
pub(crate) use outbox::{Delivery, Parcel, Schedule};
pub use parties::Material;
pub(crate) use parties::{App, Code, Merchant, PushFormat, PushMode, PushSettings, Session, Shopper, Token};
pub(crate) use table::{Row, Table};

/// Declares the parts of the world once: as fields, and as what is written down.
macro_rules! world {
    ($($(#[$doc:meta])* $part:ident: $record:ty,)*) => {
        /// The whole state.
        #[derive(Debug, Default)]
        pub(crate) struct World {
            $($(#[$doc])* pub(crate) $part: Table<$record>,)*
            /// What happens by itself.
            pub(crate) agenda: Agenda,
            /// When notifications go out.
            pub(crate) letters: Agenda,
            /// The deliveries that are being sent at this moment; a restart sends them again.
            pub(crate) sending: std::collections::BTreeSet<u64>,
        }

        impl World {
            fn parts(&mut self) -> Vec<(&'static str, &mut dyn table::Part)> {
                vec![
                    $((stringify!($part), &mut self.$part),)*
                    ("agenda", &mut self.agenda.tasks),
                    ("letters", &mut self.letters.tasks),
                ]
            }
        }
    };
}

world! {
    /// By appid.
    apps: App,
    /// By the token.
    tokens: Token,
    /// By the code.
    login_codes: Code,
    /// By the code.
    phone_codes: Code,
    /// `appid/openid`
    shoppers: Shopper,
    /// By mchid.
    merchants: Merchant,
    /// `mchid/out_trade_no`
    orders: Order,
    /// By `prepay_id`, or what stands for one: a `code_url`, an `h5_url`.
    prepays: Prepay,
    /// By transaction id: the key of the order.
    transactions: String,
    /// `mchid/out_refund_no`
    refunds: Refund,
    /// By refund id: the key of the refund.
    refund_ids: String,
    /// By number.
    deliveries: Delivery,
    /// The deliveries that wait for an attempt, with the moment it is due.
    waiting: i64,
    /// By number: what shoppers really paid and got back.
    ledger: Entry,
    /// The course of time, under the name `now`.
    course: Course,
}

/// The key of what belongs to a merchant or an app: neither part can hold a slash.
pub(crate) fn key(owner: &str, number: &str) -> String {
    format!("{owner}/{number}")
}

/// The key of what is counted: sorts by number.
pub(crate) fn numbered(number: u64) -> String {
    format!("{number:012}")
}

impl World {
    /// Puts in a record that was written down.
    pub(crate) fn load(&mut self, part: &str, key: String, body: &str) -> anyhow::Result<()> {
        match self.parts().into_iter().find(|(name, _)| *name == part) {
            Some((_, table)) => Ok(table.load(key, body)?),
            None => anyhow::bail!("it holds {part}, which this simulator does not know"),
        }
    }

    /// Makes ready what is not written down, and sends again what was being sent when the writing ended.
    pub(crate) fn loaded(&mut self, now: i64) {
        self.agenda.loaded();
        self.letters.loaded();
        self.requeue(now);
        self.settle();
    }

    /// Takes the change under way back.
    pub(crate) fn undo(&mut self) {
        self.parts().into_iter().for_each(|(_, part)| part.undo());
    }

    /// Ends the change under way.
    pub(crate) fn settle(&mut self) {
        self.parts().into_iter().for_each(|(name, part)| part.settle(name, None));
    }

    /// Ends the change under way; answers the rows to be written down.
    pub(crate) fn rows(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (name, part) in self.parts() {
            part.settle(name, Some(&mut rows));
        }
        rows
    }
}
