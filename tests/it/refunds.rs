//! Money goes back once, whatever happens on the way.

use crate::bought::{Bought, PATIENT, buy, give_back, see_through};
use crate::process::{Process, free_port, tenant, wechat};
use crate::support::{APP, MCH, TestApp, both, key, new_database};
use jishi::base::{Money, OrderId, PaymentId};
use jishi::flow::Mall;
use jishi::flow::refund::DriveRefund;
use jishi::flow::wechat::Gateways;
use jishi::infra::jobs::Job as _;
use jishi::mall::{order, payment};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use wechat_sdk::pay::refunds::CreateRefund;
use wechat_sdk::{Fen, OutRefundNo, OutTradeNo};
use wechat_sim::{Effect, Fault, Material, RefundStatus, Simulator};

/// One of its refunds, as operators see it.
async fn only_refund(bought: &Bought) -> Value {
    let mut refunds = bought.refunds().await;
    assert_eq!(refunds.len(), 1, "{refunds:?}");
    refunds.remove(0)
}

both!(
    async fn twenty_parallel_full_refunds_give_one(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        let twin = bought.operator.at(&app.twin().await);
        let keys: Vec<_> = (0..20).map(|_| key()).collect();
        let asks = keys.iter().enumerate().map(|(number, key)| {
            let operator = if number % 2 == 0 { &bought.operator } else { &twin };
            give_back(operator, &bought.order, bought.total, key)
        });
        let answers = futures_util::future::join_all(asks).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
        let refused = |answer: &&crate::support::Answer| (answer.status, answer.code()) == (409, "refund_exceeds_paid");
        assert_eq!(answers.iter().filter(refused).count(), 19, "{answers:?}");
        see_through(&app, 1).await;
        assert_eq!(app.sim.refunds().len(), 1);
        assert_eq!(bought.state().await, "refunded");
        let won = answers.iter().position(|answer| answer.status == 201).unwrap();
        let again = give_back(&bought.operator, &bought.order, bought.total, &keys[won]).await;
        assert_eq!((again.status, &again.body), (201, &answers[won].body));
        let other = give_back(&bought.operator, &bought.order, 1, &keys[won]).await;
        assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
    }
);

both!(
    async fn what_exceeds_the_paid_amount_is_refused_and_what_fits_is_not(app) {
        let sku = app.guest().sku(0).await.0;
        let mut tx = app.mall.core.db.begin().await.unwrap();
        tx.query("update sku set price = 9900 where tenant_id = $1 and id = $2")
            .bind(app.tenant)
            .bind(sku.parse::<jishi::base::SkuId>().unwrap())
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let bought = buy(&app, &[(0, 1)]).await;
        assert_eq!(bought.total, 9900);
        for (amount, status) in [(5000, 201), (5000, 409), (1, 201)] {
            assert_eq!(bought.give_back(amount).await.status, status, "{amount}");
        }
        see_through(&app, 2).await;
        let mut given: Vec<_> = app.sim.refunds().iter().map(|refund| refund.refund).collect();
        given.sort_unstable();
        assert_eq!(given, [1, 5000]);
        assert_eq!(bought.page().await["refunded"], 5001);
    }
);

both!(
    with PATIENT;
    async fn refunds_of_a_payment_are_a_minute_apart_and_fifty_at_most(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        for _ in 0..3 {
            assert_eq!(bought.give_back(1).await.status, 201);
        }
        app.run_jobs().await;
        for (seconds, sent) in [(0, 1), (59, 1), (2, 2), (59, 2), (2, 3)] {
            app.later(seconds).await;
            assert_eq!(app.sim.refunds().len(), sent, "{seconds} s later");
        }
        for _ in 3..50 {
            assert_eq!(bought.give_back(1).await.status, 201);
        }
        let more = bought.give_back(1).await;
        assert_eq!((more.status, more.code()), (409, "limit_reached"));
        assert_eq!(bought.page().await["refunding"], 50);
        // WeChat closes the others: there is no further number to try them with, and nothing hangs.
        app.sim.refund_outcome(RefundStatus::Closed);
        see_through(&app, 50).await;
        let refunds = bought.refunds().await;
        let ended = |state: &str| refunds.iter().filter(|refund| refund["state"] == state).count();
        assert_eq!((ended("succeeded"), ended("closed"), refunds.len()), (3, 47, 50));
        assert_eq!(bought.page().await["refunding"], 3);
    }
);

/// How often a refund was handed to WeChat.
async fn handed_over(app: &TestApp) -> i64 {
    let mut db = app.mall.core.db.read().await.unwrap();
    let sql = "select count(*) from wechat_call where tenant_id = $1 and operation = 'create_refund'";
    db.query(sql).bind(app.tenant).scalar().await.unwrap()
}

