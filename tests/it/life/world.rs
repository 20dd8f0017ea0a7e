//! A mall, its people, and the model that knows how it should be.

use super::model::{Case, Kind, Line, Model, Money, Trade};
use crate::support::{Answer, MCH, Person, TestApp, key};
use jishi::base::Clock as _;
use jishi::flow::invariants;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wechat_sim::{Fault, NotificationOptions, RefundStatus};

/// Few pieces of few SKUs, so that stock runs out.
const SKUS: usize = 3;
const PIECES: i64 = 40;
const SHOPPERS: usize = 3;
const DAY: u64 = 86_400;
/// What shoppers ask for.
const KINDS: [Kind; 3] = [Kind::Cancel, Kind::RefundOnly, Kind::ReturnRefund];

pub struct World {
    app: TestApp,
    random: StdRng,
    model: Model,
    skus: Vec<String>,
    shoppers: Vec<(Person, String)>,
    operator: Person,
    reasons: BTreeMap<&'static str, String>,
    /// What was done so far, for whoever has to find out.
    log: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
    /// A fault waits for the next call to WeChat.
    faulty: bool,
}

impl World {
    pub async fn new(app: TestApp, seed: u64) -> Self {
        app.sim.notifications_off();
        let (mut skus, mut shoppers) = (vec![], vec![]);
        for place in 0..SKUS {
            let (sku, _) = app.guest().sku(place).await;
            app.set_stock(&sku, PIECES).await;
            skus.push(sku);
        }
        for _ in 0..SHOPPERS {
            let person = app.shopper().await;
            let address = person.address().await;
            shoppers.push((person, address));
        }
        let operator = app.operator().await;
        return_address(&operator).await;
        let known = operator.get("/admin/v1/after-sale-reasons").await.body;
        let reasons = KINDS.iter().map(|kind| {
            let fits = |reason: &&Value| reason["kind"] == kind.as_str();
            let reason = known["items"].as_array().unwrap().iter().find(fits).expect("a reason");
            (kind.as_str(), text(&reason["id"]).to_owned())
        });
        let reasons = reasons.collect();
        let model = Model { pieces: vec![PIECES; SKUS], restocked: vec![0; SKUS], ..Model::default() };
        let random = StdRng::seed_from_u64(seed);
        let log = vec![format!("seed {seed}")];
        Self {
            app,
            random,
            model,
            skus,
            shoppers,
            operator,
            reasons,
            log,
            counts: BTreeMap::new(),
            faulty: false,
        }
    }

    pub fn summary(&self) -> String {
        let counts: Vec<_> = self.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        counts.join(", ")
    }

    fn now(&self) -> i64 {
        self.app.clock.now().millis()
    }

