//! Everything the simulator remembers.

pub(crate) mod agenda;
mod api_security;
mod bills;
mod cards;
mod combine;
mod complaints;
mod conversations;
mod ledger;
mod links;
mod logistics;
mod messages;
mod orders;
mod outbox;
mod parties;
mod pay_code;
mod risk;
mod security;
mod sharing;
pub(crate) mod store;
mod table;
mod templates;
mod terms;
mod trade;
mod transfers;

use std::collections::BTreeSet;

use crate::time::Course;

pub(crate) use agenda::{Agenda, Task};
pub(crate) use api_security::{ApiSecurity, PlatformSeal};
pub use bills::{BillColumns, BillFees, BillKind, BillReturnedFees, BillStyle, BillTamper};
pub(crate) use bills::{BillDay, BillFile, BillTicket};
pub(crate) use cards::{Activity, Card};
pub(crate) use combine::Combine;
pub(crate) use complaints::{Complaint, ComplaintImage, Decision, Negotiation, Operator, long_number};
pub use complaints::{ComplaintState, ProblemType, UserTag};
pub(crate) use conversations::{Business, Conversation, KfAccount, Media};
pub(crate) use ledger::Entry;
pub use ledger::{EntryKind, LedgerEntry, LedgerTotal};
pub(crate) use links::{Link, LinkKind, Site};
pub(crate) use logistics::{ExpressAccount, ExpressApp, ExpressOrder, GoodsReturn, PathItem, Track, Waybill};
pub(crate) use messages::Message;
pub use messages::MessageKind;
pub(crate) use orders::{Abnormal, Order, Payment, Prepay, Product, Refund};
pub use orders::{RefundStatus, TradeState};
pub use outbox::{Attempt, DeliveryState};
pub(crate) use outbox::{Delivery, Parcel};
pub(crate) use parties::{App, Code, EncryptKey, Merchant, Session, Shopper, Token};
pub use parties::{Material, PushFormat, PushMode, PushSettings, Rotated};
pub(crate) use pay_code::PayCode;
pub use risk::RiskKind;
pub(crate) use risk::{RiskAnswers, RiskTrade};
pub use security::Suggest;
pub(crate) use security::{MediaCheck, Verdict};
pub(crate) use sharing::{Freeze, Outcome, Receiver, Share, Sharing, SharingReturn};
pub use sharing::{ReturnResult, ShareResult};
pub(crate) use table::{Row, Table};
pub(crate) use templates::{Choice, Grant, Template};
pub(crate) use terms::Terms;
pub(crate) use trade::{BrandWish, Received, Shipment, ShippedParcel, Special, TradeApp};
pub(crate) use transfers::{Authorization, Receipt, Transfer, TransferMode};
pub use transfers::{AuthorizationState, TransferState};

/// Declares the parts of the world once: as fields, and as what is written down.
macro_rules! world {
    ($($(#[$doc:meta])* $part:ident: $record:ty,)*) => {
        /// The whole state.
        #[derive(Debug, Default)]
        pub(crate) struct World {
            $($(#[$doc])* pub(crate) $part: Table<$record>,)*
            /// What happens by itself.
            pub(crate) agenda: Agenda<Task>,
            /// When notifications go out, by their numbers.
            pub(crate) letters: Agenda<u64>,
            /// The deliveries that are being sent at this moment; a restart sends them again.
            pub(crate) sending: BTreeSet<u64>,
            /// The deliveries that wait for another one to go first, a fault.
            pub(crate) overtaken: BTreeSet<u64>,
            /// When old login and phone codes were last swept out.
            pub(crate) swept_at: i64,
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
    /// By the code of `wx.pluginLogin`.
    plugin_codes: Code,
    /// `appid/hash`: when encrypted phone numbers were handed out, by the SHA-256 in lower-case hex.
    encrypted_messages: i64,
    /// By appid.
    api_security: ApiSecurity,
    /// By mchid.
    merchants: Merchant,
    /// `mchid/out_trade_no`
    orders: Order,
    /// `combine_mchid/combine_out_trade_no`
    combines: Combine,
    /// By the code.
    pay_codes: PayCode,
    /// By mchid: when refunds were refused during the last second, where that is counted.
    refused_refunds: Vec<i64>,
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
    /// By number: what shoppers were told.
    messages: Message,
    /// By mchid, or under an empty name for all: how new bills are made.
    bill_styles: BillStyle,
    /// `mchid/kind/date`
    bill_days: BillDay,
    /// By the token of the link.
    bill_tickets: BillTicket,
    /// By complaint id.
    complaints: Complaint,
    /// By media id.
    complaint_images: ComplaintImage,
    /// By mchid: where notifications of complaints go.
    complaint_urls: String,
    /// `mchid/out_trade_no`
    risk_trades: RiskTrade,
    /// `mchid/out_trade_no`
    risk_answers: RiskAnswers,
    /// `appid/openid`: shoppers and the customer service.
    conversations: Conversation,
    /// `appid/media_id`
    media: Media,
    /// `appid/kf_account`
    kf_accounts: KfAccount,
    /// `appid/business_id`, the number with zeros in front.
    businesses: Business,
    /// By mchid: what profit sharing and transfers keep to.
    terms: Terms,
    /// By openid or mchid: what people and firms are really called.
    real_names: String,
    /// `mchid/type/account`
    receivers: Receiver,
    /// `mchid/out_order_no`
    sharings: Sharing,
    /// By order id: the key of the sharing.
    sharing_ids: String,
    /// By the key of the order.
    freezes: Freeze,
    /// `mchid/out_return_no`
    sharing_returns: SharingReturn,
    /// By the account of the receiver.
    share_outcomes: Outcome<ShareResult>,
    /// By the account of the receiver.
    return_outcomes: Outcome<ReturnResult>,
    /// `mchid/out_bill_no`
    transfers: Transfer,
    /// By transfer bill number: the key of the transfer.
    transfer_ids: String,
    /// By the key of a transfer, or by openid: why it fails.
    transfer_failures: String,
    /// `mchid/out_authorization_no`
    authorizations: Authorization,
    /// By the key of the transfer.
    receipts: Receipt,
    /// By appid.
    trade_apps: TradeApp,
    /// By transaction id.
    shipments: Shipment,
    /// By `waybill_token`.
    waybills: Waybill,
    /// By number of the waybill.
    tracks: Track,
    /// By `return_id`.
    goods_returns: GoodsReturn,
    /// `appid/order_id`
    express_orders: ExpressOrder,
    /// By appid.
    express_apps: ExpressApp,
    /// By the word: those that control added.
    security_words: Verdict,
    /// By `trace_id`, until the answer is sent.
    media_checks: MediaCheck,
    /// The apps whose pictures cannot be fetched.
    media_unreachable: bool,
    /// `appid/openid`: other ranks than 0.
    risk_ranks: i64,
    /// `appid/priTmplId`
    templates: Template,
    /// `appid/openid/priTmplId`; `appid/openid/` is the main switch.
    grants: Grant,
    /// `appid/notify_code`
    cards: Card,
    /// `appid/activity_id`
    activities: Activity,
    /// By the ticket at the end of the link.
    links: Link,
    /// By appid.
    sites: Site,
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
