use crate::bought::{buy, see_through};
use crate::support::{MCH, TestApp, both};
use axum::http::HeaderMap;
use bytes::Bytes;
use jishi::base::PaymentId;
use jishi::flow::settle::{Amount, settle};
use serde_json::{Value, json};
use wechat_sim::NotificationOptions;

type Signed = (HeaderMap, Bytes);

async fn deliver(app: &TestApp, path: &str, (headers, body): Signed) -> u16 {
    let url = format!("{}/callbacks/wechat/{path}", app.url);
    let answer = reqwest::Client::new().post(url).headers(headers).body(body).send().await.unwrap();
    answer.status().as_u16()
}

/// A trade that WeChat has collected, of which we were not told; and what WeChat would tell.
async fn collected(app: &TestApp, place: usize) -> (String, crate::support::Person, Value) {
    app.sim.notifications_off();
    let (sku, _) = app.guest().sku(place).await;
    let (person, trade) = app.ordered(&sku).await;
    person.start_payment(&trade).await;
    let number = app.out_trade_no(&trade).await;
    app.sim.pay(MCH, &number).unwrap();
    let report = app.sim.transaction_json(MCH, &number);
    (trade, person, report)
}

fn sign(app: &TestApp, mch: &str, report: &Value, options: &NotificationOptions) -> Signed {
    app.sim.signed_notification(mch, "TRANSACTION.SUCCESS", "transaction", report, options)
}

both!(
    async fn fifty_times_the_same_notification_pays_once(app) {
        let (trade, person, report) = collected(&app, 0).await;
        let signed = sign(&app, MCH, &report, &NotificationOptions::default());
        let deliveries: Vec<_> = (0..50)
            .map(|_| deliver(&app, "main/payments", signed.clone()))
            .collect();
        for status in futures_util::future::join_all(deliveries).await {
            assert_eq!(status, 204);
        }
        assert_eq!(person.trade(&trade).await["state"], "paid");
        let operator = app.operator().await;
        let file = operator.get(&format!("/admin/v1/trades/{trade}")).await.body;
        for history in [&file["history"], &file["orders"][0]["history"]] {
            let moves = history.as_array().unwrap().iter().filter(|step| step["to_state"] == "paid").count();
            assert_eq!(moves, 1, "{file}");
        }
        assert_eq!(operator.get("/admin/v1/ledger").await.body["items"].as_array().unwrap().len(), 1);
        let inbox = operator.get("/admin/v1/callbacks").await.body;
        assert_eq!((inbox["items"].as_array().unwrap().len(), &inbox["items"][0]["times"]), (1, &50.into()));
    }
);

both!(
    async fn what_is_forged_late_or_foreign_changes_nothing(app) {
        let (trade, person, report) = collected(&app, 1).await;
        app.sim.merchant("1900000002").await;
        let plain = NotificationOptions::default;
        let forged = [
            ("broken signature", NotificationOptions { break_signature: true, ..plain() }),
            ("probe", NotificationOptions { probe: true, ..plain() }),
            ("replayed", NotificationOptions { timestamp_offset_secs: -301, ..plain() }),
            ("from the future", NotificationOptions { timestamp_offset_secs: 301, ..plain() }),
            ("unknown serial", NotificationOptions { serial: Some("7777777777".to_owned()), ..plain() }),
        ];
        for (what, options) in forged {
            assert_eq!(deliver(&app, "main/payments", sign(&app, MCH, &report, &options)).await, 401, "{what}");
        }
        let foreign = sign(&app, "1900000002", &report, &plain());
        assert_eq!(deliver(&app, "main/payments", foreign).await, 401, "signed for another merchant");
        for (field, value) in [
            ("mchid", "1900000002"),
            ("appid", "wxother"),
            ("out_trade_no", "01zzzzzzzz"),
            ("trade_state", "NOTPAY"),
            // Paid, and given back by somebody else.
            ("trade_state", "REFUND"),
        ] {
            let mut wrong = report.clone();
            wrong[field] = value.into();
            let status = deliver(&app, "main/payments", sign(&app, MCH, &wrong, &plain())).await;
            assert_eq!(status, 409, "another {field}");
        }
        let mut cheap = report.clone();
        cheap["amount"]["total"] = 1.into();
        assert_eq!(deliver(&app, "main/payments", sign(&app, MCH, &cheap, &plain())).await, 409);
        let mut dollars = report.clone();
        dollars["amount"]["currency"] = "USD".into();
        assert_eq!(deliver(&app, "main/payments", sign(&app, MCH, &dollars, &plain())).await, 409);
        let mut body_only = sign(&app, MCH, &report, &plain());
        body_only.0 = HeaderMap::new();
        assert_eq!(deliver(&app, "main/payments", body_only).await, 401);
        assert_eq!(deliver(&app, "nobody/payments", sign(&app, MCH, &report, &plain())).await, 404);
        assert_eq!(person.trade(&trade).await["state"], "unpaid");
        let ledger = app.operator().await.get("/admin/v1/ledger").await.body;
        assert_eq!(ledger["items"], serde_json::json!([]));
        assert_eq!(deliver(&app, "main/payments", sign(&app, MCH, &report, &plain())).await, 204);
        assert_eq!(person.trade(&trade).await["state"], "paid");
        let mut second = report.clone();
        second["transaction_id"] = "4200000000000000000000000009".into();
        for other in [cheap, second] {
            let status = deliver(&app, "main/payments", sign(&app, MCH, &other, &plain())).await;
            assert_eq!(status, 409, "one payment is collected once: {other}");
        }
    }
);

