//! What would it cost? One pure rule prices carts, quotes and orders alike.

mod freight;

use super::Mall;
use crate::base::{AddressId, Code, MerchantId, Money, Problem, Quantity, Result, SkuId, TenantId};
use crate::infra::db::{Conn, Json as Stored};
use crate::infra::http::{Json, Shopper};
use crate::mall::cart;
use crate::mall::catalog::{Article, Spec, articles};
use crate::mall::customer::{self, AddressInput};
use crate::mall::freight::{Region, Template, templates_of};
use crate::mall::order::split;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What delivery costs, per order.
#[derive(Debug, Clone, Copy)]
pub struct Freight {
    /// For an order.
    pub fee: Money,
    /// Nothing from this much on.
    pub free_from: Money,
}

/// What is taken off an order.
#[derive(Debug, Clone, Copy)]
pub struct Reduction {
    /// From this goods total on.
    pub from: Money,
    /// This much.
    pub by: Money,
}

/// What the shop asks besides the prices.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// For the delivery.
    pub freight: Freight,
    /// Off the goods.
    pub reduction: Reduction,
}

/// What besides the articles a price depends on.
#[derive(Debug, Clone, Copy)]
pub struct Rates<'a> {
    /// What the shop asks.
    pub terms: Terms,
    /// The merchants' freight templates.
    pub templates: &'a [Template],
    /// Where to, if that is known.
    pub region: Option<&'a Region>,
}

/// The most a trade may come to: a million yuan.
const MOST: Money = Money::fen(100_000_000);

/// One article that is wanted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What.
    pub sku_id: SkuId,
    /// How many.
    pub quantity: Quantity,
}

/// Either lines or the whole cart.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteInput {
    /// What is wanted, each SKU once.
    pub lines: Option<Vec<Wanted>>,
    /// All that is in the cart.
    #[serde(default)]
    pub from_cart: bool,
    /// Where to; unless named, the shopper's default address.
    pub address_id: Option<AddressId>,
}

/// What it costs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Quote {
    /// One per merchant.
    pub orders: Vec<QuotedOrder>,
    /// For the goods.
    pub goods_total: Money,
    /// Taken off.
    pub discount_total: Money,
    /// For the delivery.
    pub freight_total: Money,
    /// What is to be paid: the `expected_total` of the order.
    pub total: Money,
    /// Where to. Absent: nobody knows yet, and the freight may become another.
    pub address_id: Option<AddressId>,
}

/// One merchant's part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuotedOrder {
    /// Who sells.
    pub merchant_id: MerchantId,
    /// What.
    pub lines: Vec<QuotedLine>,
    /// For the goods.
    pub goods_total: Money,
    /// Taken off.
    pub discount: Money,
    /// For the delivery.
    pub freight: Money,
    /// What is to be paid for it.
    pub total: Money,
}

/// One article.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuotedLine {
    /// What.
    pub sku_id: SkuId,
    /// The product's name.
    pub title: String,
    /// What tells it from the others.
    #[schema(value_type = Vec<Spec>)]
    pub specs: Stored<Vec<Spec>>,
    /// Its picture.
    pub image_url: String,
    /// For one.
    pub price: Money,
    /// How many.
    pub quantity: i64,
    /// For all.
    pub total: Money,
    /// Its share of the discount.
    pub discount: Money,
    /// Its share of the freight.
    pub freight: Money,
    /// What of the payment falls to it.
    pub payable: Money,
    /// What it was priced from.
    #[serde(skip)]
    pub article: Article,
}

/// Articles by tenant and SKU.
pub type Articles = HashMap<(TenantId, SkuId), Article>;

/// Loads the articles of many requests at once.
pub async fn load(db: &mut Conn, wanted: &[(TenantId, SkuId)]) -> Result<Articles> {
    let rows = articles(db, wanted).await?;
    Ok(rows.into_iter().map(|article| ((article.tenant_id, article.sku_id), article)).collect())
}

/// Prices what is wanted.
pub fn quote(
    tenant: TenantId,
    wanted: &[(SkuId, i64)],
    articles: &Articles,
    rates: &Rates<'_>,
) -> Result<Quote, Problem> {
    let mut by_merchant: BTreeMap<MerchantId, Vec<QuotedLine>> = BTreeMap::new();
    for &(sku_id, quantity) in wanted {
        let article = articles.get(&(tenant, sku_id)).ok_or_else(|| Problem::not_found(sku_id))?;
        by_merchant.entry(article.merchant_id).or_default().push(line(article, quantity)?);
    }
    let orders = by_merchant
        .into_iter()
        .map(|(merchant_id, lines)| order(merchant_id, lines, rates))
        .collect::<Result<Vec<_>, Problem>>()?;
    let goods_total = Money::sum(orders.iter().map(|order| order.goods_total)).ok_or_else(too_large)?;
    let discount_total = Money::sum(orders.iter().map(|order| order.discount)).ok_or_else(too_large)?;
    let freight_total = Money::sum(orders.iter().map(|order| order.freight)).ok_or_else(too_large)?;
    let total = Money::sum(orders.iter().map(|order| order.total));
    let total = total.filter(|total| *total <= MOST).ok_or_else(too_large)?;
    Ok(Quote { orders, goods_total, discount_total, freight_total, total, address_id: None })
}

