//! Operators send what was paid, whole or in parts.

use super::{buy, parcel, ship};
use crate::support::{TestApp, both, key};
use reqwest::Method;
use serde_json::{Value, json};
use wechat_sdk::mini::shipping_orders::OrderState;

both!(
    async fn a_whole_order_is_sent_once_and_wechat_knows(app) {
        let bought = buy(&app, &[2]).await;
        let operator = app.operator().await;
        let wish = json!({ "kind": "express", "carrier_code": "ZTO", "tracking_no": "75312345678901", "note": "易碎" });
        let (path, again) = (format!("/admin/v1/orders/{}/shipments", bought.order), key());
        let first = operator.send(Method::POST, &path, Some(wish.to_string()), Some(&again)).await;
        assert_eq!(first.status, 201, "{}", first.body);
        assert_eq!((first.body["note"].as_str(), first.body["carrier_name"].as_str()), (Some("易碎"), Some("中通快递")));
        let repeat = operator.send(Method::POST, &path, Some(wish.to_string()), Some(&again)).await;
        assert_eq!((repeat.status, &repeat.body), (201, &first.body));
        let more = ship(&operator, &bought.order, &wish).await;
        assert_eq!((more.status, more.code()), (409, "nothing_to_ship"));
        assert_eq!(bought.state(&app).await, "shipped");
        app.run_jobs().await;
        let there = bought.at_wechat(&app).await;
        assert_eq!(there.order_state, OrderState::Shipped);
        let shipping = there.shipping.unwrap();
        assert_eq!((shipping.finish_shipping, shipping.finish_shipping_count), (Some(true), Some(1)));
        assert_eq!(shipping.shipping_list[0].tracking_no.as_deref(), Some("75312345678901"));
        assert!(shipping.shipping_list[0].goods_desc.as_deref().unwrap().ends_with("*2"));
        assert!(shipping.shipping_list[0].contact.is_none());
        assert_eq!(bought.told(&app).await["state"], "uploaded");
        let seen = bought.shipments().await;
        assert_eq!((seen.len(), seen[0]["state_text"].as_str()), (1, Some("已发货")));
        assert!(seen[0].get("note").is_none(), "notes are for colleagues");
        let page = bought.person.get(&format!("/api/v1/orders/{}", bought.order)).await.body;
        assert_eq!(page["actions"], json!(["confirm"]));
    }
);

both!(
    async fn one_sending_that_is_asked_for_together_is_one(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let twin = operator.at(&app.twin().await);
        let wish = parcel("ZTO", "75312345678901").to_string();
        let (path, once) = (format!("/admin/v1/orders/{}/shipments", bought.order), key());
        let asks = [&operator, &twin].into_iter().cycle().take(10);
        let asks = asks.map(|at| at.send(Method::POST, &path, Some(wish.clone()), Some(&once)));
        let answers = futures_util::future::join_all(asks).await;
        assert!(answers.iter().all(|answer| (answer.status, &answer.body) == (201, &answers[0].body)), "{answers:?}");
        assert_eq!(bought.shipments().await.len(), 1);
    }
);

both!(
    async fn an_order_goes_in_several_parcels(app) {
        let bought = buy(&app, &[3, 1]).await;
        let operator = app.operator().await;
        let mut part = parcel("YTO", "YT0000000001");
        part["lines"] = json!([{ "line_id": bought.lines[0], "quantity": 2 }]);
        assert_eq!(ship(&operator, &bought.order, &part).await.status, 201);
        app.run_jobs().await;
        assert_eq!(bought.state(&app).await, "paid");
        let there = bought.at_wechat(&app).await;
        assert_eq!(there.order_state, OrderState::ToShip);
        assert_eq!(there.shipping.unwrap().shipping_list.len(), 1);
        assert_eq!(bought.told(&app).await["state"], "partial");
        let mut much = parcel("YTO", "YT0000000002");
        much["lines"] = json!([{ "line_id": bought.lines[0], "quantity": 2 }]);
        let refused = ship(&operator, &bought.order, &much).await;
        assert_eq!((refused.status, refused.code()), (409, "nothing_to_ship"), "{}", refused.body);
        assert_eq!(ship(&operator, &bought.order, &parcel("SF", "SF0000000002")).await.status, 201);
        app.run_jobs().await;
        assert_eq!(bought.state(&app).await, "shipped");
        let there = bought.at_wechat(&app).await;
        assert_eq!(there.order_state, OrderState::Shipped);
        let shipping = there.shipping.unwrap();
        assert_eq!((shipping.shipping_list.len(), shipping.finish_shipping_count), (2, Some(1)));
        let contact = shipping.shipping_list[1].contact.as_ref().expect("SF wants a contact");
        assert_eq!(contact.receiver_contact.as_ref().unwrap().expose(), "139****9000");
        assert_eq!(bought.told(&app).await["reshipped"], false);
        assert_eq!(bought.shipments().await.len(), 2);
    }
);

