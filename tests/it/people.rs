//! What belongs to a shopper, and what of it lies in the database.

use crate::support::{TestApp, both, key};
use reqwest::Method;
use serde_json::{Value, json};

fn address(detail: &str, is_default: bool) -> Value {
    json!({
        "name": "欧阳修", "phone": "13612345678", "province": "四川省", "city": "绵阳市",
        "district": "涪城区", "detail": detail, "is_default": is_default,
    })
}

async fn defaults(person: &crate::support::Person) -> usize {
    let all = person.get("/api/v1/me/addresses").await.body;
    all["items"].as_array().unwrap().iter().filter(|address| address["is_default"] == true).count()
}

both!(
    async fn one_address_is_the_default(app) {
        let person = app.shopper().await;
        for detail in ["一号", "二号", "三号"] {
            assert_eq!(person.post("/api/v1/me/addresses", address(detail, true)).await.status, 201);
            assert_eq!(defaults(&person).await, 1);
        }
        let adds = (0..10).map(|_| person.post("/api/v1/me/addresses", address("四号", true)));
        for added in futures_util::future::join_all(adds).await {
            assert_eq!(added.status, 201, "{}", added.body);
        }
        assert_eq!(defaults(&person).await, 1);
        let adds = (0..12).map(|_| person.post("/api/v1/me/addresses", address("五号", false)));
        let added = futures_util::future::join_all(adds).await;
        assert_eq!(added.iter().filter(|answer| answer.status == 201).count(), 7);
        assert!(added.iter().all(|answer| answer.status == 201 || answer.code() == "limit_reached"));
    }
);

both!(
    async fn two_orders_of_one_cart_order_it_once(app) {
        let person = app.shopper().await;
        let (sku, _) = person.sku(0).await;
        assert_eq!(person.post("/api/v1/cart/items", json!({ "sku_id": sku, "quantity": 2 })).await.status, 200);
        let address = person.address().await;
        let total = person.post("/api/v1/checkout/quote", json!({ "from_cart": true })).await.body["total"].clone();
        let wish = json!({ "from_cart": true, "address_id": address, "expected_total": total }).to_string();
        let twin = app.twin().await;
        let asks = (0..8).map(|number| {
            let wish = wish.clone();
            let person = if number % 2 == 0 { person.clone() } else { person.at(&twin) };
            async move { person.send(Method::POST, "/api/v1/trades", Some(wish), Some(&key())).await }
        });
        let answers = futures_util::future::join_all(asks).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == "cart_empty"));
        assert_eq!(app.stock(&sku).await.1, 2);
        assert_eq!(person.get("/api/v1/cart").await.body["items"], json!([]));
    }
);

both!(
    async fn a_refresh_against_a_stolen_token_leaves_nobody_logged_in(app) {
        for _ in 0..20 {
            let code = app.sim.login_code(crate::support::APP, None).code;
            let first = app.guest().post("/api/v1/auth/login", json!({ "code": code })).await.body;
            let refresh = |tokens: &Value| {
                let token = tokens["refresh_token"].clone();
                let guest = app.guest();
                async move { guest.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await }
            };
            let second = refresh(&first).await.body;
            let (stolen, honest) = tokio::join!(refresh(&first), refresh(&second));
            assert_eq!(stolen.code(), "invalid_refresh_token");
            if honest.status == 200 {
                assert_eq!(refresh(&honest.body).await.code(), "invalid_refresh_token");
            }
        }
    }
);

/// Buys, cancels and pays with names that stand nowhere else, and then reads every row there is.
async fn personal_data(app: &TestApp, texts: &[&str]) {
    let mut db = app.mall.core.db.read().await.unwrap();
    for (table, column) in [
        ("customer", "coalesce(phone_sealed, '') || coalesce(phone_hash, '')"),
        ("address", "sealed"),
        ("trade", "address_sealed"),
        ("idempotency", "body"),
        ("job", "cast(payload as text) || coalesce(last_error, '')"),
        ("callback", "coalesce(detail, '') || subject"),
        ("order_history", "coalesce(reason, '')"),
    ] {
        let sql = format!("select {column} from {table}");
        let rows: Vec<(String,)> = db.query(Box::leak(sql.into_boxed_str())).all().await.unwrap();
        for (text,) in rows {
            let found = texts.iter().find(|secret| text.contains(*secret));
            assert_eq!(found, None, "in {table}: {text}");
        }
    }
}

both!(
    async fn nothing_personal_lies_open_in_the_database(app) {
        let person = app.shopper().await;
        let code = app.sim.phone_code(crate::support::APP, "13698765432");
        assert_eq!(person.post("/api/v1/me/phone", json!({ "code": code })).await.status, 204);
        let added = person.post("/api/v1/me/addresses", address("跃进路七号", true)).await;
        let (sku, _) = person.sku(0).await;
        let trade = person.order(&sku, 1, added.body["id"].as_str().unwrap(), &key()).await.body["id"].clone();
        let trade = trade.as_str().unwrap();
        for path in ["payment", "cancel", "cancel"] {
            let path = format!("/api/v1/trades/{trade}/{path}");
            assert_eq!(person.send(Method::POST, &path, None, Some(&key())).await.status, 200);
        }
        personal_data(&app, &["欧阳修", "13612345678", "跃进路", "13698765432"]).await;
    }
);