both!(
    async fn an_answer_about_another_payment_pays_nothing(app) {
        let (_, _, report) = collected(&app, 0).await;
        let report = serde_json::from_value(report).unwrap();
        let (person, trade) = app.ordered(&app.guest().sku(0).await.0).await;
        person.start_payment(&trade).await;
        let id = PaymentId::from_suffix(&app.out_trade_no(&trade).await).unwrap();
        let gateway = app.mall.gateways.of(app.tenant).unwrap();
        let mut tx = app.mall.core.db.begin().await.unwrap();
        let taken = settle(&app.mall, &mut tx, &gateway, id, &report, Amount::IsFact).await.unwrap();
        assert_eq!(taken, Err("the out_trade_no is another".to_owned()));
    }
);

both!(
    async fn a_wrong_amount_goes_back_in_full_once(app) {
        let (sku, _) = app.guest().sku(2).await;
        let (person, trade) = app.ordered(&sku).await;
        person.start_payment(&trade).await;
        let number = app.out_trade_no(&trade).await;
        app.sim.notifications_off();
        app.sim.pay_amount(MCH, &number, 7).unwrap();
        app.later(6).await;
        for _ in 0..3 {
            app.later(60).await;
        }
        assert_eq!(person.trade(&trade).await["state"], "unpaid");
        let refunds = app.sim.refunds();
        assert_eq!(refunds.len(), 1);
        assert_eq!(refunds[0].refund, 7);
        let known = app.operator().await.get("/admin/v1/refunds").await.body;
        assert_eq!(known["items"][0]["state"], "succeeded", "{known}");
        assert_eq!(known["items"][0]["reason"], "wrong_amount");
    }
);

both!(
    async fn a_refund_call_back_that_contradicts_what_we_know_changes_nothing(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        app.sim.notifications_off();
        assert_eq!(bought.give_back(100).await.status, 201);
        app.run_jobs().await;
        let seen = app.sim.refunds().remove(0);
        let report = json!({
            "mchid": MCH, "out_trade_no": seen.out_trade_no, "transaction_id": seen.transaction_id,
            "out_refund_no": seen.out_refund_no, "refund_id": seen.refund_id, "refund_status": "SUCCESS",
            "amount": { "total": seen.total, "refund": 100, "payer_total": seen.total, "payer_refund": 100 },
        });
        let deliver = |report: Value| {
            let signed =
                app.sim.signed_notification(MCH, "REFUND.SUCCESS", "refund", &report, &NotificationOptions::default());
            deliver(&app, "main/refunds", signed)
        };
        for (pointer, other) in [
            ("/mchid", json!("1900000002")),
            ("/out_trade_no", json!(seen.out_refund_no)),
            ("/transaction_id", json!("4200000000000000000000000000")),
            ("/refund_id", json!("50300000000000000000000000000")),
            ("/out_refund_no", json!(seen.out_trade_no)),
            ("/amount/total", json!(seen.total + 1)),
            ("/amount/refund", json!(99)),
        ] {
            let mut wrong = report.clone();
            *wrong.pointer_mut(pointer).unwrap() = other;
            assert_eq!(deliver(wrong).await, 409, "another {pointer}");
        }
        assert_eq!(bought.refunds().await[0]["state"], "submitted");
        assert_eq!(deliver(report).await, 204);
        assert_eq!(bought.refunds().await[0]["state"], "succeeded");
        see_through(&app, 1).await;
    }
);