/// The work is done, but nobody is told; asking does not help at first either.
async fn lost(app: &TestApp, effect: Effect) {
    let bought = buy(app, &[(0, 1)]).await;
    app.sim.fault(Fault::new("refund", effect).always());
    app.sim.fault(Fault::error("refund_query", 500, "SYSTEM_ERROR").always());
    assert_eq!(bought.give_back(bought.total).await.status, 201);
    app.run_jobs().await;
    assert_eq!(app.sim.refunds().len(), 1, "WeChat has done it");
    assert!(only_refund(&bought).await["last_error"].is_string());
    app.sim.clear_faults();
    app.later(600).await;
    let bought = Bought { operator: app.operator().await, ..bought };
    let refund = only_refund(&bought).await;
    assert_eq!(refund["state"], "succeeded", "{refund}");
    let given = app.sim.refunds();
    assert_eq!((given.len(), given[0].refund), (1, bought.total));
    assert_eq!(handed_over(app).await, 1, "WeChat is asked before anything is sent again");
    let number = refund["id"].as_str().unwrap().rsplit('_').next().unwrap();
    assert_eq!(given[0].out_refund_no, number);
}

macro_rules! lost_answers {
    ($($name:ident: $effect:expr;)*) => {$(
        both!(with QUICK; async fn $name(app) { lost(&app, $effect).await; });
    )*};
}

const QUICK: &[(&str, &str)] = &[("JISHI_WECHAT__TIMEOUT", "1"), ("JISHI_SECURITY__ACCESS_TOKEN", "9999999")];

lost_answers! {
    a_refund_whose_answer_never_comes_happens_once: Effect::Hang { ms: 1500, after_work: true };
    a_refund_that_is_answered_with_500_happens_once:
        Effect::Error { status: 500, code: "SYSTEM_ERROR".to_owned(), after_work: true };
    a_refund_whose_connection_is_reset_happens_once: Effect::Reset { after_work: true };
    a_refund_whose_answer_is_not_signed_happens_once: Effect::Unsigned;
}

both!(
    async fn an_abnormal_refund_waits_for_an_operator(app) {
        for (place, way) in [
            json!({ "to": "merchant" }),
            json!({ "to": "shopper", "bank_type": "ICBC_DEBIT", "bank_account": "6222020000000000000", "real_name": "李四" }),
        ].into_iter().enumerate() {
            let bought = buy(&app, &[(place, 1)]).await;
            app.sim.refund_outcome(RefundStatus::Abnormal);
            let case = bought.give_back(bought.total).await.body["id"].as_str().unwrap().to_owned();
            see_through(&app, 1).await;
            let refund = only_refund(&bought).await;
            assert_eq!(refund["state"], "abnormal", "{refund}");
            let path = format!("/admin/v1/refunds/{}", refund["id"].as_str().unwrap());
            let taken = bought.operator.post(&format!("{path}/take"), json!({ "note": "已联系顾客" })).await;
            assert_eq!((taken.status, &taken.body["note"]), (200, &json!("已联系顾客")));
            assert!(taken.body["operator_id"].is_string());
            let retry = bought.operator.post_once(&format!("{path}/retry"), json!({})).await;
            assert_eq!((retry.status, retry.code()), (409, "refund_not_closed"));
            assert_eq!(bought.file(&case).await["state"], "refunding");
            app.sim.refund_outcome(RefundStatus::Success);
            let (once, redirect) = (key(), format!("{path}/redirect"));
            let ask = || bought.operator.send(Method::POST, &redirect, Some(way.to_string()), Some(&once));
            let sent = ask().await;
            assert_eq!((sent.status, &sent.body["state"]), (200, &json!("submitted")), "{}", sent.body);
            see_through(&app, 1).await;
            assert_eq!(only_refund(&bought).await["state"], "succeeded");
            assert_eq!(bought.file(&case).await["state"], "done");
            assert_eq!(ask().await.body, sent.body, "the same wish again is the same answer");
            let late = bought.operator.post_once(&redirect, way.clone()).await;
            assert_eq!((late.status, late.code()), (409, "refund_not_abnormal"));
            let elsewhere = app.operator_of_another_tenant().await;
            assert_eq!(elsewhere.post(&format!("{path}/take"), json!({ "note": "x" })).await.status, 404);
        }
    }
);