both!(
    async fn of_two_operators_at_once_one_sends(app) {
        let bought = buy(&app, &[5]).await;
        let operator = app.operator().await;
        let twin = operator.at(&app.twin().await);
        let tries = (0..10).map(|number| {
            let who = if number % 2 == 0 { operator.clone() } else { twin.clone() };
            let (order, wish) = (bought.order.clone(), parcel("STO", &format!("7730000000{number}")));
            tokio::spawn(async move { ship(&who, &order, &wish).await })
        });
        let mut sent = 0;
        for answer in tries.collect::<Vec<_>>() {
            let answer = answer.await.unwrap();
            assert!([201, 409].contains(&answer.status), "{}", answer.body);
            sent += usize::from(answer.status == 201);
        }
        assert_eq!((sent, bought.shipments().await.len()), (1, 1));
        app.run_jobs().await;
    }
);

both!(
    async fn two_parcels_at_once_are_the_whole_order(app) {
        let operator = app.operator().await;
        for _ in 0..8 {
            let bought = buy(&app, &[1, 1]).await;
            let send = async |line: usize| {
                let mut wish = parcel("ZTO", "75312345678901");
                wish["lines"] = json!([{ "line_id": bought.lines[line], "quantity": 1 }]);
                ship(&operator, &bought.order, &wish).await.status
            };
            assert_eq!(tokio::join!(send(0), send(1)), (201, 201));
            assert_eq!(bought.state(&app).await, "shipped");
        }
    }
);

both!(
    async fn what_makes_no_sense_is_refused_and_sends_nothing(app) {
        let bought = buy(&app, &[1]).await;
        let other = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let with = |lines: Value| {
            let mut wish = parcel("ZTO", "75312345678901");
            wish["lines"] = lines;
            wish
        };
        let line = &bought.lines[0];
        for (wish, status, code) in [
            (parcel("XX", "75312345678901"), 422, "invalid_body"),
            (parcel("ZTO", "7.5E+13"), 422, "invalid_body"),
            (json!({ "kind": "express" }), 422, "invalid_body"),
            (json!({ "kind": "pickup", "carrier_code": "SF" }), 422, "invalid_body"),
            (with(json!([])), 422, "invalid_body"),
            (with(json!([{ "line_id": other.lines[0], "quantity": 1 }])), 422, "invalid_body"),
            (with(json!([{ "line_id": line }, { "line_id": line }])), 422, "invalid_body"),
            (with(json!([{ "line_id": line, "quantity": 0 }])), 422, "invalid_body"),
            (with(json!([{ "line_id": line, "quantity": 2 }])), 409, "nothing_to_ship"),
        ] {
            let answer = ship(&operator, &bought.order, &wish).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{wish}: {}", answer.body);
        }
        let path = format!("/admin/v1/orders/{}/shipments", bought.order);
        let keyless = operator.send(Method::POST, &path, Some(parcel("ZTO", "75312345678901").to_string()), None).await;
        assert_eq!(keyless.code(), "idempotency_key_required");
        assert_eq!(bought.shipments().await.len(), 0);
        let (person, trade) = app.ordered(&bought.person.sku(3).await.0).await;
        let unpaid = person.trade(&trade).await["orders"][0]["id"].as_str().unwrap().to_owned();
        let answer = ship(&operator, &unpaid, &parcel("ZTO", "75312345678901")).await;
        assert_eq!((answer.status, answer.code()), (409, "order_not_shippable"));
        let missing = "order_00000000000000000000000000";
        assert_eq!(ship(&operator, missing, &parcel("ZTO", "75312345678901")).await.status, 404);
        let stranger = ship(&bought.person, &bought.order, &parcel("ZTO", "75312345678901")).await;
        assert_eq!(stranger.status, 401);
    }
);

both!(
    async fn a_shipment_is_corrected_once(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let sent = ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await.body;
        app.run_jobs().await;
        let path = format!("/admin/v1/shipments/{}", sent["id"].as_str().unwrap());
        let correct = |number: &str| {
            let (operator, path) = (operator.clone(), path.clone());
            let body = json!({ "carrier_code": "YTO", "tracking_no": number }).to_string();
            async move { operator.send(Method::PUT, &path, Some(body), None).await }
        };
        let done = correct("YT0000000001").await;
        assert_eq!((done.status, done.body["tracking_no"].as_str()), (200, Some("YT0000000001")));
        app.run_jobs().await;
        let there = bought.at_wechat(&app).await.shipping.unwrap();
        assert_eq!(there.shipping_list[0].tracking_no.as_deref(), Some("YT0000000001"));
        assert_eq!(there.finish_shipping_count, Some(2));
        assert_eq!(bought.told(&app).await["reshipped"], true);
        assert_eq!(correct("YT0000000001").await.status, 200, "nothing changes");
        let more = correct("YT0000000002").await;
        assert_eq!((more.status, more.code()), (409, "shipment_final"));
    }
);

