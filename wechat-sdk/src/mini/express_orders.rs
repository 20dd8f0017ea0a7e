//! The parcels of the express service: ordering a carrier, labels, tracks.

use super::express_parcel::ExpressOrder;
use crate::ids::{AppId, OpenId};
use crate::secret::Secret;
use crate::{answer, mini_call, open_enum, part};

/// Orders a carrier. After an unclear answer ask with [`GetExpressOrder`]. The sandbox takes 10 orders a day.
///
/// # Errors
/// 9300501: the carrier refuses; 9300502: the carrier is out of order; 9300503: there is no such carrier;
/// 9300510: it has no such service; 9300525, 9300531: the account is not bound, or wrong; 9300526: something
/// is too long; 9300534: the user is not of this app; 9300535: name, picture or number of the goods is
/// missing; 9300536: `wx_appid` is wrong; 930559, 930561, 930564: the sandbox refuses the user, an argument,
/// or another order today.
#[mini_call(
    POST "/cgi-bin/express/business/order/add", Unsafe -> AddedExpressOrder,
    page = "express/express-by-business/api_addorder", new = of
)]
pub struct AddExpressOrder {
    #[serde(flatten)]
    order: ExpressOrder,
    add_source: i64,
    openid: Option<OpenId>,
    wx_appid: Option<AppId>,
}

impl AddExpressOrder {
    /// Of an order in the mini program; the user is told where the parcel is.
    #[must_use]
    pub fn in_mini_program(openid: OpenId, order: ExpressOrder) -> Self {
        Self { openid: Some(openid), ..Self::of(order, 0) }
    }

    /// Of an order in an app or on a page: the user is told nothing. `wx_appid` must be bound to the same
    /// open-platform account as the mini program.
    #[must_use]
    pub fn elsewhere(wx_appid: AppId, order: ExpressOrder) -> Self {
        Self { wx_appid: Some(wx_appid), ..Self::of(order, 2) }
    }
}

/// A carrier was ordered.
#[answer]
pub struct AddedExpressOrder {
    /// The merchant's number of the parcel.
    pub order_id: String,
    /// The carrier's number of the parcel.
    pub waybill_id: String,
    /// What stands on the label.
    pub waybill_data: Vec<LabelField>,
    /// The carrier's own code; 0 is success.
    pub delivery_resultcode: Option<i64>,
    /// The same in words.
    pub delivery_resultmsg: Option<String>,
}

/// Something that stands on a label.
#[answer]
pub struct LabelField {
    /// What it is, per carrier.
    pub key: String,
    /// What stands there.
    pub value: Option<Secret>,
}

/// Calls off the order for a carrier.
///
/// # Errors
/// Its page lists only what all calls have; those about the carrier are as for [`AddExpressOrder`].
#[mini_call(
    POST "/cgi-bin/express/business/order/cancel", Keyed -> CancelledExpressOrder,
    page = "express/express-by-business/api_cancelorder"
)]
pub struct CancelExpressOrder {
    /// The merchant's number of the parcel.
    order_id: String,
    /// The carrier.
    delivery_id: String,
    /// The carrier's number of the parcel.
    waybill_id: String,
    /// The user; not for an order made elsewhere.
    openid: Option<OpenId>,
}

/// A parcel was called off.
#[answer]
pub struct CancelledExpressOrder {
    /// The carrier's own code; 0 is success.
    pub delivery_resultcode: Option<i64>,
    /// The same in words.
    pub delivery_resultmsg: Option<String>,
}

/// The label of a parcel.
///
/// # Errors
/// Its page lists only what all calls have; 9300503: there is no such carrier.
#[mini_call(
    POST "/cgi-bin/express/business/order/get", Read -> ExpressLabel,
    page = "express/express-by-business/api_getorder"
)]
pub struct GetExpressOrder {
    /// The merchant's number of the parcel.
    order_id: String,
    /// The carrier.
    delivery_id: String,
    /// The carrier's number of the parcel.
    waybill_id: Option<String>,
    /// The user; not for an order made elsewhere.
    openid: Option<OpenId>,
    /// 0: a label of two parts, 1: of one. 0 if not said.
    print_type: Option<i64>,
}

