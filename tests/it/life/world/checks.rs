//! Whether the mall, the model and WeChat agree.

use super::super::model::{Money, Trade};
use super::{DAY, SKUS, World, text};
use jishi::flow::invariants;
use serde_json::Value;

impl World {
    pub(super) async fn invariants_hold(&mut self) {
        let mut db = self.app.mall.core.db.read().await.unwrap();
        let found = invariants::check(&mut db, self.app.tenant).await.unwrap();
        let broken: Vec<_> = found.into_iter().filter(|finding| !finding.holds).collect();
        assert!(broken.is_empty(), "{}\n{broken:#?}", self.story());
    }

    /// Compares a trade with what the model allows, and takes over where time, WeChat and the jobs have
    /// brought it.
    pub(super) async fn adopt(&mut self, place: usize) {
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

    pub(super) fn agrees(&self, place: usize, order: &Value) {
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
    pub(super) fn given_back(&self, trade: &Trade) -> i64 {
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

    pub(super) async fn books_agree_with_wechat(&self) {
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
