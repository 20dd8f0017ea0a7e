//! What follows a payment: goods go out, goods and money come back.

use super::super::model::{Case, Kind};
use super::{KINDS, World};
use crate::support::{Answer, key};
use rand::RngExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use wechat_sim::RefundStatus;

impl World {
    /// Some pieces of some lines.
    pub(super) fn some(&mut self, trade: usize) -> Vec<(usize, i64)> {
        let quantities: Vec<_> = self.model.trades[trade].lines.iter().map(|line| line.quantity).collect();
        let mut some = vec![];
        for (line, quantity) in quantities.into_iter().enumerate() {
            if self.pick(3) > 0 {
                some.push((line, self.random.random_range(1..=quantity)));
            }
        }
        if some.is_empty() { vec![(0, 1)] } else { some }
    }

    pub(super) fn lines(&self, trade: usize, pieces: &[(usize, i64)]) -> Vec<Value> {
        let lines = &self.model.trades[trade].lines;
        pieces
            .iter()
            .map(|(line, pieces)| json!({ "line_id": lines[*line].id, "quantity": pieces }))
            .collect()
    }

    pub(super) async fn ship(&mut self, trade: usize) -> &'static str {
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

    pub(super) async fn confirm(&mut self, trade: usize) -> &'static str {
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

    pub(super) async fn ask_back(&mut self, trade: usize) -> &'static str {
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
    pub(super) fn case(&mut self, trade: usize) -> Option<(usize, Case)> {
        let cases = &self.model.trades[trade].cases;
        let open: Vec<_> = (0..cases.len()).filter(|place| cases[*place].is_open()).collect();
        let some = if open.is_empty() || self.pick(10) == 0 {
            (0..self.model.trades[trade].cases.len()).collect()
        } else {
            open
        };
        if some.is_empty() {
            return None;
        }
        let place = some[self.pick(some.len())];
        Some((place, self.model.trades[trade].cases[place].clone()))
    }

    pub(super) async fn withdraw(&mut self, trade: usize) -> &'static str {
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

    pub(super) fn set_case(&mut self, trade: usize, place: usize, state: &str) {
        let now = self.now();
        self.model.trades[trade].set_case(place, state, now);
    }

    /// An operator, or the shopper who sends something back, brings a case on.
    pub(super) async fn decide(&mut self, trade: usize) -> &'static str {
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

    pub(super) async fn operate(&self, path: &str, body: Value) -> Answer {
        self.operator
            .send(Method::POST, &format!("/admin/v1/{path}"), Some(body.to_string()), Some(&key()))
            .await
    }

    pub(super) async fn goodwill(&mut self, trade: usize) -> &'static str {
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

    pub(super) async fn refund_notify(&mut self, trade: usize) -> &'static str {
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
}
