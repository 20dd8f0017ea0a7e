//! The express service: accounts with carriers, the people who print labels, and the sandbox. The parcels are
//! in [`express_orders`](super::express_orders).

use super::express_orders::ExpressAction;
use crate::ids::OpenId;
use crate::secret::Secret;
use crate::{Done, answer, mini_call};

/// The carriers that the express service works with.
///
/// # Errors
/// Only what all calls have.
#[mini_call(
    GET "/cgi-bin/express/business/delivery/getall", Read -> ExpressCarriers,
    page = "express/express-by-business/api_getalldelivery"
)]
pub struct GetExpressCarriers;

/// The carriers of the express service.
#[answer]
pub struct ExpressCarriers {
    /// How many.
    pub count: Option<i64>,
    /// The carriers.
    pub data: Vec<ExpressCarrier>,
}

/// A carrier of the express service.
#[answer]
pub struct ExpressCarrier {
    /// Its id, `SF` for instance.
    pub delivery_id: String,
    /// Its name.
    pub delivery_name: Option<String>,
    /// Whether it takes parcels without a contract, paid on the spot.
    pub can_use_cash: Option<bool>,
    /// Whether it tells how many label numbers are left.
    pub can_get_quota: Option<bool>,
    /// The account to name for parcels without a contract, `SF_CASH` for instance.
    pub cash_biz_id: Option<String>,
    /// What it offers.
    pub service_type: Vec<OfferedService>,
}

/// A kind of service that a carrier offers.
#[answer]
pub struct OfferedService {
    /// Its number, per carrier.
    pub service_type: i64,
    /// Its name, for [`ExpressService`](super::express_parcel::ExpressService).
    pub service_name: Option<String>,
}

/// Binds an account that a carrier gave to the merchant, or gives it up. Parcels without a contract need
/// none.
///
/// # Errors
/// Its page lists only what all calls have; 9300531: account or password is wrong.
#[mini_call(
    POST "/cgi-bin/express/business/account/bind", Keyed -> Done,
    page = "express/express-by-business/api_bindaccount", new = of
)]
pub struct BindExpressAccount {
    #[serde(rename = "type")]
    kind: String,
    delivery_id: String,
    biz_id: String,
    /// The password of the account, if it has one.
    password: Option<Secret>,
    /// For the review by EMS: phone number, person, service and address of the sender.
    remark_content: Option<Secret>,
}

impl BindExpressAccount {
    /// Binds the account `biz_id` of the carrier `delivery_id`.
    #[must_use]
    pub fn bind(delivery_id: impl Into<String>, biz_id: impl Into<String>) -> Self {
        Self::of("bind", delivery_id, biz_id)
    }

    /// Gives up the account `biz_id` of the carrier `delivery_id`.
    #[must_use]
    pub fn unbind(delivery_id: impl Into<String>, biz_id: impl Into<String>) -> Self {
        Self::of("unbind", delivery_id, biz_id)
    }
}

/// The accounts that are bound.
///
/// # Errors
/// Only what all calls have.
#[mini_call(
    GET "/cgi-bin/express/business/account/getall", Read -> ExpressAccounts,
    page = "express/express-by-business/api_getallaccount"
)]
pub struct GetExpressAccounts;

/// The accounts that are bound.
#[answer]
pub struct ExpressAccounts {
    /// How many.
    pub count: Option<i64>,
    /// The accounts.
    pub list: Vec<ExpressAccount>,
}

/// An account with a carrier.
#[answer]
pub struct ExpressAccount {
    /// The account.
    pub biz_id: String,
    /// The carrier.
    pub delivery_id: String,
    /// When it was bound, Unix seconds.
    pub create_time: Option<i64>,
    /// When it last changed, Unix seconds.
    pub update_time: Option<i64>,
    /// 0: bound. WeChat does not list the others.
    pub status_code: Option<i64>,
    /// Another name of it.
    pub alias: Option<String>,
    /// Why EMS refused it.
    pub remark_wrong_msg: Option<String>,
    /// What was written for the review by EMS.
    pub remark_content: Option<Secret>,
    /// How many label numbers are left.
    pub quota_num: Option<i64>,
    /// When that was counted, Unix seconds.
    pub quota_update_time: Option<i64>,
    /// What the account may use.
    pub service_type: Vec<OfferedService>,
}

/// How many label numbers an account has left. Only for carriers that are run as a franchise.
///
/// # Errors
/// Its page lists only what all calls have; 9300525: the account is not bound.
#[mini_call(
    POST "/cgi-bin/express/business/quota/get", Read -> ExpressQuota,
    page = "express/express-by-business/api_getquota"
)]
pub struct GetExpressQuota {
    /// The carrier.
    delivery_id: String,
    /// The account.
    biz_id: String,
}

/// What an account has left.
#[answer]
pub struct ExpressQuota {
    /// How many label numbers.
    pub quota_num: i64,
}

/// Lets a user print labels with WeChat's program for PCs, or no longer. The user need not belong to the
/// project.
///
/// # Errors
/// 40003: there is no such user of this app.
#[mini_call(
    POST "/cgi-bin/express/business/printer/update", Keyed -> Done,
    page = "express/express-by-business/api_updateprinter", new = of
)]
pub struct UpdateExpressPrinter {
    openid: OpenId,
    update_type: String,
    /// On platforms, whose labels the user may print: the shops' `tagid`s, at most 10 of one user, with
    /// commas and without blanks.
    tagid_list: Option<String>,
}

impl UpdateExpressPrinter {
    /// The user may print.
    #[must_use]
    pub fn bind(openid: OpenId) -> Self {
        Self::of(openid, "bind")
    }

    /// The user may print no longer.
    #[must_use]
    pub fn unbind(openid: OpenId) -> Self {
        Self::of(openid, "unbind")
    }
}

/// Who may print labels.
///
/// # Errors
/// Only what all calls have.
#[mini_call(
    GET "/cgi-bin/express/business/printer/getall", Read -> ExpressPrinters,
    page = "express/express-by-business/api_getprinter"
)]
pub struct GetExpressPrinters;

/// Who may print labels.
#[answer]
pub struct ExpressPrinters {
    /// How many.
    pub count: Option<i64>,
    /// The users.
    pub openid: Vec<OpenId>,
    /// The shops of a platform whose labels they may print.
    pub tagid_list: Vec<String>,
}

/// Plays the carrier of the sandbox: moves a parcel on, which the receiver is told about.
///
/// The parcel must have been ordered from the carrier `TEST` with the account `test_biz_id` and the service
/// 1, `test_service_name`, for a user who administers, runs or develops the app; at most 10 such orders a
/// day.
///
/// # Errors
/// 930561: an argument is wrong; 930564: the sandbox is used up for today.
#[mini_call(
    POST "/cgi-bin/express/business/test_update_order", Unsafe -> Done,
    page = "express/express-by-business/api_testupdateorder"
)]
pub struct TestUpdateExpressOrder {
    /// The merchant's number of the parcel.
    order_id: String,
    /// The carrier's number of the parcel.
    waybill_id: String,
    /// When it happened, Unix seconds.
    action_time: i64,
    /// What happened.
    action_type: ExpressAction,
    /// The same in words.
    action_msg: String,
    #[fixed("test_biz_id")]
    biz_id: &'static str,
    #[fixed("TEST")]
    delivery_id: &'static str,
}