    fn pick(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    fn say(&mut self, what: String) {
        self.log.push(what);
    }

    fn story(&self) -> String {
        self.log[self.log.len().saturating_sub(120)..].join("\n")
    }

    /// Does one thing, and looks whether all is as it should be.
    pub async fn step(&mut self) {
        let trades = self.model.trades.len();
        if trades == 0 || self.pick(100) < 8 {
            self.place().await;
        } else {
            // Mostly the newest ones: old trades are over.
            let trade = trades - 1 - self.pick(trades.min(8));
            self.something(trade).await;
        }
        self.invariants_hold().await;
    }

    /// Mostly what fits the trade, sometimes anything: each step has its share of a hundred.
    async fn something(&mut self, trade: usize) {
        let known = &self.model.trades[trade];
        let fitting = match (known.state.as_str(), known.money, known.order_state.as_str()) {
            ("unpaid", Money::Nowhere, _) => 0..10,
            ("unpaid", Money::Asked, _) => 10..19,
            ("unpaid", Money::Collected, _) => 19..34,
            ("paid", _, "paid") => 37..82,
            ("paid", _, "shipped" | "received") => 49..88,
            _ => 0..100,
        };
        let any = self.pick(5) < 2;
        let share = self.random.random_range(if any { 0..100 } else { fitting });
        let name = match share {
            0..10 => self.start_payment(trade).await,
            10..19 => self.collect(trade),
            19..29 => self.notify(trade).await,
            29..34 => self.query(trade).await,
            34..37 => self.cancel(trade).await,
            37..49 => self.ship(trade).await,
            49..54 => self.confirm(trade).await,
            54..66 => self.ask_back(trade).await,
            66..71 => self.withdraw(trade).await,
            71..82 => self.decide(trade).await,
            82..84 => self.goodwill(trade).await,
            84..88 => self.refund_notify(trade).await,
            88..92 => self.bad_luck(),
            _ => self.time_passes().await,
        };
        *self.counts.entry(name).or_default() += 1;
    }

    async fn invariants_hold(&mut self) {
        let mut db = self.app.mall.core.db.read().await.unwrap();
        let found = invariants::check(&mut db, self.app.tenant).await.unwrap();
        let broken: Vec<_> = found.into_iter().filter(|finding| !finding.holds).collect();
        assert!(broken.is_empty(), "{}\n{broken:#?}", self.story());
    }

    async fn place(&mut self) {
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

    async fn placed(&self, shopper: usize, id: String) -> Trade {
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

    /// An answer that must have this status; with a fault on the way it may also be that WeChat could
    /// not be reached. Says whether it was as expected.
    fn expect(&mut self, answer: &Answer, status: u16) -> bool {
        if self.faulty && answer.status == 502 {
            return false;
        }
        assert_eq!(answer.status, status, "{}\n{}", self.story(), answer.body);
        true
    }

    fn person(&self, trade: usize) -> Person {
        self.shoppers[self.model.trades[trade].shopper].0.clone()
    }

    async fn start_payment(&mut self, trade: usize) -> &'static str {
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
    fn collect(&mut self, trade: usize) -> &'static str {
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

    async fn notify(&mut self, trade: usize) -> &'static str {
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

    async fn deliver(&self, path: &str, event: &str, original: &str, report: &Value) -> u16 {
        let options = NotificationOptions::default();
        let (headers, body) = self.app.sim.signed_notification(MCH, event, original, report, &options);
        let url = format!("{}/callbacks/wechat/main/{path}", self.app.url);
        let answer = reqwest::Client::new().post(url).headers(headers).body(body).send().await.unwrap();
        answer.status().as_u16()
    }

    async fn query(&mut self, trade: usize) -> &'static str {
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

    async fn cancel(&mut self, trade: usize) -> &'static str {
        let known = self.model.trades[trade].clone();
        let answer = self.person(trade).cancel(&known.id).await;
        self.say(format!("cancel {trade}: {}", answer.status));
        let paid = known.state == "paid" || known.money == Money::Collected;
        self.expect(&answer, if paid { 409 } else { 200 });
        self.model.trades[trade].closing |= known.state == "unpaid";
        self.adopt(trade).await;
        "cancel"
    }

    /// Some pieces of some lines.
    fn some(&mut self, trade: usize) -> Vec<(usize, i64)> {
        let quantities: Vec<_> = self.model.trades[trade].lines.iter().map(|line| line.quantity).collect();
        let mut some = vec![];
        for (line, quantity) in quantities.into_iter().enumerate() {
            if self.pick(3) > 0 {
                some.push((line, self.random.random_range(1..=quantity)));
            }
        }
        if some.is_empty() { vec![(0, 1)] } else { some }
    }

    fn lines(&self, trade: usize, pieces: &[(usize, i64)]) -> Vec<Value> {
        let lines = &self.model.trades[trade].lines;
        pieces
            .iter()
            .map(|(line, pieces)| json!({ "line_id": lines[*line].id, "quantity": pieces }))
            .collect()
    }

    async fn ship(&mut self, trade: usize) -> &'static str {
        let mut pieces = self.some(trade);
        if self.pick(2) == 0 {
            let lines = &self.model.trades[trade].lines;
            let rest = lines.iter().enumerate().map(|(place, line)| (place, line.to_ship()));
            pieces = rest.filter(|(_, pieces)| *pieces > 0).collect();
        }
        if pieces.is_empty() {
            return "nothing to ship";
        }
        let parcel = json!({ "kind": "express", "carrier_code": "YTO", "tracking_no": format!("YT{:08}", self.log.len()),
            "lines": self.lines(trade, &pieces) });
        let path = format!("/admin/v1/orders/{}/shipments", self.model.trades[trade].order);
        let answer = self.operator.send(Method::POST, &path, Some(parcel.to_string()), Some(&key())).await;
        self.say(format!("ship {pieces:?} of {trade}: {}", answer.status));
        let now = self.now();
        let known = &mut self.model.trades[trade];
        let shipped = known.ship(&pieces);
        if known.all_sent() && known.order_state == "paid" {
            known.set_order("shipped", now);
        }
        self.expect(&answer, if shipped { 201 } else { 409 });
        self.adopt(trade).await;
        "ship"
    }

    async fn confirm(&mut self, trade: usize) -> &'static str {
        let known = self.model.trades[trade].clone();
        let path = format!("/api/v1/orders/{}/confirm", known.order);
        let answer = self.person(trade).send(Method::POST, &path, None, None).await;
        self.say(format!("confirm {trade}: {}", answer.status));
        let (now, sent) = (self.now(), known.lines.iter().all(|line| line.to_ship() == 0));
        let may = match known.order_state.as_str() {
            "shipped" => sent,
            state => matches!(state, "received" | "completed"),
        };
        self.expect(&answer, if may { 200 } else { 409 });
        if may && known.order_state == "shipped" {
            self.model.trades[trade].set_order("received", now);
        }
        self.adopt(trade).await;
        "confirm"
    }

