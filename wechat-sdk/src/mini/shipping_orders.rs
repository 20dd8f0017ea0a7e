//! Orders as the shipping management of WeChat sees them.

use crate::ids::{Fen, MchId, OpenId, OutTradeNo, TransactionId};
use crate::mini::shipping::{DeliveryMode, LogisticsType};
use crate::secret::Secret;
use crate::{Done, answer, mini_call, open_enum, part};

/// Asks how far the shipping of a payment is.
///
/// # Errors
/// 10060001: no such payment, or it is so fresh that WeChat does not show it yet.
#[mini_call(
    POST "/wxa/sec/order/get_order", Read -> FoundOrder,
    page = "order_shipping/api_getorder", name = "get_shipping_order", new = of
)]
pub struct GetShippingOrder {
    /// WeChat Pay's number of the payment.
    transaction_id: Option<TransactionId>,
    /// The merchant.
    merchant_id: Option<MchId>,
    /// The merchant's number of the payment.
    merchant_trade_no: Option<OutTradeNo>,
    /// The merchant under a service provider, if there is one.
    sub_merchant_id: Option<MchId>,
}

impl GetShippingOrder {
    /// By WeChat Pay's number of the payment.
    #[must_use]
    pub fn by_transaction_id(transaction_id: TransactionId) -> Self {
        Self::of().transaction_id(transaction_id)
    }

    /// By the merchant and its own number.
    #[must_use]
    pub fn by_out_trade_no(merchant: MchId, out_trade_no: OutTradeNo) -> Self {
        Self::of().merchant_id(merchant).merchant_trade_no(out_trade_no)
    }
}

/// An order that was asked for.
#[answer]
pub struct FoundOrder {
    /// The order.
    pub order: ShippingOrder,
}

/// Lists orders, a page at a time.
///
/// # Errors
/// 10060011: `last_index` is not one that WeChat gave.
#[mini_call(
    POST "/wxa/sec/order/get_order_list", Read -> ShippingOrders,
    page = "order_shipping/api_getorderlist", name = "list_shipping_orders"
)]
#[derive(Default)]
pub struct ListShippingOrders {
    /// When they were paid.
    pay_time_range: Option<PayTimeRange>,
    /// How they stand.
    order_state: Option<OrderState>,
    /// Who paid.
    openid: Option<OpenId>,
    /// Where the page before ended; not for the first one.
    last_index: Option<String>,
    /// How many there are on a page; 100 unless told.
    page_size: Option<i64>,
}

/// A time in which orders were paid.
#[part]
#[derive(Default)]
pub struct PayTimeRange {
    /// From here on, Unix seconds; from the beginning unless told.
    begin_time: Option<i64>,
    /// Up to and with this one, Unix seconds; without end unless told.
    end_time: Option<i64>,
}

/// A page of orders.
#[answer]
pub struct ShippingOrders {
    /// The orders.
    pub order_list: Vec<ShippingOrder>,
    /// For the next page.
    pub last_index: Option<String>,
    /// Whether there is a next page.
    pub has_more: Option<bool>,
}

/// An order.
#[answer]
pub struct ShippingOrder {
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// How it stands.
    pub order_state: OrderState,
    /// The merchant.
    pub merchant_id: Option<MchId>,
    /// The merchant under a service provider, if there is one.
    pub sub_merchant_id: Option<MchId>,
    /// The merchant's number of the payment. A list may hold payments that were made by other means, so its
    /// form is not checked.
    pub merchant_trade_no: Option<String>,
    /// What was sold, joined by semicolons and cut at 120 characters.
    pub description: Option<String>,
    /// What the user paid, in fen.
    pub paid_amount: Option<Fen>,
    /// Who paid.
    pub openid: Option<OpenId>,
    /// When the payment was announced, Unix seconds.
    pub trade_create_time: Option<i64>,
    /// When it was paid, Unix seconds.
    pub pay_time: Option<i64>,
    /// Whether the user complains about it.
    pub in_complaint: Option<bool>,
    /// What was shipped; empty or missing as long as nothing was.
    pub shipping: Option<Shipping>,
}

/// What was shipped of an order.
#[answer]
pub struct Shipping {
    /// In how many parcels.
    pub delivery_mode: Option<DeliveryMode>,
    /// How it comes to the user.
    pub logistics_type: Option<LogisticsType>,
    /// Whether everything was sent.
    pub finish_shipping: Option<bool>,
    /// How often everything was sent: 0, 1, or 2 when the second shipping was used.
    pub finish_shipping_count: Option<i64>,
    /// What it is, if somebody typed it into the web pages of WeChat.
    pub goods_desc: Option<String>,
    /// The parcels.
    pub shipping_list: Vec<ShippedParcel>,
}

/// A parcel of an order.
#[answer]
pub struct ShippedParcel {
    /// The carrier's number of it.
    pub tracking_no: Option<String>,
    /// The carrier as `get_delivery_list` calls it, or the name of the courier's company in the same city.
    pub express_company: Option<String>,
    /// What is inside.
    pub goods_desc: Option<String>,
    /// When it was uploaded, Unix seconds.
    pub upload_time: Option<i64>,
    /// Who sends or who gets it.
    pub contact: Option<ShippedContact>,
}

/// Masked phone numbers of a parcel.
#[answer]
pub struct ShippedContact {
    /// Of who sends it.
    pub consignor_contact: Option<Secret>,
    /// Of who gets it.
    pub receiver_contact: Option<Secret>,
}

/// How an order stands. New states may appear.
#[open_enum(i64)]
pub enum OrderState {
    /// Paid; to be shipped.
    #[wire(1)]
    ToShip,
    /// Everything was sent.
    #[wire(2)]
    Shipped,
    /// The user, or time, has confirmed the receipt.
    #[wire(3)]
    Received,
    /// Done.
    #[wire(4)]
    Done,
    /// Refunded.
    #[wire(5)]
    Refunded,
    /// The money is about to be settled.
    #[wire(6)]
    ToSettle,
}

/// Asks the user to confirm the receipt, once the carrier has handed it over. Once per order, and only for
/// what a carrier brought.
///
/// # Errors
/// 10060030: the user was asked before, which after an unclear answer is success; 10060028: it is not
/// shipped, or confirmed already; 10060029: the time is before the shipping; 10060032: no carrier brought it.
#[mini_call(
    POST "/wxa/sec/order/notify_confirm_receive", Keyed -> Done,
    page = "order_shipping/api_notifyconfirmreceive", new = of
)]
pub struct NotifyConfirmReceive {
    received_time: i64,
    /// WeChat Pay's number of the payment.
    transaction_id: Option<TransactionId>,
    /// The merchant.
    merchant_id: Option<MchId>,
    /// The merchant's number of the payment.
    merchant_trade_no: Option<OutTradeNo>,
    /// The merchant under a service provider, if there is one.
    sub_merchant_id: Option<MchId>,
}

impl NotifyConfirmReceive {
    /// By WeChat Pay's number of the payment. `received_time` is when it was handed over, Unix seconds; the
    /// user sees it.
    #[must_use]
    pub fn by_transaction_id(transaction_id: TransactionId, received_time: i64) -> Self {
        Self::of(received_time).transaction_id(transaction_id)
    }

    /// The same by the merchant and its own number.
    #[must_use]
    pub fn by_out_trade_no(merchant: MchId, out_trade_no: OutTradeNo, received_time: i64) -> Self {
        Self::of(received_time).merchant_id(merchant).merchant_trade_no(out_trade_no)
    }
}