fn too_large() -> Problem {
    Problem::with(Code::AmountTooLarge, format!("a trade may come to {MOST} at most"))
}

fn line(article: &Article, quantity: i64) -> Result<QuotedLine, Problem> {
    if !article.on_sale() {
        return Err(Problem::with(Code::NotOnSale, format!("{} is not on sale any more", article.sku_id)));
    }
    let total = article.price.times(quantity).ok_or_else(too_large)?;
    Ok(QuotedLine {
        sku_id: article.sku_id,
        title: article.title.clone(),
        specs: article.specs.clone(),
        image_url: article.image_url.clone(),
        price: article.price,
        quantity,
        total,
        discount: Money::ZERO,
        freight: Money::ZERO,
        payable: total,
        article: article.clone(),
    })
}

fn order(merchant_id: MerchantId, lines: Vec<QuotedLine>, rates: &Rates<'_>) -> Result<QuotedOrder, Problem> {
    let goods_total = Money::sum(lines.iter().map(|line| line.total)).ok_or_else(too_large)?;
    let discount = rates.terms.reduction.of(goods_total);
    let goods = goods_total.plus(-discount).ok_or_else(too_large)?;
    let freight = freight::fee(merchant_id, &lines, goods, rates)?;
    let total = goods.plus(freight).ok_or_else(too_large)?;
    let lines = share(lines, discount, freight).ok_or_else(too_large)?;
    Ok(QuotedOrder { merchant_id, lines, goods_total, discount, freight, total })
}

impl Reduction {
    /// What is taken off goods of this total: something is always left to pay.
    fn of(self, goods_total: Money) -> Money {
        let applies = self.by.is_positive() && goods_total >= self.from && goods_total > self.by;
        if applies { self.by } else { Money::ZERO }
    }
}

/// Gives every line its share of the discount and the freight.
fn share(mut lines: Vec<QuotedLine>, discount: Money, freight: Money) -> Option<Vec<QuotedLine>> {
    let weights: Vec<_> = lines.iter().map(|line| line.total).collect();
    let shares = split(discount, &weights).into_iter().zip(split(freight, &weights));
    for (line, (discount, freight)) in lines.iter_mut().zip(shares) {
        (line.discount, line.freight) = (discount, freight);
        line.payable = line.total.plus(-discount)?.plus(freight)?;
    }
    Some(lines)
}

/// Checks the form of what is wanted: either lines, each SKU once, or the cart.
pub fn check_lines(lines: Option<&[Wanted]>, from_cart: bool) -> Result<(), Problem> {
    let lines = match (lines, from_cart) {
        (Some(lines), false) => lines,
        (None, true) => return Ok(()),
        _ => return Err(Problem::field("lines", "name either lines or from_cart")),
    };
    if lines.is_empty() || lines.len() > cart::MOST_ITEMS {
        return Err(Problem::field("lines", format!("must be 1 to {}", cart::MOST_ITEMS)));
    }
    let mut seen = HashSet::new();
    match lines.iter().position(|line| !seen.insert(line.sku_id)) {
        Some(place) => Err(Problem::field(format!("lines[{place}].sku_id"), "is named twice")),
        None => Ok(()),
    }
}

/// What the lines or the cart name.
pub fn wanted(lines: Option<&[Wanted]>, cart: &[cart::Item]) -> Result<Vec<(SkuId, i64)>, Problem> {
    match lines {
        Some(lines) => Ok(lines.iter().map(|line| (line.sku_id, line.quantity.get())).collect()),
        None if cart.is_empty() => Err(Problem::new(Code::CartEmpty)),
        None => Ok(cart.iter().map(|item| (item.sku_id, item.quantity)).collect()),
    }
}

/// The route.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(quote_route))
}

/// What would it cost?
#[utoipa::path(post, path = "/checkout/quote", tag = "checkout", request_body = QuoteInput,
    responses((status = 200, body = Quote)))]
