//! What an app wants to count as in the trade management of WeChat: a known brand, or another kind of trade.

use crate::{ConfigError, Done, answer, mini_call, open_enum, part};

/// Applies to be seen as a known brand. Media ids are those of temporary pictures.
///
/// # Errors
/// 10210002: one application is under way; 10210003: a picture cannot be read.
#[mini_call(
    POST "/wxa/sec/famousbrand/apply", Unsafe -> Done,
    page = "order_shipping/api_famousbrandapply", new = of
)]
pub struct ApplyFamousBrand {
    #[serde(rename = "Application")]
    application: Application,
}

#[part]
struct Application {
    /// 1 known brand, 2 component of a shop.
    apply_for: i64,
    /// Required for a known brand.
    audit_info: Option<BrandProof>,
}

impl ApplyFamousBrand {
    /// Because the brand is known.
    #[must_use]
    pub fn known(proof: BrandProof) -> Self {
        Self::of(Application::new(1).audit_info(proof))
    }

    /// Because the app has the goods component of a WeChat shop.
    #[must_use]
    pub fn with_shop_component() -> Self {
        Self::of(Application::new(2))
    }
}

/// What makes a brand known.
#[part(new = of)]
pub struct BrandProof {
    brand_name: String,
    brand_type: i64,
    /// On which platform the brand has its official shop.
    flagship_in_which_ec_platform: Option<String>,
    /// Media ids of pictures that prove the official shop.
    ec_platform_proof_list: Option<Vec<String>>,
    /// Media ids of pictures that prove the recognition of the trademark.
    authority_certified_proof_list: Option<Vec<String>>,
    /// Media ids of further pictures.
    other_material_list: Option<Vec<String>>,
}

impl BrandProof {
    /// It stands on a public list.
    #[must_use]
    pub fn listed(brand_name: impl Into<String>, list: &BrandList) -> Self {
        Self::of(brand_name, list.number())
    }

    /// It has an official shop on another platform, which the pictures of these media ids prove.
    #[must_use]
    pub fn flagship_shop(
        brand_name: impl Into<String>,
        platform: impl Into<String>,
        proofs: impl Into<Vec<String>>,
    ) -> Self {
        Self::of(brand_name, 4).flagship_in_which_ec_platform(platform).ec_platform_proof_list(proofs)
    }

    /// An authority recognises the trademark, which the pictures of these media ids prove.
    #[must_use]
    pub fn certified_trademark(brand_name: impl Into<String>, proofs: impl Into<Vec<String>>) -> Self {
        Self::of(brand_name, 7).authority_certified_proof_list(proofs)
    }
}

/// A public list of brands.
#[open_enum(i64)]
pub enum BrandList {
    /// Consumer goods of the Ministry of Industry and Information Technology.
    #[wire(1)]
    ConsumerGoods,
    /// Online retail of the China Chain Store & Franchise Association.
    #[wire(2)]
    ChainStores,
    /// Time-honoured brands of China.
    #[wire(3)]
    TimeHonoured,
    /// The 500 largest companies of the world.
    #[wire(5)]
    Global500,
    /// The 500 largest companies of China.
    #[wire(6)]
    China500,
    /// Growing companies of consumer brands of the Ministry of Industry and Information Technology.
    #[wire(8)]
    GrowingBrands,
}

/// Asks how the application stands.
#[mini_call(
    POST "/wxa/sec/famousbrand/get_status", Read -> FamousBrandStatus,
    page = "order_shipping/api_getfamousbrandapplystatus"
)]
pub struct GetFamousBrandStatus {}

/// How an application stands.
#[answer]
pub struct FamousBrandStatus {
    /// How far it is.
    pub progress: Option<BrandProgress>,
    /// What was applied for.
    pub application: Option<AppliedBrand>,
}

/// How far an application is.
#[answer]
pub struct BrandProgress {
    /// How it stands; the sample of the page has a 0 that it does not explain.
    pub status: BrandReview,
}

/// What was applied for.
#[answer]
pub struct AppliedBrand {
    /// 1 known brand, 2 component of a shop.
    pub apply_for: Option<i64>,
    /// What the reviewers say.
    pub audit_info: Option<BrandAudit>,
    /// How it stands.
    pub status: Option<BrandReview>,
}

/// What the reviewers say.
#[answer]
pub struct BrandAudit {
    /// Why it was refused.
    pub audit_reason: Option<String>,
}

/// How an application stands. New states may appear.
#[open_enum(i64)]
pub enum BrandReview {
    /// Under review.
    #[wire(1)]
    Reviewing,
    /// Refused.
    #[wire(2)]
    Refused,
    /// Accepted.
    #[wire(3)]
    Accepted,
}

/// Applies for another kind of trade. An app can do so once.
///
/// # Errors
/// 268486048: it was done before.
#[mini_call(
    POST "/wxa/sec/order/setwxatradetypecgi", Unsafe -> Done,
    page = "order_shipping/api_setwxatradetypecgi", check = videos
)]
pub struct ChangeTradeKind {
    /// What it is to be.
    trade_type: TradeKind,
    /// What proves it: up to ten, of which up to three videos.
    #[max(10)]
    material_list: Vec<TradeMaterial>,
    /// Why.
    reason: String,
}

impl ChangeTradeKind {
    fn videos(&self) -> Result<(), ConfigError> {
        if self.material_list.iter().filter(|material| material.kind == VIDEO).count() > 3 {
            return Err(ConfigError::new("more than three videos"));
        }
        Ok(())
    }
}

const PICTURE: i64 = 1;
const VIDEO: i64 = 2;

/// Something that proves the kind of trade.
#[part(new = of)]
pub struct TradeMaterial {
    #[serde(rename = "type")]
    kind: i64,
    media_id: String,
}

impl TradeMaterial {
    /// A temporary picture.
    #[must_use]
    pub fn picture(media_id: impl Into<String>) -> Self {
        Self::of(PICTURE, media_id)
    }

    /// A temporary video.
    #[must_use]
    pub fn video(media_id: impl Into<String>) -> Self {
        Self::of(VIDEO, media_id)
    }
}

/// A kind of trade.
#[open_enum(i64)]
pub enum TradeKind {
    /// Of all kinds.
    #[wire(1)]
    Mixed,
    /// Goods.
    #[wire(2)]
    Goods,
    /// Services on the spot.
    #[wire(3)]
    LocalServices,
    /// Services online.
    #[wire(4)]
    OnlineServices,
}
