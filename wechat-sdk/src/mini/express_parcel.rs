//! What is to be said about a parcel of the express service.

use crate::ids::Fen;
use crate::part;
use crate::secret::Secret;

/// A parcel to be collected.
#[part]
pub struct ExpressOrder {
    /// The merchant's number of the parcel, unique for ever; up to 512 bytes.
    #[max_bytes(512)]
    order_id: String,
    /// The carrier, see [`GetExpressCarriers`](super::express::GetExpressCarriers).
    delivery_id: String,
    /// The account with the carrier, or that for parcels without a contract.
    biz_id: String,
    /// Who sends it.
    sender: Contact,
    /// Who gets it.
    receiver: Contact,
    /// What the carrier is told about it.
    cargo: Cargo,
    /// What the user sees of it.
    shop: ExpressGoods,
    /// Whether it is insured.
    insured: Insurance,
    /// How it travels.
    service: ExpressService,
    /// A remark for the carrier, up to 1,024 bytes.
    #[max_bytes(1024)]
    custom_remark: Option<String>,
    /// On platforms, the number of the shop.
    tagid: Option<i64>,
    /// When to collect it, Unix seconds, later than now: a courier comes in the hour after it and prints the
    /// label. 0: agreed otherwise. SF needs it, and does not come without it for a parcel that is paid on the
    /// spot.
    expect_time: Option<i64>,
    /// Who the contract is with, 0: the carrier's local branch, 1: its head office. Only YTO.
    take_mode: Option<i64>,
}

/// A person and an address. One of both phone numbers is needed.
#[part(new = of)]
pub struct Contact {
    #[max_bytes(64)]
    name: Secret,
    #[max_bytes(64)]
    province: Secret,
    #[max_bytes(64)]
    city: Secret,
    #[max_bytes(64)]
    area: Secret,
    #[max_bytes(512)]
    address: Secret,
    /// A mobile phone, up to 32 bytes.
    #[max_bytes(32)]
    mobile: Option<Secret>,
    /// A telephone, up to 32 bytes.
    #[max_bytes(32)]
    tel: Option<Secret>,
    /// The company, up to 64 bytes.
    #[max_bytes(64)]
    company: Option<String>,
    /// Up to 10 bytes.
    #[max_bytes(10)]
    post_code: Option<Secret>,
    /// Up to 64 bytes.
    #[max_bytes(64)]
    country: Option<String>,
}

impl Contact {
    /// With a mobile phone. `area` is the district, `address` what follows it; 64 bytes each, the last one
    /// 512.
    #[must_use]
    pub fn with_mobile(
        name: impl Into<Secret>,
        mobile: impl Into<Secret>,
        province: impl Into<Secret>,
        city: impl Into<Secret>,
        area: impl Into<Secret>,
        address: impl Into<Secret>,
    ) -> Self {
        Self { mobile: Some(mobile.into()), ..Self::of(name, province, city, area, address) }
    }

    /// With a telephone. `area` is the district, `address` what follows it; 64 bytes each, the last one 512.
    #[must_use]
    pub fn with_tel(
        name: impl Into<Secret>,
        tel: impl Into<Secret>,
        province: impl Into<Secret>,
        city: impl Into<Secret>,
        area: impl Into<Secret>,
        address: impl Into<Secret>,
    ) -> Self {
        Self { tel: Some(tel.into()), ..Self::of(name, province, city, area, address) }
    }
}

/// What the carrier is told about a parcel.
#[part]
pub struct Cargo {
    /// How many parcels.
    count: i64,
    /// All of it, kg.
    weight: f64,
    /// Length, cm.
    space_x: f64,
    /// Width, cm.
    space_y: f64,
    /// Height, cm.
    space_z: f64,
    /// What is inside.
    detail_list: Vec<CargoItem>,
}

/// What is inside of a parcel.
#[part]
pub struct CargoItem {
    /// The name, up to 128 bytes.
    #[max_bytes(128)]
    name: String,
    /// How many.
    count: i64,
}

/// The goods of a parcel, as the user sees them and the label shows them.
#[part(new = of)]
pub struct ExpressGoods {
    /// The page of the mini program that opens; best that of the order.
    wxa_path: Option<String>,
    /// The list of them.
    detail_list: Option<Vec<ExpressGoodsItem>>,
    /// One name for all, up to 128 bytes.
    #[max_bytes(128)]
    goods_name: Option<String>,
    /// One picture for all.
    img_url: Option<String>,
    /// How many; otherwise the length of the list.
    goods_count: Option<i64>,
}

impl ExpressGoods {
    /// Each by itself, as WeChat recommends.
    #[must_use]
    pub fn listed(goods: impl Into<Vec<ExpressGoodsItem>>) -> Self {
        Self { detail_list: Some(goods.into()), ..Self::of() }
    }

    /// With one name (up to 128 bytes) and one picture for all `count` of them.
    #[must_use]
    pub fn named(name: impl Into<String>, img_url: impl Into<String>, count: i64) -> Self {
        Self {
            goods_name: Some(name.into()),
            img_url: Some(img_url.into()),
            goods_count: Some(count),
            ..Self::of()
        }
    }
}

/// One of the goods of a parcel.
#[part]
pub struct ExpressGoodsItem {
    /// The name.
    #[serde(rename = "goods_name")]
    name: String,
    /// The address of a picture.
    #[serde(rename = "goods_img_url")]
    img_url: String,
    /// In more words.
    #[serde(rename = "goods_desc")]
    desc: String,
}

/// Whether a parcel is insured.
#[part(new = of)]
pub struct Insurance {
    use_insured: i64,
    insured_value: Fen,
}

impl Insurance {
    /// It is not.
    #[must_use]
    pub fn none() -> Self {
        Self::of(0, Fen(0))
    }

    /// For so much.
    #[must_use]
    pub fn worth(value: Fen) -> Self {
        Self::of(1, value)
    }
}

/// How a parcel travels; as in [`OfferedService`](super::express::OfferedService).
#[part]
pub struct ExpressService {
    /// The number of the service, per carrier.
    service_type: i64,
    /// Its name.
    service_name: String,
}
