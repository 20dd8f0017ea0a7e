//! Parcels of any carrier: WeChat follows a waybill and tells the user (messages), or shows it in the plugin
//! of the mini program (queries). Each app may make 100,000 calls a day.

use crate::ids::{OpenId, TransactionId};
use crate::secret::Secret;
use crate::{Done, answer, mini_call, open_enum, part};

/// The carriers, more than 1,300; ask once a day. Their ids are also those of the shipping management.
///
/// # Errors
/// 9300513: too often.
#[mini_call(
    POST "/cgi-bin/express/delivery/open_msg/get_delivery_list", Read -> Carriers,
    page = "weixin-express/express-msg/api_get_delivery_list"
)]
pub struct GetDeliveryList;

/// All carriers.
#[answer]
pub struct Carriers {
    /// The carriers.
    pub delivery_list: Vec<Carrier>,
    /// How many.
    pub count: Option<i64>,
}

/// A carrier.
#[answer]
pub struct Carrier {
    /// Its id, `SF` for instance.
    pub delivery_id: String,
    /// Its name.
    pub delivery_name: Option<String>,
}

/// A parcel and the payment it belongs to.
#[part]
pub struct Parcel {
    /// Who paid.
    openid: OpenId,
    /// The receiver's phone; some carriers ask for it.
    receiver_phone: Secret,
    /// The carrier's number of the parcel.
    waybill_id: String,
    /// WeChat Pay's number of the payment.
    trans_id: TransactionId,
    /// What is inside.
    goods_info: WaybillGoods,
    /// The page of the mini program that opens, best that of the order. WeChat calls it required, and takes
    /// the front page without it.
    order_detail_path: Option<String>,
    /// The sender's phone.
    sender_phone: Option<Secret>,
    /// The carrier. Without it WeChat guesses, so give it for the smaller ones.
    delivery_id: Option<String>,
}

/// What is inside of a parcel.
#[part]
pub struct WaybillGoods {
    /// The goods.
    detail_list: Vec<WaybillItem>,
}

impl From<Vec<WaybillItem>> for WaybillGoods {
    fn from(goods: Vec<WaybillItem>) -> Self {
        Self::new(goods)
    }
}

/// Goods in a parcel.
#[part]
pub struct WaybillItem {
    /// The name, up to 60 characters.
    #[max(60)]
    #[serde(rename = "goods_name")]
    name: String,
    /// The address of a picture.
    #[serde(rename = "goods_img_url")]
    img_url: String,
    /// In more words, up to 40 characters; the name if not said. Only [`FollowWaybill`] knows it.
    #[max(40)]
    #[serde(rename = "goods_desc")]
    desc: Option<String>,
}

/// Has WeChat follow a parcel and tell the user when it was collected, is being delivered, and was signed
/// for. At most 50 calls a day per user, and 100 parcels at once that are under way.
///
/// # Errors
/// 40003, 9300534: the user is not of this app; 9300513: too often; 9300559: there is no such waybill.
#[mini_call(
    POST "/cgi-bin/express/delivery/open_msg/follow_waybill", Keyed -> WaybillToken,
    page = "weixin-express/express-msg/api_follow_waybill"
)]
pub struct FollowWaybill {
    /// The parcel.
    #[serde(flatten)]
    parcel: Parcel,
}

/// Has WeChat follow a parcel, for the query plugin in the mini program. At most 100 calls a day per user.
///
/// # Errors
/// 40003, 9300534: the user is not of this app; 9300513: too often; 9300559: there is no such waybill.
#[mini_call(
    POST "/cgi-bin/express/delivery/open_msg/trace_waybill", Keyed -> WaybillToken,
    page = "weixin-express/express-search/api_trace_waybill"
)]
pub struct TraceWaybill {
    /// The parcel.
    #[serde(flatten)]
    parcel: Parcel,
}

/// A parcel that WeChat follows.
#[answer]
pub struct WaybillToken {
    /// Names the parcel from now on, also for the plugin. Keep it.
    pub waybill_token: Secret,
}