async fn quote_route(
    State(mall): State<Mall>,
    who: Shopper,
    Json(input): Json<QuoteInput>,
) -> Result<Json<Quote>> {
    check_lines(input.lines.as_deref(), input.from_cart)?;
    let mut db = mall.core.db.read().await?;
    let cart =
        if input.from_cart { cart::items_of(&mut db, &[(who.tenant_id, who.id)]).await? } else { vec![] };
    let wanted = wanted(input.lines.as_deref(), &cart)?;
    let keys: Vec<_> = wanted.iter().map(|(sku, _)| (who.tenant_id, *sku)).collect();
    let articles = load(&mut db, &keys).await?;
    let templates = templates_of(&mut db, &merchants(articles.values())).await?;
    let address =
        customer::address(&mut db, &mall.core.vault, (who.tenant_id, who.id), input.address_id).await?;
    if let (None, Some(id)) = (&address, input.address_id) {
        return Err(Problem::not_found(id).into());
    }
    let region = address.as_ref().map(|address| region(&address.fields));
    let rates = Rates { terms: mall.settings.terms, templates: &templates, region: region.as_ref() };
    let quote = quote(who.tenant_id, &wanted, &articles, &rates)?;
    Ok(Json(Quote { address_id: address.map(|address| address.id), ..quote }))
}

/// Whose articles these are, each once.
pub fn merchants<'a>(articles: impl IntoIterator<Item = &'a Article>) -> Vec<(TenantId, MerchantId)> {
    let all = articles.into_iter().map(|article| (article.tenant_id, article.merchant_id));
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What of an address decides what delivery costs.
pub fn region(address: &AddressInput) -> Region {
    Region { province: address.province.as_str().to_owned(), city: address.city.as_str().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ProductId, Timestamp};
    use crate::mall::catalog::ProductState;

    fn article(tenant: TenantId, price: i64) -> Article {
        let now = Timestamp::from_millis(1);
        Article {
            tenant_id: tenant,
            sku_id: SkuId::fresh(now),
            product_id: ProductId::fresh(now),
            merchant_id: MerchantId::from_uuid(uuid::Uuid::nil()),
            title: "茶".into(),
            specs: Stored(vec![]),
            image_url: String::new(),
            price: Money::fen(price),
            weight: 0,
            freight_template_id: None,
            enabled: true,
            state: ProductState::OnSale,
        }
    }

    const RATES: Rates<'_> = Rates {
        terms: Terms {
            freight: Freight { fee: Money::fen(800), free_from: Money::fen(9_900) },
            reduction: Reduction { from: Money::fen(20_000), by: Money::fen(1_500) },
        },
        templates: &[],
        region: None,
    };

    #[test]
    fn freight_is_free_from_its_limit_on() {
        let tenant = TenantId::fresh(Timestamp::from_millis(1));
        let tea = article(tenant, 3_300);
        let articles = HashMap::from([((tenant, tea.sku_id), tea.clone())]);
        for (quantity, goods, freight) in [(1, 3_300, 800), (2, 6_600, 800), (3, 9_900, 0)] {
            let quote = quote(tenant, &[(tea.sku_id, quantity)], &articles, &RATES).unwrap();
            assert_eq!(quote.goods_total, Money::fen(goods));
            assert_eq!(quote.freight_total, Money::fen(freight));
            assert_eq!(quote.total, Money::fen(goods + freight));
        }
    }

    #[test]
    fn a_reduction_falls_to_the_lines_in_proportion() {
        let tenant = TenantId::fresh(Timestamp::from_millis(1));
        let (tea, cup) = (article(tenant, 10_000), article(tenant, 3_333));
        let articles =
            HashMap::from([((tenant, tea.sku_id), tea.clone()), ((tenant, cup.sku_id), cup.clone())]);
        let quote = quote(tenant, &[(tea.sku_id, 1), (cup.sku_id, 4)], &articles, &RATES).unwrap();
        assert_eq!(quote.discount_total, Money::fen(1_500));
        assert_eq!((quote.freight_total, quote.total), (Money::ZERO, Money::fen(10_000 + 4 * 3_333 - 1_500)));
        let discounts: Vec<_> = quote.orders[0].lines.iter().map(|line| line.discount.as_fen()).collect();
        assert_eq!(discounts, [643, 857]);
        let payable = Money::sum(quote.orders[0].lines.iter().map(|line| line.payable));
        assert_eq!(payable, Some(quote.total));
    }

    #[test]
    fn what_is_not_ours_not_on_sale_or_too_much_is_refused() {
        let tenant = TenantId::fresh(Timestamp::from_millis(1));
        let mut tea = article(tenant, 3_300);
        let ask = |tenant, tea: &Article, quantity| {
            let articles = HashMap::from([((tea.tenant_id, tea.sku_id), tea.clone())]);
            quote(tenant, &[(tea.sku_id, quantity)], &articles, &RATES).unwrap_err().code
        };
        assert_eq!(ask(TenantId::fresh(Timestamp::from_millis(1)), &tea, 1), Code::NotFound);
        assert_eq!(ask(tenant, &article(tenant, 200_000_000), 1), Code::AmountTooLarge);
        assert_eq!(ask(tenant, &article(tenant, i64::MAX), 2), Code::AmountTooLarge);
        tea.enabled = false;
        assert_eq!(ask(tenant, &tea, 1), Code::NotOnSale);
    }
}
