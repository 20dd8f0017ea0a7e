//! A mall, its people, and the model that knows how it should be.

mod after;
mod buying;
mod checks;

use super::model::{Kind, Model, Money};
use crate::support::{Answer, Person, TestApp};
use jishi::base::Clock as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wechat_sim::Fault;

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
