//! Orders that were paid, and what is done with them: for the tests about giving back.

use crate::support::{Answer, MCH, Person, TestApp, key};
use jishi::base::{Actor, By, Clock as _, OrderId};
use jishi::flow::ship;
use jishi::mall::order;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Time-outs of after-sales are days; nobody has to log in again meanwhile.
pub const PATIENT: &[(&str, &str)] = &[("JISHI_SECURITY__ACCESS_TOKEN", "9999999")];

/// A paid order.
pub struct Bought {
    pub person: Person,
    pub operator: Person,
    pub trade: String,
    pub order: String,
    /// Id, SKU and quantity of each line.
    pub lines: Vec<(String, String, i64)>,
    pub total: i64,
}

/// Buys so many pieces of the first SKUs of these products.
pub async fn buy(app: &TestApp, wanted: &[(usize, i64)]) -> Bought {
    let person = app.shopper().await;
    let mut lines = vec![];
    for (place, quantity) in wanted {
        lines.push(json!({ "sku_id": person.sku(*place).await.0, "quantity": quantity }));
    }
    let quote = person.post("/api/v1/checkout/quote", json!({ "lines": lines })).await.body;
    let address = person.address().await;
    let wish = json!({ "lines": lines, "address_id": address, "expected_total": quote["total"] });
    let placed = person.post_once("/api/v1/trades", wish).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let trade = placed.body["id"].as_str().unwrap().to_owned();
    pay(app, &person, &trade).await;
    bought(app, person, trade).await
}

pub async fn pay(app: &TestApp, person: &Person, trade: &str) {
    assert_eq!(person.start_payment(trade).await.status, 200);
    app.sim.pay(MCH, &app.out_trade_no(trade).await).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
}

async fn bought(app: &TestApp, person: Person, trade: String) -> Bought {
    let page = person.trade(&trade).await;
    assert_eq!(page["state"], "paid", "{page}");
    Bought::of(person, app.operator().await, &trade, &page["orders"][0])
}

impl Bought {
    /// This order of the trade.
    pub fn of(person: Person, operator: Person, trade: &str, order: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let line =
            |line: &Value| (text(&line["id"]), text(&line["sku_id"]), line["quantity"].as_i64().unwrap());
        Self {
            person,
            operator,
            trade: trade.to_owned(),
            order: text(&order["id"]),
            lines: order["lines"].as_array().unwrap().iter().map(line).collect(),
            total: order["total"].as_i64().unwrap(),
        }
    }

    /// The order as its shopper sees it.
    pub async fn page(&self) -> Value {
        self.person.get(&format!("/api/v1/orders/{}", self.order)).await.body
    }

    pub async fn state(&self) -> String {
        self.page().await["state"].as_str().unwrap().to_owned()
    }

    /// All pieces of all lines.
    pub fn all(&self) -> Value {
        let piece =
            |(line, _, quantity): &(String, String, i64)| json!({ "line_id": line, "quantity": quantity });
        self.lines.iter().map(piece).collect()
    }

    pub fn some(&self, line: usize, quantity: i64) -> Value {
        json!([{ "line_id": self.lines[line].0, "quantity": quantity }])
    }

    pub async fn reason(&self, kind: &str) -> String {
        let reasons = self.person.get(&format!("/api/v1/after-sale-reasons?kind={kind}")).await.body;
        reasons["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// What the shopper sends to ask for something back.
    pub async fn wish(&self, kind: &str, lines: Value) -> Value {
        json!({ "order_id": self.order, "kind": kind, "lines": lines, "reason_id": self.reason(kind).await })
    }

    pub async fn ask(&self, kind: &str, lines: Value) -> Answer {
        self.person.post_once("/api/v1/after-sales", self.wish(kind, lines).await).await
    }

    /// Asks and gives the id of the case.
    pub async fn asked(&self, kind: &str, lines: Value) -> String {
        let answer = self.ask(kind, lines).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    pub async fn case(&self, id: &str) -> Value {
        self.person.get(&format!("/api/v1/after-sales/{id}")).await.body
    }

    pub async fn file(&self, id: &str) -> Value {
        self.operator.get(&format!("/admin/v1/after-sales/{id}")).await.body
    }

    /// What the operator does with a case.
    pub async fn decide(&self, id: &str, verb: &str, body: Value) -> Answer {
        self.operator.post_once(&format!("/admin/v1/after-sales/{id}/{verb}"), body).await
    }

    /// What the shopper does with a case.
    pub async fn act(&self, id: &str, verb: &str, body: Value) -> Answer {
        self.person.post(&format!("/api/v1/after-sales/{id}/{verb}"), body).await
    }

    /// The operator gives money back.
    pub async fn give_back(&self, amount: i64) -> Answer {
        give_back(&self.operator, &self.order, amount, &key()).await
    }

    pub async fn refunds(&self) -> Vec<Value> {
        let list =
            self.operator.get(&format!("/admin/v1/refunds?limit=100&trade_id={}", self.trade)).await.body;
        list["items"].as_array().unwrap().clone()
    }

    /// Sends pieces of each line, at most what is left to send; `false` when that is nothing.
    pub async fn ship_some(&self, app: &TestApp, pieces: &[i64]) -> bool {
        let mut db = app.mall.core.db.read().await.unwrap();
        let (_, lines) =
            order::order(&mut db, app.tenant, self.order.parse().unwrap()).await.unwrap().unwrap();
        drop(db);
        let wanted = lines.iter().zip(pieces).map(|(line, pieces)| (line.id, line.to_ship().min(*pieces)));
        let wanted = wanted.filter(|(_, pieces)| *pieces > 0);
        let wanted: Value =
            wanted.map(|(line, pieces)| json!({ "line_id": line, "quantity": pieces })).collect();
        let parcel =
            json!({ "kind": "express", "carrier_code": "ZTO", "tracking_no": key()[..14], "lines": wanted });
        let sent =
            self.operator.post_once(&format!("/admin/v1/orders/{}/shipments", self.order), parcel).await;
        assert!(matches!(sent.status, 201 | 409 | 422), "{}", sent.body);
        sent.status == 201
    }

    /// Sends what is left to send of the order; `false` when that is nothing.
    pub async fn ship(&self, app: &TestApp) -> bool {
        self.ship_some(app, &vec![i64::MAX; self.lines.len()]).await
    }
}

pub async fn give_back(operator: &Person, order: &str, amount: i64, key: &str) -> Answer {
    let body = json!({ "amount": amount, "reason": "包装破损，补偿顾客" }).to_string();
    operator.send(Method::POST, &format!("/admin/v1/orders/{order}/refunds"), Some(body), Some(key)).await
}

/// Completes an order that was sent, as the timers of shipping do, without their weeks.
pub async fn complete(app: &TestApp, order: &str) {
    let (tenant, id): (_, OrderId) = (app.tenant, order.parse().unwrap());
    let now = app.clock.now();
    let mut tx = app.mall.core.db.begin().await.unwrap();
    let (sent, _) = order::locked(&mut tx, tenant, id).await.unwrap();
    ship::receive(&mut tx, tenant, &sent, By::new(Actor::System), now).await.unwrap();
    let (received, _) = order::locked(&mut tx, tenant, id).await.unwrap();
    ship::complete(&mut tx, tenant, &received, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// Sees refunds through; WeChat takes one a minute and a while for each.
pub async fn see_through(app: &TestApp, refunds: usize) {
    app.run_jobs().await;
    for _ in 0..=refunds + 1 {
        app.later(61).await;
    }
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
}
