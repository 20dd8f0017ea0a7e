//! Goods arrive: says the shopper, WeChat, or time.

use super::{DAY, buy, event, parcel, ship};
use crate::support::{TestApp, both};
use jishi::flow::shipping_events::ShippingEvent;
use serde_json::json;
use wechat_sdk::push::OrderSettled;

/// How often WeChat was to ask a shopper whether the goods are there.
fn asked(app: &TestApp) -> usize {
    let requests = app.sim.requests().into_iter();
    requests.filter(|request| request.target.contains("notify_confirm_receive")).count()
}

both!(
    async fn the_shopper_confirms_what_was_sent(app) {
        let mut bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let early = bought.confirm().await;
        assert_eq!((early.status, early.code()), (409, "order_not_receivable"));
        ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        let stranger = app.shopper().await;
        let path = format!("/api/v1/orders/{}", bought.order);
        assert_eq!(stranger.post(&format!("{path}/confirm"), json!({})).await.status, 404);
        assert_eq!(stranger.get(&format!("{path}/shipments")).await.status, 404);
        for _ in 0..2 {
            let done = bought.confirm().await;
            assert_eq!((done.status, done.body["state"].as_str()), (200, Some("received")));
            assert_eq!(done.body["actions"], json!([]));
        }
        app.later(7 * DAY + 60).await;
        assert_eq!(bought.state(&app).await, "completed");
        bought.log_in(&app).await;
        let ledger = app.operator().await.get("/admin/v1/ledger").await.body;
        let posted = ledger["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "completion");
        let posted: Vec<_> = posted.collect();
        assert_eq!(posted.len(), 1);
        assert_eq!(posted[0]["entries"][0]["amount"], bought.person.trade(&bought.trade).await["total"]);
        assert_eq!(bought.confirm().await.status, 200);
    }
);

both!(
    async fn time_receives_and_completes(app) {
        let (whole, part) = (buy(&app, &[1]).await, buy(&app, &[2]).await);
        let operator = app.operator().await;
        ship(&operator, &whole.order, &json!({ "kind": "local" })).await;
        let mut half = parcel("ZTO", "75312345678901");
        half["lines"] = json!([{ "line_id": part.lines[0], "quantity": 1 }]);
        ship(&operator, &part.order, &half).await;
        app.run_jobs().await;
        // WeChat would tell of the receipt before.
        app.sim.pause_delivery();
        app.later(9 * DAY).await;
        assert_eq!(whole.state(&app).await, "shipped");
        assert_eq!(asked(&app), 0, "no carrier brought it");
        app.later(DAY + 60).await;
        assert_eq!(whole.state(&app).await, "received");
        app.later(7 * DAY + 60).await;
        assert_eq!(whole.state(&app).await, "completed");
        assert_eq!(part.state(&app).await, "paid", "half an order does not move by itself");
        let file = app.operator().await.get(&format!("/admin/v1/orders/{}", whole.order)).await.body;
        let actors: Vec<_> = file["history"].as_array().unwrap().iter().map(|step| &step["actor"]).collect();
        assert_eq!(actors[actors.len() - 2..], ["system", "system"]);
    }
);

both!(
    // What takes two operators is not decided by time.
    with &[("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "1"), ("JISHI_SECURITY__ACCESS_TOKEN", "9999999")];
    async fn an_order_with_an_open_after_sale_waits(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        app.sim.pause_delivery();
        let reasons = bought.person.get("/api/v1/after-sale-reasons?kind=refund_only").await.body;
        let wish = json!({ "order_id": bought.order, "kind": "refund_only", "reason_id": reasons["items"][0]["id"],
            "lines": [{ "line_id": bought.lines[0], "quantity": 1 }] });
        for (waits, then) in [("shipped", "received"), ("received", "completed")] {
            let before = asked(&app);
            let case = bought.person.post_once("/api/v1/after-sales", wish.clone()).await;
            assert_eq!(case.status, 201, "{}", case.body);
            app.later(11 * DAY).await;
            assert_eq!((bought.state(&app).await, asked(&app)), (waits, before));
            let path = format!("/api/v1/after-sales/{}/withdraw", case.body["id"].as_str().unwrap());
            assert_eq!(bought.person.post(&path, json!({})).await.status, 200);
            app.later(DAY).await;
            assert_eq!(bought.state(&app).await, then);
        }
    }
);

both!(
    async fn wechat_is_to_ask_the_shopper_once(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        assert!(bought.told(&app).await["receipt_asked_at"].is_null());
        app.later(7 * DAY + 60).await;
        assert!(bought.told(&app).await["receipt_asked_at"].is_string());
        assert_eq!(asked(&app), 1);
    }
);

both!(
    async fn wechat_tells_that_the_shopper_has_the_goods(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let number = app.out_trade_no(&bought.trade).await;
        let settled = async |method: Option<i64>| {
            let told = json!({ "merchant_trade_no": number, "confirm_receive_method": method });
            let told: OrderSettled = serde_json::from_value(told).unwrap();
            event(&app, ShippingEvent::Settled(told)).await;
        };
        ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        settled(None).await;
        assert_eq!(bought.state(&app).await, "shipped", "it only says that it was shipped");
        settled(Some(1)).await;
        settled(Some(1)).await;
        assert_eq!(bought.state(&app).await, "received");
        assert_eq!(bought.told(&app).await["state"], "confirmed");
        let file = operator.get(&format!("/admin/v1/orders/{}", bought.order)).await.body;
        assert_eq!(file["history"].as_array().unwrap().last().unwrap()["actor"], "wechat");
        app.run_jobs().await;
    }
);
