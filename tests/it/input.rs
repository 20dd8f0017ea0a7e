use crate::support::{both, key};
use reqwest::Method;
use serde_json::json;

both!(
    async fn bad_input_gets_a_clear_4xx_and_changes_nothing(app) {
        let person = app.shopper().await;
        let (sku, _) = person.sku(0).await;
        let address = person.address().await;
        let total = person.quote(&sku, 1).await;
        let line = |quantity: &str| format!(r#"[{{"sku_id":"{sku}","quantity":{quantity}}}]"#);
        let order = |lines: String, rest: &str| {
            format!(r#"{{"lines":{lines},"address_id":"{address}","expected_total":{total}{rest}}}"#)
        };
        let foreign = "sku_00000000000000000000000000";
        let mut cases = vec![
            (order(line("1"), r#","price":1"#), 422),
            (order(line("1"), r#","total":1"#), 422),
            (order(line("1"), r#","tenant_id":"tenant_00000000000000000000000000""#), 422),
            (order(line("1"), r#","customer_id":"customer_00000000000000000000000000""#), 422),
            (order(line("1"), r#","discount":100"#), 422),
            (order(line("1"), "").replace(&total.to_string(), &format!("{}", total - 1)), 409),
            (order(line("1"), "").replace(&total.to_string(), "-1"), 422),
            (order(line("1"), "").replace(&total.to_string(), "1.5"), 422),
            (order(line("1"), "").replace(&sku, foreign), 404),
            (order(line("1"), "").replace(&sku, "sku_xx"), 422),
            (order(line("1"), "").replace(&sku, &address), 422),
            (order(line("1"), "").replace(&address, "address_00000000000000000000000000"), 404),
            (order("[]".to_owned(), ""), 422),
            (order(format!("[{0},{0}]", line("1").trim_matches(['[', ']'])), ""), 422),
            (order(line("1"), r#","from_cart":true"#), 422),
            ("{".to_owned(), 400),
            ("[]".to_owned(), 422),
            (format!("{} trailing", order(line("1"), "")), 400),
        ];
        for quantity in ["-1", "0", "1.5", "1e9", "1000000000", "9223372036854775808", "\"1\"", "null"] {
            cases.push((order(line(quantity), ""), 422));
        }
        for (body, status) in cases {
            let answer = person.send(Method::POST, "/api/v1/trades", Some(body.clone()), Some(&key())).await;
            assert_eq!(answer.status, status, "{body}: {}", answer.body);
            assert!(answer.body["request_id"].is_string(), "{}", answer.body);
        }
        assert_eq!(app.stock(&sku).await.1, 0);
        assert_eq!(person.get("/api/v1/orders").await.body["items"], json!([]));
    }
);

both!(
    async fn the_cart_refuses_what_makes_no_sense(app) {
        let person = app.shopper().await;
        let (sku, _) = person.sku(0).await;
        for quantity in [json!(-1), json!(0), json!(1.5), json!(1_000_000_000), json!(u64::MAX)] {
            let answer = person.post("/api/v1/cart/items", json!({ "sku_id": sku, "quantity": quantity })).await;
            assert_eq!((answer.status, answer.code()), (422, "invalid_body"), "{quantity}");
        }
        assert_eq!(person.post("/api/v1/cart/items", json!({ "sku_id": sku, "quantity": 999 })).await.status, 200);
        let more = person.post("/api/v1/cart/items", json!({ "sku_id": sku, "quantity": 1 })).await;
        assert_eq!((more.status, more.code()), (409, "limit_reached"));
        assert_eq!(person.get("/api/v1/cart").await.body["items"][0]["quantity"], 999);
    }
);

both!(
    async fn every_refusal_is_a_problem(app) {
        let person = app.shopper().await;
        for (method, path, body, status, code) in [
            (Method::GET, "/api/v1/nothing", None, 404, "no_such_path"),
            (Method::DELETE, "/api/v1/cart", None, 405, "method_not_allowed"),
            (Method::GET, "/api/v1/trades/order_x", None, 400, "invalid_parameter"),
            (Method::GET, "/api/v1/products?limit=0", None, 400, "invalid_parameter"),
            (Method::POST, "/api/v1/trades", Some("{}"), 422, "invalid_body"),
            (Method::POST, "/api/v1/checkout/quote", Some(r#"{"from_cart":true}"#), 409, "cart_empty"),
        ] {
            let answer = person.send(method, path, body.map(str::to_owned), None).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{path}: {}", answer.body);
        }
        let large = format!(r#"{{"code":"{}"}}"#, "x".repeat(1_100_000));
        let answer = app.guest().send(Method::POST, "/api/v1/auth/login", Some(large), None).await;
        assert_eq!((answer.status, answer.code()), (413, "body_too_large"));
        let address = person.address().await;
        let (sku, _) = person.sku(0).await;
        assert_eq!(person.order(&sku, 1, &address, "short").await.code(), "idempotency_key_required");
    }
);

both!(
    async fn the_contract_names_every_route(app) {
        let contract = app.guest().get("/openapi.json").await.body;
        assert_eq!(contract["openapi"], "3.1.0");
        for path in ["/api/v1/trades", "/api/v1/trades/{id}/payment", "/admin/v1/ops/invariants", "/api/v1/cart"] {
            assert!(contract["paths"][path].is_object(), "{path}");
        }
        assert_eq!(app.guest().get("/docs/").await.status, 200);
    }
);
