//! What happens until a trade is paid or closed.

use super::super::model::{Line, Money, Trade};
use super::{SHOPPERS, SKUS, World};
use crate::support::{MCH, key};
use reqwest::Method;
use serde_json::{Value, json};
use wechat_sim::NotificationOptions;

impl World {
    pub(super) async fn place(&mut self) {
        let shopper = self.pick(SHOPPERS);
        let mut lines = vec![];
        for sku in 0..SKUS {
            if self.pick(2) == 0 || (sku == SKUS - 1 && lines.is_empty()) {
                lines.push((sku, 1 + i64::try_from(self.pick(4)).unwrap()));
            }
        }
        let (person, address) = self.shoppers[shopper].clone();
        let wanted: Vec<_> = lines
            .iter()
            .map(|(sku, pieces)| json!({ "sku_id": self.skus[*sku], "quantity": pieces }))
            .collect();
        let quote = person.post("/api/v1/checkout/quote", json!({ "lines": wanted })).await.body;
        let wish = json!({ "lines": wanted, "address_id": address, "expected_total": quote["total"] });
        let answer = person.send(Method::POST, "/api/v1/trades", Some(wish.to_string()), Some(&key())).await;
        let enough = lines.iter().all(|(sku, pieces)| self.model.available(*sku) >= *pieces);
        self.say(format!("place {lines:?} by {shopper}: {}", answer.status));
        self.expect(&answer, if enough { 201 } else { 409 });
        *self.counts.entry("place").or_default() += 1;
        if enough {
            let id = answer.body["id"].as_str().unwrap().to_owned();
            let trade = self.placed(shopper, id).await;
            self.model.trades.push(trade);
        }
    }

    pub(super) async fn placed(&self, shopper: usize, id: String) -> Trade {
        let page = self.shoppers[shopper].0.trade(&id).await;
        let order = &page["orders"][0];
        let line = |line: &Value| Line {
            id: line["id"].as_str().unwrap().to_owned(),
            sku: self.skus.iter().position(|sku| line["sku_id"] == **sku).unwrap(),
            quantity: line["quantity"].as_i64().unwrap(),
            payable: line["payable"].as_i64().unwrap(),
            shipped: 0,
            claimed: 0,
            cancelled: 0,
            claimed_amount: 0,
        };
        let lines: Vec<_> = order["lines"].as_array().unwrap().iter().map(line).collect();
        let total = page["total"].as_i64().unwrap();
        assert_eq!(lines.iter().map(|line| line.payable).sum::<i64>(), total, "{page}");
        let expires: chrono::DateTime<chrono::Utc> = page["expires_at"].as_str().unwrap().parse().unwrap();
        Trade {
            id,
            order: order["id"].as_str().unwrap().to_owned(),
            shopper,
            number: None,
            total,
            expires_at: expires.timestamp_millis(),
            money: Money::Nowhere,
            state: "unpaid".to_owned(),
            order_state: "unpaid".to_owned(),
            since: self.now(),
            closing: false,
            lines,
            cases: vec![],
        }
    }

    pub(super) async fn start_payment(&mut self, trade: usize) -> &'static str {
        let known = self.model.trades[trade].clone();
        let answer = self.person(trade).start_payment(&known.id).await;
        self.say(format!("start payment of {trade}: {}", answer.status));
        let may = known.may_start_payment(self.now());
        // Paid at WeChat, of which we have not heard: WeChat refuses another prepay.
        let told = known.money == Money::Collected && answer.status == 409;
        if !told {
            self.expect(&answer, if may { 200 } else { 409 });
        }
        if may && known.number.is_none() {
            self.model.trades[trade].number = Some(self.app.out_trade_no(&known.id).await);
        }
        if answer.status == 200 && known.money == Money::Nowhere {
            self.model.trades[trade].money = Money::Asked;
        }
        self.adopt(trade).await;
        "start payment"
    }

    /// The shopper enters the password.
    pub(super) fn collect(&mut self, trade: usize) -> &'static str {
        let known = &mut self.model.trades[trade];
        if let (Money::Asked, Some(number)) = (known.money, &known.number)
            && self.app.sim.pay(MCH, number).is_ok()
        {
            known.money = Money::Collected;
            assert_eq!(known.state, "unpaid", "a closed trade could be paid");
            self.say(format!("WeChat collects {trade}"));
            return "collect";
        }
        "collect in vain"
    }

    pub(super) async fn notify(&mut self, trade: usize) -> &'static str {
        let known = self.model.trades[trade].clone();
        let (Money::Collected, Some(number)) = (known.money, &known.number) else { return "nothing to tell" };
        let report = self.app.sim.transaction_json(MCH, number);
        if report["trade_state"] == "REFUND" {
            return "nothing to tell";
        }
        let times = 1 + self.pick(3);
        for _ in 0..times {
            let status = self.deliver("payments", "TRANSACTION.SUCCESS", "transaction", &report).await;
            assert_eq!(status, 204, "{}", self.story());
        }
        self.say(format!("notify {trade} {times} times"));
        self.adopt(trade).await;
        assert_eq!(self.model.trades[trade].state, "paid", "{}", self.story());
        "notify"
    }

    pub(super) async fn deliver(&self, path: &str, event: &str, original: &str, report: &Value) -> u16 {
        let options = NotificationOptions::default();
        let (headers, body) = self.app.sim.signed_notification(MCH, event, original, report, &options);
        let url = format!("{}/callbacks/wechat/main/{path}", self.app.url);
        let answer = reqwest::Client::new().post(url).headers(headers).body(body).send().await.unwrap();
        answer.status().as_u16()
    }

    pub(super) async fn query(&mut self, trade: usize) -> &'static str {
        self.app.clock.advance(std::time::Duration::from_secs(4));
        let known = self.model.trades[trade].clone();
        let path = format!("/api/v1/trades/{}/payment/confirm", known.id);
        let answer = self.person(trade).send(Method::POST, &path, None, None).await;
        assert_eq!(answer.status, 200, "{}\n{}", self.story(), answer.body);
        self.say(format!("query {trade}"));
        self.adopt(trade).await;
        if known.money == Money::Collected && !self.faulty {
            assert_eq!(self.model.trades[trade].state, "paid", "{}", self.story());
        }
        "query"
    }

    pub(super) async fn cancel(&mut self, trade: usize) -> &'static str {
        let known = self.model.trades[trade].clone();
        let answer = self.person(trade).cancel(&known.id).await;
        self.say(format!("cancel {trade}: {}", answer.status));
        let paid = known.state == "paid" || known.money == Money::Collected;
        self.expect(&answer, if paid { 409 } else { 200 });
        self.model.trades[trade].closing |= known.state == "unpaid";
        self.adopt(trade).await;
        "cancel"
    }
}