/// Where a parcel of [`FollowWaybill`] is.
///
/// # Errors
/// 9300507: the token is wrong; 9300534: the user is not of this app; 9300559: there is no such waybill;
/// 9300513: too often.
#[mini_call(
    POST "/cgi-bin/express/delivery/open_msg/query_follow_trace", Read -> WaybillTrace,
    page = "weixin-express/express-msg/api_query_follow_trace"
)]
pub struct QueryFollowTrace {
    /// Which parcel.
    waybill_token: Secret,
    /// Whose it is.
    openid: Option<OpenId>,
}

/// Where a parcel of [`TraceWaybill`] is.
///
/// # Errors
/// 9300507: the token is wrong; 9300534: the user is not of this app; 9300559: there is no such waybill;
/// 9300513: too often.
#[mini_call(
    POST "/cgi-bin/express/delivery/open_msg/query_trace", Read -> WaybillTrace,
    page = "weixin-express/express-search/api_query_trace"
)]
pub struct QueryTrace {
    /// Which parcel.
    waybill_token: Secret,
    /// Whose it is.
    openid: Option<OpenId>,
}

/// Where a parcel is.
#[answer]
pub struct WaybillTrace {
    /// The parcel.
    pub waybill_info: WaybillInfo,
    /// What is inside.
    pub shop_info: Option<WaybillShop>,
    /// The carrier.
    pub delivery_info: Option<Carrier>,
}

/// A parcel.
#[answer]
pub struct WaybillInfo {
    /// Where it is.
    pub status: WaybillStatus,
    /// The carrier's number of it.
    pub waybill_id: Option<String>,
}

/// Where a parcel is. New values may appear.
#[open_enum(i64)]
pub enum WaybillStatus {
    /// Unknown, or not collected yet.
    #[wire(0)]
    NotCollected,
    /// Collected.
    #[wire(1)]
    Collected,
    /// On its way.
    #[wire(2)]
    InTransit,
    /// On the way to the receiver.
    #[wire(3)]
    OutForDelivery,
    /// The receiver signed for it.
    #[wire(4)]
    Signed,
    /// Something is wrong.
    #[wire(5)]
    Abnormal,
    /// Somebody else signed for it.
    #[wire(6)]
    SignedByProxy,
}

/// The goods of a parcel.
#[answer]
pub struct WaybillShop {
    /// The goods.
    pub goods_info: Option<FollowedGoods>,
}

/// The goods of a parcel.
#[answer]
pub struct FollowedGoods {
    /// The goods.
    pub detail_list: Vec<FollowedItem>,
}

/// Goods in a parcel.
#[answer]
pub struct FollowedItem {
    /// The name.
    pub goods_name: Option<String>,
    /// The address of a picture.
    pub goods_img_url: Option<String>,
}

/// Changes the goods of a parcel of [`FollowWaybill`], which WeChat allows only so many times.
///
/// # Errors
/// 9300507: the token is wrong; 9300534: the user is not of this app; 9300560: changed too many times;
/// 9300513: too often.
#[mini_call(
    POST "/cgi-bin/express/delivery/open_msg/update_follow_waybill_goods", Unsafe -> Done,
    page = "weixin-express/express-msg/api_update_follow_waybill_goods"
)]
pub struct UpdateFollowWaybillGoods {
    /// Which parcel.
    waybill_token: Secret,
    /// What is inside.
    goods_info: WaybillGoods,
    /// Whose it is; WeChat's example has it, its table does not.
    openid: Option<OpenId>,
}

/// Changes the goods of a parcel of [`TraceWaybill`], which WeChat allows only so many times.
///
/// # Errors
/// 9300507: the token is wrong; 9300534: the user is not of this app; 9300560: changed too many times;
/// 9300513: too often.
#[mini_call(
    POST "/cgi-bin/express/delivery/open_msg/update_waybill_goods", Unsafe -> Done,
    page = "weixin-express/express-search/api_update_waybill_goods"
)]
pub struct UpdateWaybillGoods {
    /// Which parcel.
    waybill_token: Secret,
    /// What is inside.
    goods_info: WaybillGoods,
    /// Whose it is; WeChat's example has it, its table does not.
    openid: Option<OpenId>,
}
