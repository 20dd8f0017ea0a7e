//! Every fault, as the shop sees it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wechat_sim::{Chaos, DeliveryState, Effect, Fault};

use crate::support::{APP, MCHID, NOWHERE, Receiver, Reply, SECRET, Shop, order, refund, shop, verifies};

impl Shop {
    /// A signed call that may not be answered at all.
    async fn tried(&self, method: &str, target: &str, body: &str) -> Result<Reply, reqwest::Error> {
        let at = self.clock_secs();
        let request = self
            .http
            .request(method.parse().unwrap(), format!("{}{target}", self.sim.base_url()))
            .header("authorization", self.authorization(method, target, body, at))
            .header("content-type", "application/json")
            .body(body.to_owned());
        Reply::of(request.send().await?).await
    }

    async fn prepays(&self, number: &str) -> Result<Reply, reqwest::Error> {
        let body = order(number, 100, NOWHERE).to_string();
        self.tried("POST", "/v3/pay/transactions/jsapi", &body).await
    }

    fn exists(&self, number: &str) -> bool {
        self.sim.order(MCHID, number).is_some()
    }

    /// The errcode of a call that only needs a valid token.
    async fn errcode(&self, token: &str) -> (i64, String) {
        let url = format!("{}/wxa/business/getuserphonenumber?access_token={token}", self.sim.base_url());
        let answer = self.http.post(url).json(&json!({"code": "none"})).send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.json::<Value>().await.unwrap()["errcode"].as_i64().unwrap(), kind)
    }

    /// A paid order whose notification goes to `url`.
    async fn paid(&self, number: &str, url: &str) {
        self.prepaid(number, 100, url).await;
        self.sim.pay(MCHID, number).unwrap();
    }
}

#[tokio::test]
async fn a_delay_is_a_delay_and_nothing_else() {
    let shop = shop().await;
    for (number, fault) in [
        ("order-0001", Fault::delay("prepay_jsapi", Duration::from_millis(120))),
        ("order-0002", Fault::delay("prepay_jsapi", Duration::from_millis(120)).after_work()),
    ] {
        let late = fault.does == Fault::delay("x", Duration::from_millis(120)).after_work().does;
        shop.sim.fault(fault);
        let start = Instant::now();
        let (reply, early) = tokio::join!(shop.prepays(number), async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            shop.exists(number)
        });
        assert_eq!(reply.unwrap().status, 200);
        assert!(start.elapsed() >= Duration::from_millis(120));
        assert_eq!(early, late, "whether the work came before the delay");
    }
}

#[tokio::test]
async fn errors_come_before_or_after_the_work_in_the_shape_of_the_interface() {
    let shop = shop().await;
    shop.sim.fault(Fault::error("pay", 429, "FREQUENCY_LIMITED").times(2));
    for _ in 0..2 {
        let reply = shop.prepays("order-0001").await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (429, "FREQUENCY_LIMITED"));
    }
    assert!(!shop.exists("order-0001"));
    shop.sim.fault(Fault::error("/v3/pay/transactions/*", 0, "").after_work());
    let reply = shop.prepays("order-0001").await.unwrap();
    assert_eq!((reply.status, reply.code().as_str()), (500, "SYSTEM_ERROR"));
    assert!(shop.exists("order-0001"));
    let token = shop.token(APP, SECRET).await;
    shop.sim.fault(Fault::error("mini", 0, "-1"));
    assert_eq!(shop.errcode(&token).await.0, -1);
    assert_eq!(shop.errcode(&token).await.0, 40029);
}

#[tokio::test]
async fn a_fault_everywhere_lasts_until_it_is_cleared() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    let token = shop.token(APP, SECRET).await;
    shop.sim.fault(Fault::error("*", 503, "SERVICE_UNAVAILABLE").always());
    for _ in 0..3 {
        assert_eq!(shop.query("order-0001").await.status, 503);
        assert_eq!(shop.close("order-0001").await.code(), "SERVICE_UNAVAILABLE");
        let url = format!("{}/wxa/business/getuserphonenumber?access_token={token}", shop.sim.base_url());
        assert_eq!(shop.http.post(url).json(&json!({"code": "none"})).send().await.unwrap().status(), 503);
    }
    shop.sim.clear_faults();
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "NOTPAY");
}

