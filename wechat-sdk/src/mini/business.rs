//! Sub-merchants of a platform: each has its own sessions of [customer service](super::customer_service).

use crate::{Done, answer, mini_call};

/// Makes a sub-merchant with sessions of its own; only for apps of the category of shopping platforms.
///
/// # Errors
/// 45070: the account name is taken, perhaps by an earlier call whose answer was lost: [`GetBusiness`];
/// 45077: no more sub-merchants; 45078, 45079: another nickname; 45091: another account name; 40004, 40007:
/// another picture.
#[mini_call(
    POST "/cgi-bin/business/register", Unsafe -> NewBusiness,
    page = "kf-mgnt/kf-management/api_registerbusiness"
)]
pub struct RegisterBusiness {
    /// The platform's name of it: 6 to 30 of letters, digits and `_`; works once, case counts.
    #[max(30)]
    account_name: String,
    /// What users see: 4 to 30 letters and digits, Chinese ones count twice.
    #[max(30)]
    nickname: String,
    /// The picture, as [`UploadTempMedia`](super::customer_service::UploadTempMedia) gave it.
    icon_media_id: String,
    /// Whether messages go to the platform's own staff as well; if not set, they do not.
    transfer_to_commkf: Option<bool>,
}

/// A new sub-merchant.
#[answer]
pub struct NewBusiness {
    /// WeChat's number of it. Tables call it a text, samples show a number.
    pub business_id: i64,
}

/// Changes what users see of a sub-merchant. What is not set stays.
///
/// # Errors
/// 45071: there is no such sub-merchant; 45078, 45079: another nickname; 40004, 40007: another picture.
#[mini_call(
    POST "/cgi-bin/business/update", Keyed -> Done,
    page = "kf-mgnt/kf-management/api_updatebusiness"
)]
pub struct UpdateBusiness {
    /// WeChat's number of it.
    business_id: i64,
    /// What users see: 4 to 30 letters and digits, Chinese ones count twice.
    #[max(30)]
    nickname: Option<String>,
    /// The picture, as [`UploadTempMedia`](super::customer_service::UploadTempMedia) gave it.
    icon_media_id: Option<String>,
}

/// Asks about a sub-merchant.
///
/// # Errors
/// 45071: there is no such sub-merchant.
#[mini_call(
    POST "/cgi-bin/business/get", Read -> FoundBusiness,
    page = "kf-mgnt/kf-management/api_getbusiness", new = of
)]
pub struct GetBusiness {
    business_id: Option<i64>,
    account_name: Option<String>,
}

impl GetBusiness {
    /// By WeChat's number.
    #[must_use]
    pub fn by_id(business_id: i64) -> Self {
        Self { business_id: Some(business_id), ..Self::of() }
    }

    /// By the platform's name.
    #[must_use]
    pub fn by_account_name(account_name: impl Into<String>) -> Self {
        Self { account_name: Some(account_name.into()), ..Self::of() }
    }
}

/// A sub-merchant that was asked for.
#[answer]
pub struct FoundBusiness {
    /// The sub-merchant.
    pub business_info: Business,
}

/// A page of sub-merchants; the last page is shorter than `count`.
#[mini_call(
    POST "/cgi-bin/business/list", Read -> Businesses,
    page = "kf-mgnt/kf-management/api_listbusiness"
)]
pub struct ListBusinesses {
    /// How many to leave out.
    offset: i64,
    /// How many to give, up to 200.
    count: i64,
}

/// A page of sub-merchants.
#[answer]
pub struct Businesses {
    /// Those of the page.
    pub list: Vec<Business>,
}

/// A sub-merchant.
#[answer]
pub struct Business {
    /// WeChat's number of it.
    pub business_id: i64,
    /// The platform's name of it.
    pub account_name: Option<String>,
    /// What users see.
    pub nickname: Option<String>,
    /// The picture, by its id (tables).
    pub icon_media_id: Option<String>,
    /// The picture, by its address (samples).
    pub icon_url: Option<String>,
}