both!(
    async fn what_the_shopper_has_is_not_corrected(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let sent = ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await.body;
        assert_eq!(bought.confirm().await.status, 200);
        let path = format!("/admin/v1/shipments/{}", sent["id"].as_str().unwrap());
        let other = json!({ "carrier_code": "YTO", "tracking_no": "YT0000000001" }).to_string();
        let late = operator.send(Method::PUT, &path, Some(other), None).await;
        assert_eq!((late.status, late.code()), (409, "shipment_final"));
    }
);

both!(
    async fn the_rest_that_is_cancelled_lets_an_order_go(app) {
        let bought = buy(&app, &[1, 1]).await;
        let operator = app.operator().await;
        let mut part = parcel("ZTO", "75312345678901");
        part["lines"] = json!([{ "line_id": bought.lines[0] }]);
        ship(&operator, &bought.order, &part).await;
        app.run_jobs().await;
        assert_eq!(bought.told(&app).await["state"], "partial");
        let case = bought.unwant(1).await;
        let yes = operator.post_once(&format!("/admin/v1/after-sales/{case}/approve"), json!({})).await;
        assert_eq!(yes.status, 200, "{}", yes.body);
        app.run_jobs().await;
        assert_eq!(bought.state(&app).await, "shipped");
        assert_eq!(bought.told(&app).await["state"], "uploaded");
        assert_eq!(bought.at_wechat(&app).await.order_state, OrderState::Shipped);
    }
);

both!(
    async fn what_is_wanted_after_all_is_sent_later(app) {
        let bought = buy(&app, &[1, 1]).await;
        let operator = app.operator().await;
        let case = bought.unwant(1).await;
        ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        assert_eq!(bought.state(&app).await, "paid", "what may still have to be sent is not on its way");
        assert_eq!(bought.confirm().await.code(), "order_not_receivable");
        let withdrawn = bought.person.post(&format!("/api/v1/after-sales/{case}/withdraw"), json!({})).await;
        assert_eq!(withdrawn.status, 200, "{}", withdrawn.body);
        assert_eq!(bought.confirm().await.code(), "order_not_receivable");
        assert_eq!(ship(&operator, &bought.order, &parcel("ZTO", "75312345678902")).await.status, 201);
        app.run_jobs().await;
        assert_eq!(bought.at_wechat(&app).await.shipping.unwrap().shipping_list.len(), 2);
        assert_eq!(bought.told(&app).await["reshipped"], false);
        assert_eq!(bought.confirm().await.body["state"], "received");
    }
);

both!(
    async fn a_note_is_corrected_alone_at_any_time(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let mut wish = parcel("ZTO", "75312345678901");
        wish["note"] = json!("易碎");
        let sent = ship(&operator, &bought.order, &wish).await.body;
        app.run_jobs().await;
        let path = format!("/admin/v1/shipments/{}", sent["id"].as_str().unwrap());
        let correct = async |note: Value| {
            let body = json!({ "carrier_code": "ZTO", "tracking_no": "75312345678901", "note": note });
            operator.send(Method::PUT, &path, Some(body.to_string()), None).await
        };
        let uploads = || {
            let requests = app.sim.requests().into_iter();
            requests.filter(|request| request.target.contains("upload_shipping_info")).count()
        };
        let before = uploads();
        assert_eq!(correct(json!("放门口")).await.body["note"], "放门口");
        assert_eq!(correct(Value::Null).await.body["note"], "放门口", "it stays as it is unless said");
        assert_eq!(bought.confirm().await.status, 200);
        assert_eq!(correct(json!("已退回一次")).await.body["note"], "已退回一次");
        app.run_jobs().await;
        assert_eq!(uploads(), before, "notes are not WeChat's");
    }
);

async fn alter(app: &TestApp, sql: &'static str) {
    let mut tx = app.mall.core.db.begin().await.unwrap();
    tx.query(sql).execute().await.unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn nobody_is_offered_to_confirm_what_is_not_all_sent(app) {
        let bought = buy(&app, &[3]).await;
        ship(&app.operator().await, &bought.order, &parcel("ZTO", "75312345678901")).await;
        let path = format!("/api/v1/orders/{}", bought.order);
        // As after a cancellation of two pieces that came to nothing.
        alter(&app, "update order_line set shipped = 1 where shipped = 3").await;
        assert_eq!(bought.person.get(&path).await.body["actions"], json!([]));
        let early = bought.confirm().await;
        assert_eq!((early.status, early.code()), (409, "order_not_receivable"));
        assert_eq!(early.body["detail"], "2 pieces are still to be sent");
        alter(&app, "update order_line set shipped = 3 where shipped = 1").await;
        assert_eq!(bought.person.get(&path).await.body["actions"], json!(["confirm"]));
        assert_eq!(bought.confirm().await.status, 200);
        app.run_jobs().await;
    }
);