#[tokio::test]
async fn gateways_answer_with_pages() {
    let shop = shop().await;
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::Html { status: 0, after_work: false }));
    let reply = shop.prepays("order-0001").await.unwrap();
    assert_eq!(reply.status, 502);
    assert!(reply.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(reply.body.starts_with(b"<html>") && !shop.exists("order-0001"));
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::Html { status: 200, after_work: true }));
    assert_eq!(shop.prepays("order-0001").await.unwrap().status, 200);
    assert!(shop.exists("order-0001"));
}

#[tokio::test]
async fn connections_are_reset_before_or_after_the_work() {
    let shop = shop().await;
    for (number, after_work) in [("order-0001", false), ("order-0002", true)] {
        shop.sim.fault(Fault::new("prepay_jsapi", Effect::Reset { after_work }));
        let error = shop.prepays(number).await.unwrap_err();
        let cause = format!("{error:?}");
        assert!(cause.contains("ConnectionReset"), "{cause}");
        assert_eq!(shop.exists(number), after_work);
    }
    assert_eq!(shop.prepays("order-0002").await.unwrap().status, 200);
}

#[tokio::test]
async fn an_answer_never_comes_although_the_work_is_done() {
    let shop = shop().await;
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::Hang { ms: 10_000, after_work: true }));
    let waited = tokio::time::timeout(Duration::from_millis(300), shop.prepays("order-0001")).await;
    assert!(waited.is_err(), "{waited:?}");
    assert!(shop.exists("order-0001"));
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::Hang { ms: 50, after_work: false }));
    assert!(shop.prepays("order-0002").await.is_err(), "and then the connection is reset");
    assert!(!shop.exists("order-0002"));
}

#[tokio::test]
async fn a_body_breaks_off_in_the_middle() {
    let shop = shop().await;
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::Truncated));
    let error = shop.prepays("order-0001").await.unwrap_err();
    assert!(error.is_body() || error.is_decode() || error.is_request(), "{error:?}");
    assert!(shop.exists("order-0001"));
}

#[tokio::test]
async fn an_accepted_request_is_to_be_made_again() {
    let shop = shop().await;
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::Accepted));
    let reply = shop.prepays("order-0001").await.unwrap();
    assert_eq!(reply.status, 202);
    assert!(verifies(&shop.kit, &reply.headers, &reply.body) && !shop.exists("order-0001"));
    assert_eq!(shop.prepays("order-0001").await.unwrap().status, 200);
}

#[tokio::test]
async fn answers_are_not_signed_or_signed_wrongly() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    for (does, header, begins) in [
        (Effect::Unsigned, "wechatpay-signature", None),
        (Effect::BadSignature, "wechatpay-signature", Some("")),
        (Effect::Probe, "wechatpay-signature", Some("WECHATPAY/SIGNTEST/")),
        (Effect::UnknownSerial, "wechatpay-serial", Some("PUB_KEY_ID_")),
    ] {
        shop.sim.fault(Fault::new("query", does));
        let reply = shop.query("order-0001").await;
        assert_eq!(reply.status, 200);
        let value = reply.headers.get(header).map(|value| value.to_str().unwrap());
        assert_eq!(value.map(|value| value.starts_with(begins.unwrap_or("none"))), begins.map(|_| true));
        assert!(!verifies(&shop.kit, &reply.headers, &reply.body));
    }
    shop.sim.fault(Fault::new("query", Effect::Stale { secs: 301 }));
    let stale = shop.query("order-0001").await;
    assert!(verifies(&shop.kit, &stale.headers, &stale.body), "old, and otherwise sound");
    let stamp: i64 = stale.headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    assert_eq!(shop.clock_secs() - stamp, 301);
    let reply = shop.query("order-0001").await;
    assert!(verifies(&shop.kit, &reply.headers, &reply.body));
}

