//! Telling WeChat that goods are on their way. Where the trade of an app is managed, the money of a payment
//! stays frozen until this was done and the receipt is confirmed.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;

use crate::ids::{MchId, OpenId, OutTradeNo, TransactionId};
use crate::secret::Secret;
use crate::{ConfigError, Done, answer, mini_call, open_enum, part, wire};

/// Tells what was sent for a payment; the user gets a message. What is uploaded after everything was sent, or
/// with another kind of delivery, is a second shipping, and a payment has only one: after an unclear answer
/// ask with [`GetShippingOrder`](super::shipping_orders::GetShippingOrder) before repeating.
///
/// # Errors
/// 10060001: no such payment, or it is so fresh that WeChat does not show it yet: try again later; 10060023:
/// nothing is new, which is as good as success; 10060002, 10060003: the second shipping was used; 10060004:
/// refunded or confirmed; 10060031: somebody else paid; 268485216: the time.
#[mini_call(
    POST "/wxa/sec/order/upload_shipping_info", Unsafe -> Done,
    page = "order_shipping/api_uploadshippinginfo"
)]
pub struct UploadShippingInfo {
    /// The payment.
    order_key: OrderKey,
    /// What was sent, and how.
    #[serde(flatten)]
    shipment: Shipment,
    /// Puts uploads in order: later than that of the upload before.
    #[millis]
    upload_time: DateTime<FixedOffset>,
    /// Who paid: the user's id in this app.
    payer: Payer,
}

/// The same for a combined payment, with a shipment for each of its payments. Errors as for
/// [`UploadShippingInfo`].
#[mini_call(
    POST "/wxa/sec/order/upload_combined_shipping_info", Unsafe -> Done,
    page = "order_shipping/api_uploadcombinedshippinginfo", check = same_numbers
)]
pub struct UploadCombinedShippingInfo {
    /// The combined payment.
    order_key: OrderKey,
    /// Its payments. Their keys are of the same kind as that of the whole.
    sub_orders: Vec<SubShipment>,
    /// Puts uploads in order: later than that of the upload before.
    #[millis]
    upload_time: DateTime<FixedOffset>,
    /// Who paid: the user's id in this app.
    payer: Payer,
}

impl UploadCombinedShippingInfo {
    fn same_numbers(&self) -> Result<(), ConfigError> {
        let kind = self.order_key.order_number_type;
        if self.sub_orders.iter().any(|sub| sub.order_key.order_number_type != kind) {
            return Err(ConfigError::new("all keys of a combined payment are of the same kind"));
        }
        Ok(())
    }
}

/// What was sent for one payment of a combined one.
#[part]
pub struct SubShipment {
    /// The payment.
    order_key: OrderKey,
    /// What was sent, and how.
    #[serde(flatten)]
    shipment: Shipment,
}

/// Who paid.
#[part]
pub struct Payer {
    /// The user's id in this app.
    openid: OpenId,
}

impl From<OpenId> for Payer {
    fn from(openid: OpenId) -> Self {
        Self::new(openid)
    }
}

/// Which payment.
#[derive(Clone, Debug, Serialize)]
pub struct OrderKey {
    order_number_type: i64,
    #[serde(flatten)]
    number: Number,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Number {
    Merchant { mchid: MchId, out_trade_no: OutTradeNo },
    WeChatPay { transaction_id: TransactionId },
}

impl OrderKey {
    /// By the merchant and its own number.
    #[must_use]
    pub const fn by_out_trade_no(mchid: MchId, out_trade_no: OutTradeNo) -> Self {
        Self { order_number_type: 1, number: Number::Merchant { mchid, out_trade_no } }
    }

    /// By WeChat Pay's number.
    #[must_use]
    pub const fn by_transaction_id(transaction_id: TransactionId) -> Self {
        Self { order_number_type: 2, number: Number::WeChatPay { transaction_id } }
    }
}

/// What was sent, and how.
#[derive(Clone, Debug, Serialize)]
pub struct Shipment {
    logistics_type: LogisticsType,
    delivery_mode: DeliveryMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_all_delivered: Option<bool>,
    #[serde(serialize_with = "wire::max::<15, _, _>")]
    shipping_list: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Entry {
    Express(Parcel),
    Other(LocalDelivery),
}

impl Shipment {
    /// Everything in one parcel.
    #[must_use]
    pub fn express(parcel: Parcel) -> Self {
        Self::unified(LogisticsType::Express, Entry::Express(parcel))
    }