/// The label of a parcel.
#[answer]
pub struct ExpressLabel {
    /// The label, base64 of HTML.
    pub print_html: Option<Secret>,
    /// What stands on it.
    pub waybill_data: Vec<LabelField>,
    /// The merchant's number of the parcel.
    pub order_id: Option<String>,
    /// The carrier.
    pub delivery_id: Option<String>,
    /// The carrier's number of the parcel.
    pub waybill_id: Option<String>,
    /// How the order stands.
    pub order_status: Option<ExpressOrderStatus>,
}

/// How the order for a carrier stands.
#[open_enum(i64)]
pub enum ExpressOrderStatus {
    /// In force.
    #[wire(0)]
    Normal,
    /// Called off.
    #[wire(1)]
    Cancelled,
}

/// The labels of up to 100 parcels.
///
/// # Errors
/// Those of single parcels stand in the answer.
#[mini_call(
    POST "/cgi-bin/express/business/order/batchget", Read -> ExpressLabels,
    page = "express/express-by-business/api_batchgetorder"
)]
pub struct BatchGetExpressOrders {
    /// Which ones, up to 100.
    #[max(100)]
    order_list: Vec<ExpressOrderRef>,
}

/// Which parcel.
#[part]
pub struct ExpressOrderRef {
    /// The merchant's number of the parcel.
    order_id: String,
    /// The carrier.
    delivery_id: String,
    /// The carrier's number of the parcel.
    #[serde(rename = "waybill_id")]
    waybill: Option<String>,
}

/// The labels of several parcels.
#[answer]
pub struct ExpressLabels {
    /// One for each that was asked for.
    pub order_list: Vec<BatchedExpressLabel>,
}

/// The label of a parcel, or why there is none.
#[answer]
pub struct BatchedExpressLabel {
    /// 0: there is one.
    pub errcode: Option<i64>,
    /// Why there is none.
    pub errmsg: Option<String>,
    /// The label, base64 of HTML.
    pub print_html: Option<Secret>,
    /// What stands on it.
    pub waybill_data: Vec<LabelField>,
    /// The merchant's number of the parcel.
    pub order_id: Option<String>,
    /// The carrier.
    pub delivery_id: Option<String>,
    /// The carrier's number of the parcel.
    pub waybill_id: Option<String>,
    /// How the order stands.
    pub order_status: Option<ExpressOrderStatus>,
}

/// Where a parcel has been; only what was ordered by [`AddExpressOrder`].
///
/// # Errors
/// Its page lists only what all calls have; 9300503: there is no such carrier.
#[mini_call(
    POST "/cgi-bin/express/business/path/get", Read -> ExpressPath,
    page = "express/express-by-business/api_getpath"
)]
pub struct GetExpressPath {
    /// The carrier.
    delivery_id: String,
    /// The carrier's number of the parcel.
    waybill_id: String,
    /// The merchant's number of the parcel; WeChat's example has it, its table does not.
    order_id: Option<String>,
    /// The user; not for an order made elsewhere.
    openid: Option<OpenId>,
}

/// Where a parcel has been.
#[answer]
pub struct ExpressPath {
    /// The user.
    pub openid: Option<OpenId>,
    /// The carrier.
    pub delivery_id: Option<String>,
    /// The carrier's number of the parcel.
    pub waybill_id: Option<String>,
    /// How many steps.
    pub path_item_num: Option<i64>,
    /// The steps.
    pub path_item_list: Vec<ExpressStep>,
}

/// A step of a parcel.
#[answer]
pub struct ExpressStep {
    /// When, Unix seconds.
    pub action_time: i64,
    /// What happened.
    pub action_type: ExpressAction,
    /// The same in words, maybe with the courier's phone number.
    pub action_msg: Option<Secret>,
}

/// What happened to a parcel. WeChat's example has 300001, on the way to the receiver, which its table does
/// not.
#[open_enum(i64)]
pub enum ExpressAction {
    /// Collected.
    #[wire(100_001)]
    Collected,
    /// Could not be collected.
    #[wire(100_002)]
    NotCollected,
    /// A courier will collect it.
    #[wire(100_003)]
    CourierAssigned,
    /// Moved on.
    #[wire(200_001)]
    InTransit,
    /// On the way to the receiver.
    #[wire(300_002)]
    OutForDelivery,
    /// Signed for.
    #[wire(300_003)]
    Signed,
    /// Not signed for.
    #[wire(300_004)]
    NotSigned,
    /// The order was called off.
    #[wire(400_001)]
    Cancelled,
    /// Held up.
    #[wire(400_002)]
    Delayed,
}