#[tokio::test]
async fn a_clock_that_is_off_refuses_requests_and_stamps_wrongly() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    shop.sim.skew(-400_000);
    assert_eq!(shop.query("order-0001").await.code(), "SIGN_ERROR");
    shop.sim.skew(200_000);
    let reply = shop.query("order-0001").await;
    let stamp: i64 = reply.headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    assert_eq!(stamp - shop.clock_secs(), 200);
    assert_eq!(shop.control("clock", &json!({"skew_ms": 0})).await.0, 200);
    assert_eq!(shop.query("order-0001").await.status, 200);
}

#[tokio::test]
async fn keys_rotate_in_mid_traffic() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    shop.sim.fault(Fault::new("query", Effect::RotateKeys).skip(1));
    let first = shop.query("order-0001").await;
    assert!(verifies(&shop.kit, &first.headers, &first.body));
    let second = shop.query("order-0001").await;
    assert!(!verifies(&shop.kit, &second.headers, &second.body), "signed with a key not known yet");
    let kit = shop.sim.merchant(MCHID).await;
    assert_ne!(
        (&kit.public_key_id, &kit.platform_serial),
        (&shop.kit.public_key_id, &shop.kit.platform_serial)
    );
    assert!(verifies(&kit, &second.headers, &second.body));
    let listed = shop.call("GET", "/v3/certificates", "").await.json();
    let serials: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|entry| entry["serial_no"].as_str().unwrap()).collect();
    assert_eq!(serials, [shop.kit.platform_serial.as_str(), kit.platform_serial.as_str()]);
}

#[tokio::test]
async fn tokens_stop_being_valid_all_at_once() {
    let shop = shop().await;
    let token = shop.token(APP, SECRET).await;
    assert_eq!(shop.errcode(&token).await.0, 40029);
    shop.sim.fault(Fault::new("phone", Effect::InvalidateToken));
    assert_eq!(shop.errcode(&token).await.0, 40001);
    assert_eq!(shop.errcode(&token).await.0, 40001, "and it stays so");
    let next = shop.token(APP, SECRET).await;
    assert_eq!(shop.control("tokens/invalidate", &json!({"app_id": APP})).await.0, 200);
    assert_eq!(shop.errcode(&next).await.0, 40001);
    assert_eq!(shop.errcode(&shop.token(APP, SECRET).await).await.0, 40029);
}

#[tokio::test]
async fn json_calls_itself_plain_text() {
    let shop = shop().await;
    let token = shop.token(APP, SECRET).await;
    shop.sim.fault(Fault::new("phone", Effect::TextPlain));
    assert_eq!(shop.errcode(&token).await, (40029, "text/plain".to_owned()));
}

#[tokio::test]
async fn the_notification_comes_before_the_prepay_is_answered() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::PaidFirst));
    let body = order("order-0001", 100, &receiver.url).to_string();
    let reply = shop.tried("POST", "/v3/pay/transactions/jsapi", &body).await.unwrap();
    assert_eq!(receiver.count(), 1, "there before the answer");
    assert!(reply.json()["prepay_id"].is_string());
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn notifications_are_lost_and_come_with_the_next_resend() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.sim.fault(Fault::new("notify:TRANSACTION.SUCCESS", Effect::Lose).times(2));
    shop.paid("order-0001", &receiver.url).await;
    for attempts in 1..=2 {
        while shop.sim.notifications()[0].attempts.len() < attempts {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(receiver.count(), 0);
        shop.clock.advance_secs(16);
    }
    receiver.wait_for(1).await;
}

#[tokio::test]
async fn notifications_are_repeated_although_they_were_taken() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.sim.fault(Fault::new("notify", Effect::Repeat { times: 3 }));
    shop.paid("order-0001", &receiver.url).await;
    let letters = receiver.wait_for(4).await;
    assert!(shop.sim.delivered_within(Duration::from_secs(5)).await);
    assert_eq!(receiver.count(), 4);
    let ids: Vec<Value> = letters
        .iter()
        .map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap()["id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "a resend keeps its id");
    assert_eq!(shop.sim.notifications()[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn notifications_change_their_order() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.sim.fault(Fault::new("notify:TRANSACTION.SUCCESS", Effect::Reorder));
    shop.paid("order-0001", &receiver.url).await;
    let mut back = refund("order-0001", "refund-0001", 100, 100);
    back["notify_url"] = json!(receiver.url);
    assert_eq!(shop.refund(&back).await.status, 200);
    shop.clock.advance_secs(1);
    receiver.wait_for(1).await;
    shop.clock.advance_secs(2);
    let letters = receiver.wait_for(2).await;
    let kinds =
        letters.iter().map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap()["event_type"].clone());
    assert_eq!(kinds.collect::<Vec<_>>(), ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]);
}