    /// In up to fifteen parcels. The user is told once `is_all_delivered`, which is when nothing is to
    /// follow.
    #[must_use]
    pub fn split(parcels: impl IntoIterator<Item = Parcel>, is_all_delivered: bool) -> Self {
        Self {
            logistics_type: LogisticsType::Express,
            delivery_mode: DeliveryMode::Split,
            is_all_delivered: Some(is_all_delivered),
            shipping_list: parcels.into_iter().map(Entry::Express).collect(),
        }
    }

    /// A courier in the same city brings it.
    #[must_use]
    pub fn same_city(delivery: LocalDelivery) -> Self {
        Self::unified(LogisticsType::SameCity, Entry::Other(delivery))
    }

    /// Nothing that has a weight; what it is, up to 120 characters.
    #[must_use]
    pub fn without_goods(item_desc: impl Into<String>) -> Self {
        Self::unified(LogisticsType::Virtual, Entry::Other(LocalDelivery::new(item_desc)))
    }

    /// The user fetches it; what it is, up to 120 characters.
    #[must_use]
    pub fn pick_up(item_desc: impl Into<String>) -> Self {
        Self::unified(LogisticsType::PickUp, Entry::Other(LocalDelivery::new(item_desc)))
    }

    fn unified(logistics_type: LogisticsType, entry: Entry) -> Self {
        Self {
            logistics_type,
            delivery_mode: DeliveryMode::Unified,
            is_all_delivered: None,
            shipping_list: vec![entry],
        }
    }
}

/// A parcel that a carrier has taken.
#[part]
pub struct Parcel {
    /// The carrier as `get_delivery_list` calls it, `STO` for instance.
    #[max_bytes(128)]
    express_company: String,
    /// The carrier's number of the parcel.
    #[max_bytes(128)]
    tracking_no: String,
    /// What is inside, up to 120 characters.
    #[max(120)]
    item_desc: String,
    /// Who sends or who gets it; SF Express requires it.
    contact: Option<Contact>,
}

/// A delivery in the same city.
#[part]
pub struct LocalDelivery {
    /// What is brought, up to 120 characters.
    #[max(120)]
    item_desc: String,
    /// The name of the courier's company.
    #[max_bytes(128)]
    express_company: Option<String>,
    /// Its number of the delivery.
    #[max_bytes(128)]
    tracking_no: Option<String>,
    /// Who sends or who gets it.
    contact: Option<Contact>,
}

/// A phone number by which the carrier knows the parcel. It travels masked, with the last four digits to be
/// seen.
#[derive(Clone, Debug, Serialize)]
pub struct Contact(Side);

#[derive(Clone, Debug, Serialize)]
enum Side {
    #[serde(rename = "consignor_contact", serialize_with = "wire::exposed")]
    Sender(Secret),
    #[serde(rename = "receiver_contact", serialize_with = "wire::exposed")]
    Receiver(Secret),
}

impl Contact {
    /// Of who sends it. The digits are masked here; a number with a `*` stays as it is.
    #[must_use]
    pub fn sender(number: impl Into<Secret>) -> Self {
        Self(Side::Sender(masked(&number.into())))
    }

