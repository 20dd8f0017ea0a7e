use crate::base::{CategoryId, FreightTemplateId, MerchantId, Money, ProductId, SkuId, TenantId, Timestamp};
use crate::infra::db::Json;
use serde::{Deserialize, Serialize};

crate::column_enum!(
    /// Whether a product can be bought.
    ProductState {
        /// It can.
        OnSale = "on_sale",
        /// It cannot.
        OffSale = "off_sale",
    }
);

/// A shelf.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Category {
    /// Which.
    pub id: CategoryId,
    /// The shelf above.
    pub parent_id: Option<CategoryId>,
    /// Its name.
    pub name: String,
    /// Its picture.
    pub image_url: String,
}

/// One property of an SKU, as in 颜色: 白.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Spec {
    /// Which property.
    #[schema(example = "颜色")]
    pub name: String,
    /// Its value.
    #[schema(example = "白")]
    pub value: String,
}

/// A product in a list.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct ProductCard {
    /// Which.
    pub id: ProductId,
    /// On which shelf.
    pub category_id: CategoryId,
    /// Its name.
    pub title: String,
    /// What else to say in one line.
    pub subtitle: String,
    /// Pictures, the first is the main one.
    #[schema(value_type = Vec<String>)]
    pub images: Json<Vec<String>>,
    /// Of the cheapest SKU.
    pub min_price: Money,
    /// Of the dearest SKU.
    pub max_price: Money,
}

/// A product with all it says.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Product {
    /// Which.
    pub id: ProductId,
    /// Who sells it.
    pub merchant_id: MerchantId,
    /// On which shelf.
    pub category_id: CategoryId,
    /// Its name.
    pub title: String,
    /// What else to say in one line.
    pub subtitle: String,
    /// Plain text.
    pub description: String,
    /// Pictures, the first is the main one.
    #[schema(value_type = Vec<String>)]
    pub images: Json<Vec<String>>,
    /// Whether it can be bought.
    pub state: ProductState,
    /// Since when it is listed.
    pub created_at: Timestamp,
}

/// One choice of a product.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Sku {
    /// Which.
    pub id: SkuId,
    /// The shop's own article number.
    pub code: String,
    /// What tells it from the others.
    #[schema(value_type = Vec<Spec>)]
    pub specs: Json<Vec<Spec>>,
    /// For one.
    pub price: Money,
    /// Its picture.
    pub image_url: String,
}

/// Everything an order copies of an SKU, and whether it can be bought.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Article {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub sku_id: SkuId,
    /// Of which product.
    pub product_id: ProductId,
    /// Who sells it.
    pub merchant_id: MerchantId,
    /// The product's name.
    pub title: String,
    /// What tells it from the others.
    pub specs: Json<Vec<Spec>>,
    /// Its picture.
    pub image_url: String,
    /// For one.
    pub price: Money,
    /// Of one, grams.
    pub weight: i64,
    /// What its delivery costs; absent: the merchant's default.
    pub freight_template_id: Option<FreightTemplateId>,
    /// The SKU's own switch.
    pub enabled: bool,
    /// The product's state.
    pub state: ProductState,
}

impl Article {
    /// Whether it can be bought.
    pub fn on_sale(&self) -> bool {
        self.enabled && self.state == ProductState::OnSale
    }
}

/// A product to be listed.
#[derive(Debug, Clone)]
pub struct NewProduct {
    /// Who sells it.
    pub merchant_id: MerchantId,
    /// On which shelf.
    pub category_id: CategoryId,
    /// Its name.
    pub title: String,
    /// What else to say in one line.
    pub subtitle: String,
    /// Plain text.
    pub description: String,
    /// Pictures, the first is the main one.
    pub images: Vec<String>,
    /// Its choices.
    pub skus: Vec<NewSku>,
}

/// An SKU to be listed.
#[derive(Debug, Clone)]
pub struct NewSku {
    /// The shop's own article number.
    pub code: String,
    /// What tells it from the others.
    pub specs: Vec<Spec>,
    /// For one.
    pub price: Money,
    /// Its picture.
    pub image_url: String,
}