#[tokio::test]
async fn notifications_come_a_day_late() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.sim.fault(Fault::new("notify", Effect::Late { secs: 86_400 }));
    shop.paid("order-0001", &receiver.url).await;
    let due = || shop.sim.notifications()[0].next_at.unwrap_or(0) / 1000;
    while due() < shop.clock_secs() + 86_000 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    shop.clock.advance_secs(86_300);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(receiver.count(), 0);
    // Moved by the simulator itself: the stamps stay with the clock.
    shop.sim.advance(Duration::from_secs(200)).unwrap();
    let (headers, body) = receiver.wait_for(1).await.remove(0);
    assert!(verifies(&shop.kit, &headers, &body));
    let stamp: i64 = headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    assert!((shop.clock_secs() - stamp).abs() < 5);
}

#[tokio::test]
async fn notifications_carry_probes_and_wrong_signatures_and_a_sound_copy_follows() {
    let (shop, receiver) = (shop().await, Receiver::start(&[401, 401, 401]).await);
    for does in [Effect::Probe, Effect::BadSignature, Effect::UnknownSerial] {
        shop.sim.fault(Fault::new("notify", does));
    }
    shop.paid("order-0001", &receiver.url).await;
    for count in 1..=4 {
        let (headers, body) = receiver.wait_for(count).await.remove(count - 1);
        assert_eq!(verifies(&shop.kit, &headers, &body), count == 4, "attempt {count}");
        while shop.sim.notifications()[0].attempts.len() < count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        shop.clock.advance_secs(31);
    }
    let attempts = &shop.sim.notifications()[0].attempts;
    assert!(attempts[0].fault.as_ref().unwrap().contains("Probe") && attempts[3].fault.is_none());
}

#[tokio::test]
async fn a_day_of_resends_passes_in_a_second() {
    let (shop, receiver) = (shop().await, Receiver::start(&[500; 16]).await);
    shop.paid("order-0001", &receiver.url).await;
    let start = Instant::now();
    for (done, wait) in wechat_sim::RETRY_SCHEDULE_SECS.into_iter().enumerate() {
        while shop.sim.notifications()[0].attempts.len() <= done {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        shop.sim.advance(Duration::from_secs(wait)).unwrap();
    }
    receiver.wait_for(16).await;
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(shop.sim.delivered_within(Duration::from_secs(5)).await);
    assert_eq!(shop.sim.notifications()[0].state, DeliveryState::GivenUp);
}

/// What a shop sees of fifty prepays and queries, and what the page says about them.
async fn run(seed: u64) -> Vec<String> {
    let shop = shop().await;
    shop.sim.chaos(Some(Chaos { rate: 0.3, seed }));
    for number in 0..25 {
        let number = format!("order-{number:04}");
        for target in [true, false] {
            let call = async {
                if target {
                    shop.prepays(&number).await
                } else {
                    let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={MCHID}");
                    shop.tried("GET", &target, "").await
                }
            };
            drop(tokio::time::timeout(Duration::from_millis(900), call).await);
        }
    }
    tokio::time::sleep(Duration::from_millis(3200)).await;
    let mut requests = shop.sim.requests();
    requests.sort_by(|one, other| (&one.target, &one.method).cmp(&(&other.target, &other.method)));
    let line =
        |entry: &wechat_sim::RequestView| format!("{} {} {:?}", entry.operation, entry.status, entry.fault);
    requests.iter().map(line).collect()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_run_twice() {
    let (one, again, other) = tokio::join!(run(7), run(7), run(8));
    assert!(one.iter().filter(|line| line.contains("chaos")).count() >= 5, "{one:#?}");
    assert_eq!(one, again);
    assert_ne!(one, other);
}