    /// Of who gets it. The digits are masked here; a number with a `*` stays as it is.
    #[must_use]
    pub fn receiver(number: impl Into<Secret>) -> Self {
        Self(Side::Receiver(masked(&number.into())))
    }
}

/// Leaves the last four digits, and of a number with eleven or more the first three.
fn masked(number: &Secret) -> Secret {
    let text = number.expose();
    if text.contains('*') {
        return number.clone();
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let hidden = if digits < 11 { 0 } else { 3 }..digits.saturating_sub(4);
    let mut place = 0..digits;
    let mask = |c: char| match c.is_ascii_digit().then(|| place.next()).flatten() {
        Some(place) if hidden.contains(&place) => '*',
        _ => c,
    };
    text.chars().map(mask).collect::<String>().into()
}

/// How goods come to the user.
#[open_enum(i64)]
pub enum LogisticsType {
    /// With a carrier.
    #[wire(1)]
    Express,
    /// With a courier in the same city.
    #[wire(2)]
    SameCity,
    /// There is nothing to carry.
    #[wire(3)]
    Virtual,
    /// The user fetches them.
    #[wire(4)]
    PickUp,
}

/// In how many parcels.
#[open_enum(i64)]
pub enum DeliveryMode {
    /// In one.
    #[wire(1)]
    Unified,
    /// In several; only with carriers.
    #[wire(2)]
    Split,
}

/// Announces that an order is shipped later than within fifteen days, or never because it was a test. Only
/// before anything was shipped. The user of a presale is told the date.
///
/// # Errors
/// 268546001: the date; 268546002: nothing with this number waits for shipping.
#[mini_call(
    POST "/wxa/sec/order/opspecialorder", Unsafe -> Done,
    page = "order_shipping/api_opspecialorder", new = of
)]
pub struct ReportSpecialOrder {
    order_id: String,
    #[serde(rename = "type")]
    kind: i64,
    /// When a presale will be shipped, Unix seconds.
    delay_to: Option<i64>,
}

impl ReportSpecialOrder {
    /// A presale. `order_id` is the merchant's number or WeChat Pay's; `delay_to` is when it will be shipped,
    /// Unix seconds, 15 to 330 days after the payment.
    #[must_use]
    pub fn presale(order_id: impl Into<String>, delay_to: i64) -> Self {
        Self::of(order_id, 1).delay_to(delay_to)
    }

    /// A test, which needs no shipping. The money comes back by a refund.
    #[must_use]
    pub fn test(order_id: impl Into<String>) -> Self {
        Self::of(order_id, 2)
    }
}

/// Sets the page of the app that opens from the messages about shipping and receipt. WeChat appends
/// `transaction_id`, `merchant_id` and `merchant_trade_no` (and `sub_merchant_id` if there is one) as its
/// query. With no path or one that is not in the app, WeChat's own page opens.
#[mini_call(
    POST "/wxa/sec/order/set_msg_jump_path", Keyed -> Done,
    page = "order_shipping/api_setmsgjumppath"
)]
pub struct SetMessageJumpPath {
    /// The page, which may have a query of its own.
    path: String,
}

/// Asks whether shipping of this app is managed, so that the calls of this module work.
///
/// # Errors
/// 44990: asked too often.
#[mini_call(
    POST "/wxa/sec/order/is_trade_managed", Read -> TradeManaged,
    page = "order_shipping/api_istrademanaged", caller = "appid"
)]
pub struct IsTradeManaged {}

/// Whether shipping is managed.
#[answer]
pub struct TradeManaged {
    /// Whether it is.
    pub is_trade_managed: bool,
}

/// Asks whether every merchant bound to this app was either put under management of its orders or unbound.
/// What a managed merchant sells must be shipped with the calls of this module.
///
/// # Errors
/// 44990: asked too often.
#[mini_call(
    POST "/wxa/sec/order/is_trade_management_confirmation_completed", Read -> TradeConfirmation,
    page = "order_shipping/api_istrademanagementconfirmationcompleted", caller = "appid"
)]
pub struct IsTradeManagementConfirmationCompleted {}

/// Whether all merchants are settled.
#[answer]
pub struct TradeConfirmation {
    /// Whether they are.
    pub completed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_phone_number_the_last_four_digits_are_left() {
        let cases = [
            ("13912345678", "139****5678"),
            ("+86 139-1234-5678", "+86 1**-****-5678"),
            ("021-6123 4567", "021-**** 4567"),
            ("61234567", "****4567"),
            ("0**2-***1234", "0**2-***1234"),
            ("110", "110"),
        ];
        for (number, wanted) in cases {
            assert_eq!(masked(&number.into()).expose(), wanted);
        }
    }
}
