//! What delivery costs, by template, region, piece and weight.

use crate::support::{Person, TestApp, both, key};
use reqwest::Method;
use serde_json::{Value, json};

async fn put(operator: &Person, path: &str, body: Value) -> u16 {
    operator.send(Method::PUT, path, Some(body.to_string()), None).await.status
}

async fn merchant(operator: &Person) -> String {
    let merchants = operator.get("/admin/v1/merchants").await.body;
    merchants["items"][0]["id"].as_str().unwrap().to_owned()
}

/// Adds a template to the tenant's own merchant; gives its id.
async fn template(operator: &Person, template: Value) -> String {
    let path = format!("/admin/v1/merchants/{}/freight-templates", merchant(operator).await);
    let answer = operator.post(&path, template).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().unwrap().to_owned()
}

fn by_weight() -> Value {
    json!({ "name": "快递", "basis": "weight", "is_default": true, "rules": [
        { "regions": ["广东省"], "first": 1000, "first_fee": 600, "more": 1000, "more_fee": 200 },
        { "regions": ["北京市"], "first": 1000, "first_fee": 1000, "more": 500, "more_fee": 300 },
    ] })
}

async fn quoted(person: &Person, sku: &str, quantity: i64, address: Option<&str>) -> crate::support::Answer {
    let wish = json!({ "lines": [{ "sku_id": sku, "quantity": quantity }], "address_id": address });
    person.post("/api/v1/checkout/quote", wish).await
}

async fn heavy_sku(app: &TestApp, operator: &Person, place: usize, grams: i64) -> String {
    let (sku, _) = app.guest().sku(place).await;
    assert_eq!(put(operator, &format!("/admin/v1/skus/{sku}/weight"), json!({ "grams": grams })).await, 204);
    sku
}

both!(
    async fn freight_follows_region_and_weight(app) {
        let operator = app.operator().await;
        template(&operator, by_weight()).await;
        let sku = heavy_sku(&app, &operator, 0, 800).await;
        let person = app.shopper().await;
        let (south, north, west) = (
            person.address_in("广东省", "深圳市").await,
            person.address_in("北京市", "北京市").await,
            person.address_in("西藏自治区", "拉萨市").await,
        );
        for (address, quantity, freight) in
            [(&south, 1, 600), (&south, 2, 800), (&south, 3, 1000), (&north, 1, 1000), (&north, 3, 1900)]
        {
            let quote = quoted(&person, &sku, quantity, Some(address)).await;
            assert_eq!(quote.body["freight_total"], freight, "{quantity}: {}", quote.body);
            assert_eq!(quote.body["address_id"], **address);
        }
        let refused = quoted(&person, &sku, 1, Some(&west)).await;
        assert_eq!((refused.status, refused.code()), (409, "not_delivered"));
        let estimate = quoted(&person, &sku, 1, None).await.body;
        assert_eq!((&estimate["freight_total"], &estimate["address_id"]), (&json!(600), &Value::Null));
        let total = quoted(&person, &sku, 2, Some(&north)).await.body["total"].as_i64().unwrap();
        let wrong = person.order_for(&sku, 2, &south, total, &key()).await;
        assert_eq!((wrong.status, wrong.code()), (409, "price_changed"));
        assert_eq!(person.order_for(&sku, 2, &west, total, &key()).await.code(), "not_delivered");
        let placed = person.order_for(&sku, 2, &north, total, &key()).await;
        assert_eq!((placed.status, &placed.body["freight_total"]), (201, &json!(1600)), "{}", placed.body);
        let stranger = app.shopper().await;
        assert_eq!(quoted(&stranger, &sku, 1, Some(&south)).await.status, 404, "another's address");
    }
);

both!(
    async fn a_product_may_have_a_template_of_its_own(app) {
        let operator = app.operator().await;
        let free = template(&operator, json!({ "name": "包邮", "basis": "piece", "rules": [
            { "regions": [], "first": 1, "first_fee": 0, "more": 1, "more_fee": 0 }] })).await;
        let by_piece = template(&operator, json!({ "name": "按件", "basis": "piece", "free_from": 1_000_000, "rules": [
            { "regions": [], "first": 2, "first_fee": 500, "more": 1, "more_fee": 100 }] })).await;
        let (person, products) = (app.shopper().await, app.guest().get("/api/v1/products?limit=2").await.body);
        let mut skus = vec![];
        for (place, template) in [&free, &by_piece].into_iter().enumerate() {
            let product = products["items"][place]["id"].as_str().unwrap();
            let path = format!("/admin/v1/products/{product}/freight");
            assert_eq!(put(&operator, &path, json!({ "template_id": template })).await, 204);
            skus.push(person.sku(place).await.0);
        }
        let lines: Vec<_> = skus.iter().map(|sku| json!({ "sku_id": sku, "quantity": 4 })).collect();
        let quote = person.post("/api/v1/checkout/quote", json!({ "lines": lines })).await.body;
        assert_eq!(quote["freight_total"], 700, "{quote}");
        let used = operator.send(Method::DELETE, &format!("/admin/v1/freight-templates/{free}"), None, None).await;
        assert_eq!((used.status, used.code()), (409, "in_use"));
        let other = template(&operator, by_weight()).await;
        let gone = operator.send(Method::DELETE, &format!("/admin/v1/freight-templates/{other}"), None, None).await;
        assert_eq!(gone.status, 204);
    }
);

both!(
    async fn a_wrong_template_changes_nothing(app) {
        let operator = app.operator().await;
        let path = format!("/admin/v1/merchants/{}/freight-templates", merchant(&operator).await);
        for (field, value) in [
            ("name", json!("")),
            ("basis", json!("volume")),
            ("free_from", json!(-1)),
            ("rules", json!([])),
            ("rules", json!([{ "regions": [], "first": 0, "first_fee": 1, "more": 1, "more_fee": 1 }])),
            ("rules", json!([{ "regions": [], "first": 1, "first_fee": -1, "more": 1, "more_fee": 1 }])),
            ("colour", json!("red")),
        ] {
            let mut wrong = by_weight();
            wrong[field] = value;
            assert_eq!(operator.post(&path, wrong.clone()).await.status, 422, "{wrong}");
        }
        let nobody = "/admin/v1/merchants/merchant_01h2xcejqtf2nbrexx3vqjhp41/freight-templates";
        assert_eq!(operator.post(nobody, by_weight()).await.status, 404);
        assert_eq!(operator.get("/admin/v1/freight-templates?total=true").await.body["total"], 0);
        let (sku, _) = app.guest().sku(0).await;
        for grams in [-1, 1_000_001] {
            assert_eq!(put(&operator, &format!("/admin/v1/skus/{sku}/weight"), json!({ "grams": grams })).await, 422);
        }
        assert_eq!(app.guest().post(&path, by_weight()).await.status, 401);
    }
);
