//! From a paid order to goods in the shopper's hands, and what WeChat is told of it.

mod file;
mod receipt;
mod sending;
mod trace;
mod uploads;

use crate::support::{APP, Answer, MCH, Person, TestApp, key};
use jishi::flow::shipping_events::{ShippingEvent, handle};
use jishi::mall::shipment;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use wechat_sdk::TransactionId;
use wechat_sdk::mini::shipping_orders::{GetShippingOrder, ShippingOrder};

const DAY: u64 = 86_400;

/// A paid order of so many pieces of so many articles.
struct Bought {
    person: Person,
    trade: String,
    order: String,
    /// The id of each line.
    lines: Vec<String>,
}

async fn buy(app: &TestApp, pieces: &[i64]) -> Bought {
    let person = app.shopper().await;
    let mut lines = vec![];
    for (place, quantity) in pieces.iter().enumerate() {
        let (sku, _) = person.sku(place).await;
        lines.push(json!({ "sku_id": sku, "quantity": quantity }));
    }
    let quote = person.post("/api/v1/checkout/quote", json!({ "lines": lines })).await;
    let wish = json!({
        "lines": lines, "address_id": person.address().await, "expected_total": quote.body["total"],
    });
    let placed = person.send(Method::POST, "/api/v1/trades", Some(wish.to_string()), Some(&key())).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let trade = placed.body["id"].as_str().unwrap().to_owned();
    person.start_payment(&trade).await;
    app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    let page = person.trade(&trade).await;
    assert_eq!(page["state"], "paid");
    let order = page["orders"][0]["id"].as_str().unwrap().to_owned();
    let lines = page["orders"][0]["lines"].as_array().unwrap();
    let lines = lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    Bought { person, trade, order, lines }
}

fn parcel(carrier: &str, number: &str) -> Value {
    json!({ "kind": "express", "carrier_code": carrier, "tracking_no": number })
}

async fn ship(operator: &Person, order: &str, wish: &Value) -> Answer {
    let path = format!("/admin/v1/orders/{order}/shipments");
    operator.send(Method::POST, &path, Some(wish.to_string()), Some(&key())).await
}

impl Bought {
    async fn state(&self, app: &TestApp) -> &'static str {
        let mut db = app.mall.core.db.read().await.unwrap();
        let found = jishi::mall::order::order(&mut db, app.tenant, self.order.parse().unwrap()).await;
        found.unwrap().unwrap().0.state.as_str()
    }

    /// The same shopper with a new token: they live a quarter of an hour.
    async fn log_in(&mut self, app: &TestApp) {
        let openid = self.at_wechat(app).await.openid.unwrap();
        let code = app.sim.login_code(APP, Some(openid.as_str())).code;
        let login = app.guest().post("/api/v1/auth/login", json!({ "code": code })).await;
        login.body["access_token"].as_str().unwrap().clone_into(&mut self.person.token);
    }

    async fn shipments(&self) -> Vec<Value> {
        let page = self.person.get(&format!("/api/v1/orders/{}/shipments", self.order)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page.body["items"].as_array().unwrap().clone()
    }

    /// The shopper does not want a line any more; gives the case.
    async fn unwant(&self, line: usize) -> String {
        let reasons = self.person.get("/api/v1/after-sale-reasons?kind=cancel").await.body;
        let wish = json!({ "order_id": self.order, "kind": "cancel", "reason_id": reasons["items"][0]["id"],
            "lines": [{ "line_id": self.lines[line], "quantity": 1 }] });
        let case = self.person.post_once("/api/v1/after-sales", wish).await;
        assert_eq!(case.status, 201, "{}", case.body);
        case.body["id"].as_str().unwrap().to_owned()
    }

    async fn confirm(&self) -> Answer {
        self.person.post(&format!("/api/v1/orders/{}/confirm", self.order), json!({})).await
    }

    async fn transaction(&self, app: &TestApp) -> TransactionId {
        let paid = app.sim.transaction_json(MCH, &app.out_trade_no(&self.trade).await);
        TransactionId::new(paid["transaction_id"].as_str().unwrap()).unwrap()
    }

    /// As WeChat's shipping management sees it.
    async fn at_wechat(&self, app: &TestApp) -> ShippingOrder {
        let ask = GetShippingOrder::by_transaction_id(self.transaction(app).await);
        app.mall.gateways.of(app.tenant).unwrap().mini.send(&ask).await.unwrap().order
    }

    /// What we have told WeChat.
    async fn told(&self, app: &TestApp) -> Value {
        let mut db = app.mall.core.db.read().await.unwrap();
        let found = shipment::of_trade(&mut db, app.tenant, self.trade.parse().unwrap()).await.unwrap();
        serde_json::to_value(found).unwrap()
    }
}

/// WeChat tells something.
async fn event(app: &TestApp, event: ShippingEvent) {
    let mut tx = app.mall.core.db.begin().await.unwrap();
    handle(&app.mall, &mut tx, app.tenant, event).await.unwrap();
    tx.commit().await.unwrap();
}
