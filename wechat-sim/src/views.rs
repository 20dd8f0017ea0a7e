//! What tests and the control paths see of the state.

use serde::Serialize;
use serde_json::Value;

use crate::core::Core;
use crate::wire::day::Day;
use crate::world::{
    Attempt, Delivery, DeliveryState, LedgerEntry, Material, Merchant, Message, MessageKind, Order, Parcel,
    Refund, RefundStatus, TradeState, World, numbered,
};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderView {
    /// The merchant.
    pub mchid: String,
    /// The mini program.
    pub app_id: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// What is sold.
    pub description: String,
    /// Who pays.
    pub openid: String,
    /// What the merchant wants back with the transaction.
    pub attach: Option<String>,
    /// How far the order is.
    pub state: TradeState,
    /// What the merchant asked for, in fen.
    pub total: i64,
    /// What the transaction says the order was worth; differs from `total` only by a fault.
    pub paid_total: Option<i64>,
    /// What the user paid, coupons taken off.
    pub payer_total: Option<i64>,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub paid_at: Option<i64>,
    /// The last moment the order can be paid, in milliseconds since the Unix epoch.
    pub expires_at: i64,
    /// Or codes, or H5 pages; oldest first.
    pub prepay_ids: Vec<String>,
    /// `JSAPI`, `NATIVE`, `APP` or `MWEB`.
    pub trade_type: &'static str,
    /// Where notifications go.
    pub notify_url: String,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        let payment = order.payment.as_ref();
        Self {
            mchid: order.mchid.clone(),
            app_id: order.app_id.clone(),
            out_trade_no: order.out_trade_no.clone(),
            description: order.description.clone(),
            openid: order.openid.clone(),
            attach: order.attach.clone(),
            state: order.state,
            total: order.total,
            paid_total: payment.map(|payment| payment.total),
            payer_total: payment.map(|payment| payment.payer_total),
            transaction_id: payment.map(|payment| payment.transaction_id.clone()),
            paid_at: payment.map(|payment| payment.paid_at),
            expires_at: order.expires_at,
            prepay_ids: order.prepay_ids.clone(),
            trade_type: order.product.trade_type(),
            notify_url: order.notify_url.clone(),
        }
    }
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefundView {
    /// The merchant.
    pub mchid: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// The platform's number of the refund.
    pub refund_id: String,
    /// The merchant's number of the refund.
    pub out_refund_no: String,
    /// Shown to the user.
    pub reason: Option<String>,
    /// In fen.
    pub refund: i64,
    /// What the order was worth, in fen.
    pub total: i64,
    /// How far it is.
    pub status: RefundStatus,
    /// Milliseconds since the Unix epoch.
    pub success_at: Option<i64>,
}

impl From<&Refund> for RefundView {
    fn from(refund: &Refund) -> Self {
        Self {
            mchid: refund.mchid.clone(),
            out_trade_no: refund.out_trade_no.clone(),
            transaction_id: refund.transaction_id.clone(),
            refund_id: refund.refund_id.clone(),
            out_refund_no: refund.out_refund_no.clone(),
            reason: refund.reason.clone(),
            refund: refund.refund,
            total: refund.total,
            status: refund.status,
            success_at: refund.success_at,
        }
    }
}

/// A notification and its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotificationView {
    /// The number to resend it by.
    pub id: u64,
    /// The `id` inside the notification.
    pub notification_id: String,
    /// The merchant; empty for a message push.
    pub mchid: String,
    /// The mini program of a message push; empty for notifications of WeChat Pay.
    pub app_id: String,
    /// Where it goes.
    pub url: String,
    /// `TRANSACTION.SUCCESS`, `REFUND.SUCCESS`, …; the event or the type of a message push.
    pub event_type: String,
    /// The order it is about, if it is about one.
    pub out_trade_no: String,
    /// What is in it, before it is encrypted.
    pub content: Value,
    /// What became of it.
    pub state: DeliveryState,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// When it is sent next, in milliseconds since the Unix epoch.
    pub next_at: Option<i64>,
}

impl NotificationView {
    fn of(world: &World, key: &str, delivery: &Delivery) -> Self {
        Self::new(key.parse().unwrap_or(0), delivery, world.waiting.get(key).copied())
    }

    pub(crate) fn new(id: u64, delivery: &Delivery, next_at: Option<i64>) -> Self {
        let (mchid, app_id, content) = match &delivery.parcel {
            Parcel::Pay { mchid, plaintext, .. } => (mchid.as_str(), "", plaintext),
            Parcel::Push { app_id, content } => ("", app_id.as_str(), content),
        };
        Self {
            id,
            notification_id: delivery.notification_id.clone(),
            mchid: mchid.to_owned(),
            app_id: app_id.to_owned(),
            url: delivery.url.clone(),
            event_type: delivery.parcel.event().to_owned(),
            out_trade_no: number(content).to_owned(),
            content: content.clone(),
            state: delivery.state,
            attempts: delivery.attempts.clone(),
            next_at,
        }
    }
}

