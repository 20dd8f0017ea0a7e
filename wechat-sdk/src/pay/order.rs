//! Pieces of an order that several ways of paying share.

use std::net::IpAddr;

use crate::ids::{Fen, OpenId};
use crate::part;
use crate::secret::Secret;

/// An amount to be paid.
#[part]
pub struct Total {
    /// Fen, more than nothing.
    #[positive]
    total: Fen,
    #[fixed("CNY")]
    currency: &'static str,
}

impl From<Fen> for Total {
    fn from(total: Fen) -> Self {
        Self::new(total)
    }
}

/// Who is to pay.
#[part]
pub struct Payer {
    /// The user, in the app of the order.
    openid: OpenId,
    /// Whose account it must be.
    identity: Option<Identity>,
}

impl From<OpenId> for Payer {
    fn from(openid: OpenId) -> Self {
        Self::new(openid)
    }
}

/// Who is to pay, where no openid is asked for.
#[part]
pub struct NamedPayer {
    /// Whose account it must be.
    identity: Identity,
}

impl From<Identity> for NamedPayer {
    fn from(identity: Identity) -> Self {
        Self::new(identity)
    }
}

/// The person whose account must pay; only for merchants to whom WeChat Pay grants it. Number and name travel
/// encrypted, although one page has them plain.
#[part]
pub struct Identity {
    /// `IDCARD`, `HONGKONG_MACAO`, `HONGKONG_MACAO_RESIDENT`, `TAIWAN_RESIDENT`, `FOREIGN_RESIDENT`,
    /// `OVERSEA_PASSPORT` or `PHONE_NUMBER`.
    #[serde(rename = "type")]
    kind: String,
    /// The number of the document, or of the phone.
    number: Secret,
    /// The name of the person.
    name: Secret,
}

/// What is in the order; WeChat's coupons for single goods need it. At most 6,144 bytes as JSON.
#[part]
#[derive(Default)]
pub struct Detail {
    /// The amount on the receipt, fen. If it differs from what is paid, no coupon counts.
    cost_price: Option<Fen>,
    /// The number of the receipt, up to 32 characters.
    #[max(32)]
    invoice_id: Option<String>,
    /// The goods.
    goods_detail: Option<Vec<Goods>>,
}

/// One line of an order.
#[part]
pub struct Goods {
    /// The merchant's number of the goods, up to 32 of digits, letters, `-` and `_`.
    #[max(32)]
    merchant_goods_id: String,
    /// How many.
    quantity: i64,
    /// Price of one after discounts, fen.
    unit_price: Fen,
    /// WeChat Pay's number of the goods.
    #[max(32)]
    wechatpay_goods_id: Option<String>,
    /// The name, up to 256 characters.
    #[max(256)]
    goods_name: Option<String>,
}

/// Where the user pays.
#[part]
pub struct Scene {
    /// The user's address, IPv4 or IPv6; for H5 it must be the real one.
    payer_client_ip: IpAddr,
    /// The merchant's number of the device, up to 32 characters.
    #[max(32)]
    device_id: Option<String>,
    /// The shop on the street.
    store_info: Option<Store>,
    /// From where H5 pays; required there.
    h5_info: Option<H5>,
}

impl Scene {
    pub(super) fn has_h5(&self) -> bool {
        self.h5_info.is_some()
    }
}

/// A shop on the street. Pages disagree about what is required besides the number: give all there is.
#[part]
pub struct Store {
    /// The merchant's number of it, up to 32 characters.
    #[max(32)]
    id: String,
    /// The name, up to 256 characters.
    #[max(256)]
    name: Option<String>,
    /// The number of the district, six digits.
    #[max(32)]
    area_code: Option<String>,
    /// The address, up to 512 characters.
    #[max(512)]
    address: Option<String>,
}

/// From where H5 pays.
#[part]
pub struct H5 {
    /// `iOS`, `Android` or `Wap`.
    #[serde(rename = "type")]
    kind: String,
    /// The name of the app, up to 64 characters.
    #[max(64)]
    app_name: Option<String>,
    /// The address of the site, up to 128 characters.
    #[max(128)]
    app_url: Option<String>,
    /// For iOS.
    #[max(128)]
    bundle_id: Option<String>,
    /// For Android.
    #[max(128)]
    package_name: Option<String>,
}

/// How the money is settled.
#[part]
pub struct Settle {
    /// Whether it is kept back to be shared, see [`profit_sharing`](super::profit_sharing).
    profit_sharing: bool,
}

impl From<bool> for Settle {
    fn from(profit_sharing: bool) -> Self {
        Self::new(profit_sharing)
    }
}

/// Interest that the merchant takes over when the user pays by instalments (Fenfu).
#[part]
pub struct Subsidy {
    /// By kind of repayment.
    subsidy_detail: Vec<SubsidyDetail>,
}

/// The interest for one kind of repayment.
#[part]
pub struct SubsidyDetail {
    /// `DAILY` or `PERIOD`.
    subsidy_period_type: String,
    /// By number of instalments.
    subsidy_plan: Vec<SubsidyPlan>,
}

/// The interest for one number of instalments.
#[part]
pub struct SubsidyPlan {
    /// 3, 6 or 12.
    subsidy_installment_num: i64,
    /// Of the interest, in percent: 0 or 100.
    subsidy_percent: i64,
}
