//! Goods on their way back, with the return insurance: the user is asked how, and WeChat follows the parcel.

use super::express_parcel::Contact;
use crate::ids::{Fen, OpenId, TransactionId};
use crate::{Done, answer, mini_call, open_enum, part};

/// Asks a user to send goods back: WeChat sends the message. Only for payments with a return insurance. If
/// one payment comes back in several parcels, each has a number of its own.
///
/// # Errors
/// 9300522: the number is used already, also by an earlier try whose answer was lost; WeChat has no call that
/// finds its id. 40097: number, address or payment is missing; 9300569, 9300570: the payment is missing,
/// wrong or not insured.
#[mini_call(
    POST "/cgi-bin/express/delivery/no_worry_return/add", Unsafe -> AddedReturn,
    page = "weixin-express/express-return/api_addreturnid"
)]
pub struct AddReturnId {
    /// The merchant's number of the return, one for each.
    shop_order_id: String,
    /// Where the goods go: one phone number only, and with the country.
    biz_addr: Contact,
    /// Who sends them back.
    openid: OpenId,
    /// The page of the return in the mini program. What was said to the insurance goes first.
    order_path: String,
    /// What comes back. What was said to the insurance goes first.
    goods_list: Vec<ReturnedGoods>,
    /// The price of what comes back; in fen, though WeChat names no unit.
    order_price: Fen,
    /// WeChat Pay's number of the insured payment.
    wx_pay_id: TransactionId,
    /// Where the goods had gone: one phone number only.
    user_addr: Option<Contact>,
}

/// Goods that come back.
#[part]
pub struct ReturnedGoods {
    /// The name.
    name: String,
    /// The address of a picture.
    url: String,
}

/// A return that the user was asked for.
#[answer]
pub struct AddedReturn {
    /// WeChat's number of it.
    pub return_id: String,
}

/// How a return stands.
///
/// # Errors
/// 40097: the id is missing; 931023: there is no such return.
#[mini_call(
    POST "/cgi-bin/express/delivery/no_worry_return/get", Read -> Return,
    page = "weixin-express/express-return/api_getreturnid"
)]
pub struct GetReturnId {
    /// WeChat's number of the return.
    return_id: String,
}

/// How a return stands.
#[answer]
pub struct Return {
    /// What the user chose.
    pub status: ReturnWay,
    /// The carrier's number of the parcel, once the user chose.
    pub waybill_id: Option<String>,
    /// Where the parcel is.
    pub order_status: Option<ReturnStatus>,
    /// The carrier.
    pub delivery_id: Option<String>,
    /// Its name.
    pub delivery_name: Option<String>,
}

/// How goods come back.
#[open_enum(i64)]
pub enum ReturnWay {
    /// The user did not choose yet.
    #[wire(0)]
    Open,
    /// A courier collects them.
    #[wire(1)]
    Collected,
    /// The user sends them.
    #[wire(2)]
    Sent,
}

/// Where a parcel that comes back is. New values may appear.
#[open_enum(i64)]
pub enum ReturnStatus {
    /// A courier was ordered.
    #[wire(0)]
    Ordered,
    /// Collected.
    #[wire(1)]
    Collected,
    /// On its way.
    #[wire(2)]
    InTransit,
    /// On the way to the merchant.
    #[wire(3)]
    OutForDelivery,
    /// The merchant signed for it.
    #[wire(4)]
    Signed,
    /// Something is wrong.
    #[wire(5)]
    Abnormal,
    /// Somebody else signed for it.
    #[wire(6)]
    SignedByProxy,
    /// Could not be collected.
    #[wire(7)]
    NotCollected,
    /// Not signed for: refused, or out of the carrier's reach.
    #[wire(8)]
    NotSigned,
    /// The courier was called off.
    #[wire(11)]
    Cancelled,
    /// On its way back to the user.
    #[wire(13)]
    GoingBack,
    /// Back with the user.
    #[wire(14)]
    WentBack,
    /// WeChat does not know.
    #[wire(99)]
    Unknown,
}

/// Gives a return up, when the user may keep the goods. Only if the user sends them, not if a courier
/// collects them.
///
/// # Errors
/// 40097: the id is missing; 931023: there is no such return.
#[mini_call(
    POST "/cgi-bin/express/delivery/no_worry_return/unbind", Keyed -> Done,
    page = "weixin-express/express-return/api_unbindreturnid"
)]
pub struct UnbindReturnId {
    /// WeChat's number of the return.
    return_id: String,
}