both!(
    async fn what_wechat_closed_three_times_is_tried_again_by_an_operator(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        app.sim.refund_outcome(RefundStatus::Closed);
        let case = bought.give_back(bought.total).await.body["id"].as_str().unwrap().to_owned();
        see_through(&app, 5).await;
        let refunds = bought.refunds().await;
        assert_eq!(refunds.len(), 3, "{refunds:?}");
        assert!(refunds.iter().all(|refund| refund["state"] == "closed"));
        let order = bought.page().await;
        assert_eq!((&order["refunding"], &order["refunded"]), (&json!(0), &json!(0)));
        assert_eq!(bought.file(&case).await["state"], "refunding");
        app.sim.refund_outcome(RefundStatus::Success);
        let path = format!("/admin/v1/refunds/{}/retry", refunds[0]["id"].as_str().unwrap());
        let keys: Vec<_> = (0..5).map(|_| key()).collect();
        let retry = |key| bought.operator.send(Method::POST, &path, None, Some(key));
        let retries = futures_util::future::join_all(keys.iter().map(|key| retry(key))).await;
        assert_eq!(retries.iter().filter(|answer| answer.status == 200).count(), 1, "{retries:?}");
        let late = retries.iter().filter(|answer| (answer.status, answer.code()) == (409, "refund_not_closed"));
        assert_eq!(late.count(), 4, "{retries:?}");
        let won = retries.iter().position(|answer| answer.status == 200).unwrap();
        let again = retry(&keys[won]).await;
        assert_eq!((again.status, &again.body), (200, &retries[won].body));
        see_through(&app, 2).await;
        assert_eq!(bought.file(&case).await["state"], "done");
        let given: Vec<_> = app.sim.refunds().iter().map(|refund| refund.status).collect();
        assert_eq!(given.iter().filter(|status| **status == RefundStatus::Success).count(), 1, "{given:?}");
        assert_eq!(bought.state().await, "refunded");
    }
);

both!(
    async fn nobody_claims_more_than_was_paid(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        let paid = PaymentId::from_suffix(&app.out_trade_no(&bought.trade).await).unwrap();
        let of: OrderId = bought.order.parse().unwrap();
        let (person, unpaid) = app.ordered(&bought.lines[0].1).await;
        let unpaid: OrderId = person.trade(&unpaid).await["orders"][0]["id"].as_str().unwrap().parse().unwrap();
        let (all, more) = (Money::fen(bought.total), Money::fen(bought.total + 1));
        let mut tx = app.mall.core.db.begin().await.unwrap();
        assert_eq!(payment::claim_refund(&mut tx, app.tenant, paid, more).await.unwrap(), None);
        assert!(!order::claim_refund(&mut tx, app.tenant, of, more).await.unwrap());
        assert!(!order::claim_refund(&mut tx, app.tenant, unpaid, Money::fen(1)).await.unwrap());
        assert_eq!(payment::claim_refund(&mut tx, app.tenant, paid, all).await.unwrap(), Some(1));
        assert!(order::claim_refund(&mut tx, app.tenant, of, all).await.unwrap());
    }
);

both!(
    async fn another_amount_under_our_number_is_not_our_refund(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        assert_eq!(bought.give_back(bought.total).await.status, 201);
        let id = only_refund(&bought).await["id"].as_str().unwrap().to_owned();
        let gateway = app.mall.gateways.of(app.tenant).unwrap();
        let create = CreateRefund::of_out_trade_no(
            OutTradeNo::new(app.out_trade_no(&bought.trade).await).unwrap(),
            OutRefundNo::new(id.rsplit('_').next().unwrap()).unwrap(),
            Fen(1),
            Fen(bought.total),
            format!("{}/refunds", gateway.callback_url),
        );
        gateway.merchant.send(&create).await.unwrap();
        app.run_jobs().await;
        app.later(61).await;
        app.sim.delivered_within(Duration::from_secs(1)).await;
        let refund = only_refund(&bought).await;
        assert_eq!(refund["state"], "created", "{refund}");
        assert!(refund["last_error"].is_string(), "{refund}");
    }
);

both!(
    async fn the_money_of_another_merchant_number_is_left_alone(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        assert_eq!(bought.give_back(bought.total).await.status, 201);
        let refund_id = only_refund(&bought).await["id"].as_str().unwrap().parse().unwrap();
        let mut gateway = (*app.mall.gateways.of(app.tenant).unwrap()).clone();
        "1900000002".clone_into(&mut gateway.mch_id);
        let mall = Mall { gateways: Gateways::new(vec![gateway]), ..app.mall.clone() };
        let trade_id = bought.trade.parse().unwrap();
        let job = DriveRefund { tenant_id: app.tenant, trade_id, refund_id };
        let error = job.run(&mall).await.unwrap_err().to_string();
        assert!(error.contains("belongs to merchant"), "{error}");
        assert_eq!(app.sim.refunds().len(), 0);
    }
);

/// Calls a server from outside; gives what it answered.
async fn call(http: &Client, url: &str, token: &str, body: Value) -> Value {
    let answer = http.post(url).bearer_auth(token).header("idempotency-key", key()).json(&body).send();
    let answer = answer.await.unwrap();
    assert!(answer.status().is_success(), "{url}: {}", answer.status());
    answer.json().await.unwrap()
}

async fn read(http: &Client, url: &str, token: &str) -> Value {
    http.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap()
}

