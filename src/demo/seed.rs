//! Fills an empty demo.

use super::catalogue::{SHELVES, Shelf};
use crate::base::{CategoryId, MerchantId, Money, Result, TenantId};
use crate::flow::Mall;
use crate::infra::db::Conn;
use crate::mall::catalog::{self, NewProduct, NewSku, Spec};
use crate::mall::{operator, stock, tenant};
use anyhow::Context as _;

/// Pieces of every SKU.
const PIECES: i64 = 1_000;

/// Lists the demo's goods for every tenant that has none.
pub async fn seed(mall: &Mall) -> anyhow::Result<()> {
    for gateway in mall.gateways.all() {
        let mut tx = mall.core.db.begin().await?;
        if !catalog::is_empty(&mut tx, gateway.tenant_id).await? {
            continue;
        }
        let merchant =
            tenant::first_merchant(&mut tx, gateway.tenant_id).await?.context("a tenant's merchant")?;
        for (position, shelf) in (0..).zip(SHELVES) {
            fill(mall, &mut tx, (gateway.tenant_id, merchant), shelf, position).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn fill(
    mall: &Mall,
    db: &mut Conn,
    (tenant, merchant): (TenantId, MerchantId),
    shelf: &Shelf,
    position: i64,
) -> anyhow::Result<()> {
    let now = mall.core.now();
    let picture = format!("/demo/images/{}-0.svg", shelf.key);
    let category = catalog::insert_category(db, tenant, shelf.name, &picture, position, now).await?;
    for number in 0..shelf.products.len() {
        let product = product(shelf, number, merchant, category);
        let skus = catalog::insert_product(db, tenant, &product, now).await?;
        let goods: Vec<_> = skus.into_iter().map(|sku| (sku, PIECES)).collect();
        stock::receive(db, tenant, &goods, now).await?;
    }
    Ok(())
}

fn product(shelf: &Shelf, number: usize, merchant_id: MerchantId, category_id: CategoryId) -> NewProduct {
    let (title, subtitle, price) = shelf.products[number];
    let picture = format!("/demo/images/{}-{}.svg", shelf.key, number + 1);
    let choices =
        shelf.first.1.iter().flat_map(|first| shelf.second.1.iter().map(move |second| (*first, *second)));
    let skus = (0..).zip(choices).map(|(place, (first, second))| NewSku {
        code: format!("{}-{:02}-{}", shelf.key.to_uppercase(), number + 1, place + 1),
        specs: vec![spec(shelf.first.0, first), spec(shelf.second.0, second)],
        price: Money::fen(price + place * 500),
        image_url: picture.clone(),
    });
    NewProduct {
        merchant_id,
        category_id,
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        description: format!("{title}：{subtitle}。七天无理由退换，四十八小时内发货。"),
        images: vec![picture.clone()],
        skus: skus.collect(),
    }
}

fn spec(name: &str, value: &str) -> Spec {
    Spec { name: name.to_owned(), value: value.to_owned() }
}

/// The password of a new first operator for each tenant that has none: printed once, kept as a hash.
pub async fn first_operators(mall: &Mall) -> Result<Vec<(String, String)>> {
    let mut made = vec![];
    for gateway in mall.gateways.all() {
        let known = operator::exists(&mut mall.core.db.read().await?, gateway.tenant_id).await?;
        if !known {
            let password = operator::new_password(&mall.core, gateway.tenant_id, "admin").await?;
            made.push((gateway.slug.clone(), password));
        }
    }
    Ok(made)
}