    async fn ask_back(&mut self, trade: usize) -> &'static str {
        let kind = KINDS[self.pick(3)];
        let pieces = self.some(trade);
        let wish = json!({ "order_id": self.model.trades[trade].order, "kind": kind.as_str(),
            "lines": self.lines(trade, &pieces), "reason_id": self.reasons[kind.as_str()] });
        let by_operator = self.pick(4) == 0;
        let (person, path) = if by_operator {
            (self.operator.clone(), "/admin/v1/after-sales")
        } else {
            (self.person(trade), "/api/v1/after-sales")
        };
        let answer = person.send(Method::POST, path, Some(wish.to_string()), Some(&key())).await;
        let who = if by_operator { "the operator asks" } else { "ask" };
        self.say(format!("{who} {} of {pieces:?} of {trade}: {}", kind.as_str(), answer.status));
        let asked = self.model.trades[trade].ask(kind, &pieces, by_operator);
        self.expect(&answer, if asked.is_some() { 201 } else { 409 });
        if let Some(pieces) = asked {
            let worth = pieces.iter().map(|(_, _, amount)| amount).sum();
            assert_eq!(answer.body["worth"], worth, "{}\n{}", self.story(), answer.body);
            let id = answer.body["id"].as_str().unwrap().to_owned();
            let (state, since) = ("requested".to_owned(), self.now());
            let known = &mut self.model.trades[trade];
            known.claim(kind, &pieces, 1);
            known.cases.push(Case { id, kind, pieces, worth, amount: 0, state, since });
        }
        self.adopt(trade).await;
        "ask back"
    }

    /// One of the trade's cases, if it has any.
    fn case(&mut self, trade: usize) -> Option<(usize, Case)> {
        let cases = &self.model.trades[trade].cases;
        let open: Vec<_> = (0..cases.len()).filter(|place| cases[*place].is_open()).collect();
        let some =
            if open.is_empty() || self.pick(10) == 0 { (0..cases_len(self, trade)).collect() } else { open };
        if some.is_empty() {
            return None;
        }
        let place = some[self.pick(some.len())];
        Some((place, self.model.trades[trade].cases[place].clone()))
    }

    async fn withdraw(&mut self, trade: usize) -> &'static str {
        let Some((place, case)) = self.case(trade) else { return "nothing to withdraw" };
        let path = format!("/api/v1/after-sales/{}/withdraw", case.id);
        let answer = self.person(trade).send(Method::POST, &path, None, None).await;
        self.say(format!("withdraw case {place} of {trade}: {}", answer.status));
        let may = case.kind != Kind::Goodwill && matches!(case.state.as_str(), "requested" | "approved");
        if may {
            assert_eq!(answer.status, 200, "{}\n{}", self.story(), answer.body);
            self.set_case(trade, place, "cancelled");
        } else {
            assert!(matches!(answer.status, 404 | 409), "{}\n{}", self.story(), answer.body);
        }
        self.adopt(trade).await;
        "withdraw"
    }

    fn set_case(&mut self, trade: usize, place: usize, state: &str) {
        let now = self.now();
        self.model.trades[trade].set_case(place, state, now);
    }

    /// An operator, or the shopper who sends something back, brings a case on.
    async fn decide(&mut self, trade: usize) -> &'static str {
        let Some((place, case)) = self.case(trade) else { return "nothing to decide" };
        let step = match (case.state.as_str(), self.pick(10)) {
            ("requested" | "returned", 0..2) => "reject",
            ("requested", _) => "approve",
            ("approved", _) => "return-shipment",
            ("returned", _) => "accept",
            _ => ["approve", "reject", "accept", "return-shipment"][self.pick(4)],
        };
        let path = format!("after-sales/{}/{step}", case.id);
        let answer = match step {
            "return-shipment" => {
                let parcel = json!({ "carrier": "SF", "tracking_no": "SF1234567890" });
                self.person(trade)
                    .send(Method::POST, &format!("/api/v1/{path}"), Some(parcel.to_string()), None)
                    .await
            }
            "reject" => self.operate(&path, json!({ "reason": "不符合条件" })).await,
            _ => self.operate(&path, json!({})).await,
        };
        self.say(format!("{step} case {place} of {trade}: {}", answer.status));
        let payout = self.model.trades[trade].payout(place);
        let to = match (case.state.as_str(), step) {
            ("requested", "approve") if case.kind == Kind::ReturnRefund => Some("approved"),
            ("requested", "approve") | ("returned", "accept") if payout == 0 => Some("done"),
            ("requested", "approve") | ("returned", "accept") => Some("refunding"),
            ("requested" | "returned", "reject") => Some("rejected"),
            ("approved", "return-shipment") => Some("returned"),
            _ => None,
        };
        self.expect(&answer, if to.is_some() { 200 } else { 409 });
        if let Some(to) = to {
            self.set_case(trade, place, to);
        }
        self.adopt(trade).await;
        step
    }

    async fn operate(&self, path: &str, body: Value) -> Answer {
        self.operator
            .send(Method::POST, &format!("/admin/v1/{path}"), Some(body.to_string()), Some(&key()))
            .await
    }

    async fn goodwill(&mut self, trade: usize) -> &'static str {
        let known = self.model.trades[trade].clone();
        let amount = self.random.random_range(1..=known.total.min(900));
        let path = format!("orders/{}/refunds", known.order);
        let answer = self.operate(&path, json!({ "amount": amount, "reason": "补偿" })).await;
        self.say(format!("goodwill of {amount} for {trade}: {}", answer.status));
        let paid = matches!(known.order_state.as_str(), "paid" | "shipped" | "received" | "completed");
        let may = paid && known.refunding() + amount <= known.total;
        self.expect(&answer, if may { 201 } else { 409 });
        if may {
            let id = answer.body["id"].as_str().unwrap().to_owned();
            let (state, since) = ("refunding".to_owned(), self.now());
            let case = Case { id, kind: Kind::Goodwill, pieces: vec![], worth: amount, amount, state, since };
            self.model.trades[trade].cases.push(case);
        }
        self.adopt(trade).await;
        "goodwill"
    }

    async fn refund_notify(&mut self, trade: usize) -> &'static str {
        let Some(number) = self.model.trades[trade].number.clone() else { return "nothing given back" };
        let refunds = self.app.sim.refunds();
        let done = |refund: &&wechat_sim::RefundView| {
            refund.out_trade_no == number && refund.status == RefundStatus::Success
        };
        let Some(refund) = refunds.iter().rfind(done) else { return "nothing given back" };
        let report = json!({
            "mchid": refund.mchid, "out_trade_no": refund.out_trade_no, "transaction_id": refund.transaction_id,
            "out_refund_no": refund.out_refund_no, "refund_id": refund.refund_id, "refund_status": "SUCCESS",
            "success_time": "2026-11-22T10:00:00+08:00", "user_received_account": "支付用户零钱",
            "amount": { "total": refund.total, "refund": refund.refund, "payer_total": refund.total,
                "payer_refund": refund.refund },
        });
        for _ in 0..=self.pick(2) {
            let status = self.deliver("refunds", "REFUND.SUCCESS", "refund", &report).await;
            assert_eq!(status, 204, "{}", self.story());
        }
        self.say(format!("notify a refund of {trade}"));
        self.adopt(trade).await;
        "refund notify"
    }

    /// The next call of this kind goes wrong.
    fn bad_luck(&mut self) -> &'static str {
        let call = ["prepay_jsapi", "query", "close", "refund", "refund_query"][self.pick(5)];
        let fault = Fault::error(call, 500, "SYSTEM_ERROR");
        let lost = self.pick(2) == 0;
        self.app.sim.fault(if lost { fault.after_work() } else { fault });
        self.faulty = true;
        self.say(format!("the next {call} fails (lost: {lost})"));
        "bad luck"
    }

    async fn time_passes(&mut self) -> &'static str {
        let seconds = [5, 61, 301, 2_000, 7_200, DAY, 4 * DAY, 8 * DAY][self.pick(8)];
        self.say(format!("{seconds} s pass"));
        self.app.later(seconds).await;
        for trade in 0..self.model.trades.len() {
            self.adopt(trade).await;
        }
        "time passes"
    }

    /// Compares a trade with what the model allows, and takes over where time, WeChat and the jobs have
    /// brought it.
    async fn adopt(&mut self, place: usize) {
        let page = self.person(place).trade(&self.model.trades[place].id).await;
        let order = page["orders"][0].clone();
        let (state, order_state) = (text(&page["state"]), text(&order["state"]));
        let (now, known) = (self.now(), &self.model.trades[place]);
        let story = || format!("{}\ntrade {place}: {known:#?}\n{page:#}", self.story());
        assert!(known.may_drift(state, now), "the trade must not be {state}\n{}", story());
        let known_cases: Vec<_> = known.cases.iter().map(|case| case.id.clone()).collect();
        let mut cases = vec![];
        for id in known_cases {
            let file = self.operator.get(&format!("/admin/v1/after-sales/{id}")).await.body;
            cases.push(text(&file["state"]).to_owned());
        }
        for (case, state) in cases.iter().enumerate() {
            let may = self.model.trades[place].case_may_drift(case, state, now);
            assert!(may, "case {case} must not be {state}\n{}", story());
        }
        let known = &mut self.model.trades[place];
        for (case, state) in cases.iter().enumerate() {
            known.set_case(case, state, now);
        }
        state.clone_into(&mut known.state);
        let refunded = order["refunded"].as_i64().unwrap();
        let known = &self.model.trades[place];
        let may = known.order_may_drift(state, order_state, refunded, now);
        assert!(may, "the order must not be {order_state}\n{}\n{known:#?}\n{page:#}", self.story());
        self.model.trades[place].set_order(order_state, now);
        self.agrees(place, &order);
    }

    fn agrees(&self, place: usize, order: &Value) {
        let known = &self.model.trades[place];
        let ours: Vec<_> = known
            .lines
            .iter()
            .map(|line| (line.shipped, line.claimed, line.cancelled, line.claimed_amount))
            .collect();
        let of = |line: &Value, name: &str| line[name].as_i64().unwrap();
        let counts = |line: &Value| {
            (of(line, "shipped"), of(line, "claimed"), of(line, "cancelled"), of(line, "claimed_amount"))
        };
        let theirs: Vec<_> = order["lines"].as_array().unwrap().iter().map(counts).collect();
        assert_eq!(theirs, ours, "{}\n{known:#?}\n{order:#}", self.story());
        assert_eq!(order["refunding"], known.refunding(), "{}\n{known:#?}\n{order:#}", self.story());
        let back: i64 = self.given_back(known);
        assert!(back <= known.refunding(), "{back} went back\n{}\n{known:#?}", self.story());
    }

    /// What WeChat has given back of a trade.
    fn given_back(&self, trade: &Trade) -> i64 {
        let refunds = self.app.sim.refunds();
        let of = refunds.iter().filter(|refund| Some(&refund.out_trade_no) == trade.number.as_ref());
        of.map(|refund| refund.refund).sum()
    }

    /// No more bad luck, and time enough: then everything has ended, and every fen and piece is counted.
    pub async fn come_to_rest(&mut self) {
        self.app.sim.clear_faults();
        self.faulty = false;
        for _ in 0..15 {
            self.app.later(2 * DAY).await;
            for place in 0..self.model.trades.len() {
                self.adopt(place).await;
            }
        }
        for place in 0..self.model.trades.len() {
            let known = &self.model.trades[place];
            assert_ne!(known.state, "unpaid", "{}", self.story());
            assert_eq!(
                known.money == Money::Collected,
                known.state == "paid",
                "{}\n{known:#?}",
                self.story()
            );
            assert!(known.cases.iter().all(|case| !case.is_open()), "{}\n{known:#?}", self.story());
            assert_eq!(self.given_back(known), known.refunding(), "{}\n{known:#?}", self.story());
        }
        for sku in 0..SKUS {
            let found = self.app.stock(&self.skus[sku]).await;
            assert_eq!(found, self.model.stock(sku), "SKU {sku}\n{}", self.story());
        }
        self.books_agree_with_wechat().await;
        self.invariants_hold().await;
    }

    async fn books_agree_with_wechat(&self) {
        let paid = self.model.trades.iter().filter(|trade| trade.state == "paid");
        let theirs: i64 = paid.map(|trade| trade.total - self.given_back(trade)).sum();
        let balances = self.operator.get("/admin/v1/ledger/balances").await.body;
        let balances = balances["items"].as_array().unwrap();
        let of = |account: &str| {
            let own = balances.iter().filter(|balance| balance["account"] == account);
            own.map(|balance| balance["balance"].as_i64().unwrap()).sum::<i64>()
        };
        assert_eq!(of("wechat"), theirs, "{balances:#?}");
        assert_eq!(of("owed_to_customers"), 0, "{balances:#?}");
    }
}

fn cases_len(world: &World, trade: usize) -> usize {
    world.model.trades[trade].cases.len()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

async fn return_address(operator: &Person) {
    let address = json!({ "name": "售后部", "phone": "13600136000", "province": "浙江省", "city": "杭州市",
        "district": "余杭区", "detail": "文一西路一号" });
    let answer =
        operator.send(Method::PUT, "/admin/v1/return-address", Some(address.to_string()), None).await;
    assert!(answer.status < 300, "{}", answer.body);
}