/// Buys one piece; gives the order and what was paid.
async fn buy_there(http: &Client, shop: &str, simulator: &Simulator) -> (String, i64) {
    let code = json!({ "code": simulator.login_code(APP, None).code });
    let login = call(http, &format!("{shop}/api/v1/auth/login"), "", code).await;
    let token = login["access_token"].as_str().unwrap();
    let products = read(http, &format!("{shop}/api/v1/products"), token).await;
    let page = format!("{shop}/api/v1/products/{}", products["items"][0]["id"].as_str().unwrap());
    let lines = json!([{ "sku_id": read(http, &page, token).await["skus"][0]["id"], "quantity": 1 }]);
    let address = json!({ "name": "王五", "phone": "13700137000", "province": "上海市", "city": "上海市",
        "district": "徐汇区", "detail": "漕溪北路一号" });
    let address = call(http, &format!("{shop}/api/v1/me/addresses"), token, address).await;
    let quote = call(http, &format!("{shop}/api/v1/checkout/quote"), token, json!({ "lines": lines })).await;
    let wish = json!({ "lines": lines, "address_id": address["id"], "expected_total": quote["total"] });
    let trade = call(http, &format!("{shop}/api/v1/trades"), token, wish).await;
    let id = trade["id"].as_str().unwrap();
    call(http, &format!("{shop}/api/v1/trades/{id}/payment"), token, json!({})).await;
    simulator.pay(MCH, &simulator.orders()[0].out_trade_no).unwrap();
    assert!(simulator.delivered_within(Duration::from_secs(20)).await);
    let page = read(http, &format!("{shop}/api/v1/trades/{id}"), token).await;
    assert_eq!(page["state"], "paid", "{page}");
    (page["orders"][0]["id"].as_str().unwrap().to_owned(), page["total"].as_i64().unwrap())
}

async fn operator_token(http: &Client, shop: &str, password: &str) -> String {
    let login = json!({ "username": "admin", "password": password });
    let login = call(http, &format!("{shop}/admin/v1/auth/login"), "", login).await;
    login["access_token"].as_str().unwrap().to_owned()
}

fn adds_up(folder: &Path, set: &[(&str, &str)]) {
    let check = Command::new(env!("CARGO_BIN_EXE_jishi"))
        .arg("check")
        .current_dir(folder)
        .envs(set.iter().copied())
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

/// Kill -9 while WeChat, which has done the refund, keeps its answer back.
async fn killed_right_after_sending(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (simulator, kit) = wechat(APP, MCH).await;
    std::fs::write(folder.path().join("main_key.pem"), &kit.merchant_private_key_pem).unwrap();
    let certificate = format!("certificates = ['''\n{}''']", kit.platform_certificate_pem);
    simulator.sign_with(MCH, Material::Certificate);
    std::fs::write(folder.path().join("jishi.toml"), tenant("main", APP, MCH, &kit, &certificate)).unwrap();
    let url = simulator.base_url();
    let set = [
        ("JISHI_SIMULATOR__ENABLED", "false"),
        ("JISHI_WECHAT__API_URL", url.as_str()),
        ("JISHI_WECHAT__PAY_URL", url.as_str()),
        ("JISHI_DATABASE__URL", database),
        ("JISHI_JOBS__TICK", "0.1"),
        ("JISHI_JOBS__LEASE", "3"),
        ("JISHI_PAYMENT__REFUND_POLL", "1"),
    ];
    let ports = [free_port(), free_port(), 0];
    let mut server = Process::start(folder.path(), ports, &set);
    let (http, shop) = (Client::new(), server.shop.clone());
    let token = operator_token(&http, &shop, server.password("main")).await;
    let (order, total) = buy_there(&http, &shop, &simulator).await;
    simulator.fault(Fault::new("refund", Effect::Hang { ms: 8000, after_work: true }));
    let wish = json!({ "amount": total, "reason": "停电" });
    call(&http, &format!("{shop}/admin/v1/orders/{order}/refunds"), &token, wish).await;
    for _ in 0..200 {
        if !simulator.refunds().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert_eq!(simulator.refunds().len(), 1, "killed after it was sent");
    let _server = Process::start(folder.path(), ports, &set);
    let mut state = Value::Null;
    for _ in 0..300 {
        state = read(&http, &format!("{shop}/admin/v1/orders/{order}"), &token).await["state"].clone();
        if state == "refunded" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(state, "refunded");
    assert_eq!((simulator.refunds().len(), simulator.refunds()[0].refund), (1, total));
    adds_up(folder.path(), &set);
    simulator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_right_after_sending_a_refund_gives_it_once_on_sqlite() {
    killed_right_after_sending("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_right_after_sending_a_refund_gives_it_once_on_postgres() {
    if let Some(url) = new_database().await {
        killed_right_after_sending(&url).await;
    }
}