/// The number of the order a notification is about, or of the combined order.
fn number(content: &Value) -> &str {
    content["out_trade_no"].as_str().or(content["combine_out_trade_no"].as_str()).unwrap_or_default()
}

/// Something that arrived on the phone of a shopper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageView {
    /// Counted from 1.
    pub id: u64,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// The mini program it is from.
    pub app_id: String,
    /// Who got it.
    pub openid: String,
    /// How it came.
    pub kind: MessageKind,
    /// What the shopper reads first.
    pub title: String,
    /// The rest.
    pub content: Value,
}

impl MessageView {
    pub(crate) fn new(id: u64, message: &Message) -> Self {
        Self {
            id,
            at: message.at,
            app_id: message.app_id.clone(),
            openid: message.openid.clone(),
            kind: message.kind,
            title: message.title.clone(),
            content: message.content.clone(),
        }
    }
}

/// A merchant without its keys.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MerchantView {
    /// The merchant's number.
    pub mchid: String,
    /// The mini programs bound to it.
    pub apps: Vec<String>,
    /// Serial of the merchant's API certificate.
    pub merchant_serial: String,
    /// Serials of the platform certificates, oldest first.
    pub platform_serials: Vec<String>,
    /// Names of the public keys of the platform, oldest first.
    pub public_key_ids: Vec<String>,
    /// What signs where the caller names nothing; `None` follows the merchant.
    pub signs_with: Option<Material>,
    /// So many of a thousand signatures are made with the other material.
    pub gray_per_mille: u16,
    /// So many of a thousand signatures are made with announced keys.
    pub successor_per_mille: u16,
    /// Whether there are no platform certificates.
    pub without_certificates: bool,
}

impl MerchantView {
    fn new(mchid: &str, merchant: &Merchant) -> Self {
        let keys = &merchant.keys;
        Self {
            mchid: mchid.to_owned(),
            apps: merchant.apps.iter().cloned().collect(),
            merchant_serial: keys.merchant.serial.clone(),
            platform_serials: keys.platforms.iter().map(|platform| platform.serial.clone()).collect(),
            public_key_ids: keys.public_keys.iter().map(|key| key.id.clone()).collect(),
            signs_with: merchant.signs_with,
            gray_per_mille: merchant.gray_per_mille,
            successor_per_mille: merchant.successor_per_mille,
            without_certificates: merchant.without_certificates,
        }
    }
}

impl Core {
    /// Oldest first.
    pub(crate) fn order_views(&self) -> Vec<OrderView> {
        self.read(|world| {
            let mut orders: Vec<_> = world.orders.values().collect();
            orders.sort_by_key(|order| order.created_at);
            orders.into_iter().map(OrderView::from).collect()
        })
    }

    /// Oldest first.
    pub(crate) fn refund_views(&self) -> Vec<RefundView> {
        self.read(|world| {
            let mut refunds: Vec<_> = world.refunds.values().collect();
            refunds.sort_by_key(|refund| refund.created_at);
            refunds.into_iter().map(RefundView::from).collect()
        })
    }

    /// Oldest first.
    pub(crate) fn notification_views(&self) -> Vec<NotificationView> {
        self.read(|world| {
            let all = world.deliveries.iter();
            all.map(|(key, delivery)| NotificationView::of(world, key, delivery)).collect()
        })
    }

    /// Newest first, so many at most.
    pub(crate) fn newest_notifications(&self, most: usize) -> Vec<NotificationView> {
        self.read(|world| {
            let newest = world.deliveries.iter().rev().take(most);
            newest.map(|(key, delivery)| NotificationView::of(world, key, delivery)).collect()
        })
    }

    pub(crate) fn notification_view(&self, id: u64) -> Option<NotificationView> {
        let key = numbered(id);
        self.read(|world| Some(NotificationView::of(world, &key, world.deliveries.get(&key)?)))
    }

    /// Oldest first.
    pub(crate) fn message_views(&self) -> Vec<MessageView> {
        self.read(|world| {
            let view = |(key, message): (&String, _)| MessageView::new(key.parse().unwrap_or(0), message);
            world.messages.iter().map(view).collect()
        })
    }

    pub(crate) fn merchant_views(&self) -> Vec<MerchantView> {
        self.read(|world| {
            world.merchants.iter().map(|(mchid, merchant)| MerchantView::new(mchid, merchant)).collect()
        })
    }

    /// The books of a merchant or of all, of a day or of always; oldest first.
    pub(crate) fn books(&self, mchid: Option<&str>, day: Option<Day>) -> Vec<LedgerEntry> {
        let mut books = self.read(|world| world.books(mchid));
        books.retain(|entry| day.is_none_or(|day| day.holds(entry.at)));
        books
    }
}
