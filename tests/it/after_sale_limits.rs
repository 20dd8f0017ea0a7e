//! What after-sales refuse: bad wishes, strangers, the same twice, the same at once.

use crate::bought::{buy, give_back, see_through};
use crate::support::{both, key};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

both!(
    async fn bad_wishes_get_a_clear_4xx_and_change_nothing(app) {
        let bought = buy(&app, &[(0, 2), (1, 1)]).await;
        let foreign = buy(&app, &[(2, 1)]).await;
        let good = bought.wish("cancel", bought.some(0, 1)).await;
        let but = |field: &str, value: Value| {
            let mut wish = good.clone();
            wish[field] = value;
            wish
        };
        let line = |id: &str, quantity: Value| json!([{ "line_id": id, "quantity": quantity }]);
        let own = &bought.lines[0].0;
        let twice = json!([{ "line_id": own, "quantity": 1 }, { "line_id": own, "quantity": 1 }]);
        let image = "image_00000000000000000000000000";
        let cases = [
            (but("lines", line(own, json!(-1))), 422),
            (but("lines", line(own, json!(0))), 422),
            (but("lines", line(own, json!(1.5))), 422),
            (but("lines", line(own, json!(3))), 409),
            (but("lines", line("line_00000000000000000000000000", json!(1))), 422),
            (but("lines", line(&foreign.lines[0].0, json!(1))), 422),
            (but("lines", json!([])), 422),
            (but("lines", twice), 422),
            (but("kind", json!("goodwill")), 422),
            (but("kind", json!("theft")), 422),
            (but("kind", json!("refund_only")), 409),
            (but("reason_id", json!("reason_00000000000000000000000000")), 422),
            (but("reason_id", json!(bought.reason("refund_only").await)), 422),
            (but("image_ids", json!([image])), 422),
            (but("image_ids", json!(vec![image; 10])), 422),
            (but("description", json!("长".repeat(501))), 422),
            (but("amount", json!(1)), 422),
            (but("order_id", json!(foreign.order)), 404),
            (but("order_id", json!("order_00000000000000000000000000")), 404),
        ];
        for (wish, status) in cases {
            let answer = bought.person.post_once("/api/v1/after-sales", wish.clone()).await;
            assert_eq!(answer.status, status, "{wish}: {}", answer.body);
            assert!(answer.body["code"].is_string());
        }
        let keyless = bought.person.post("/api/v1/after-sales", good.clone()).await;
        assert_eq!((keyless.status, keyless.code()), (400, "idempotency_key_required"));
        for (amount, status) in [(json!(0), 422), (json!(-1), 422), (json!(bought.total + 1), 409), (json!(1.5), 422)] {
            let body = json!({ "amount": amount, "reason": "补偿" });
            let path = format!("/admin/v1/orders/{}/refunds", bought.order);
            assert_eq!(bought.operator.post_once(&path, body).await.status, status, "{amount}");
        }
        assert_eq!(bought.person.get("/api/v1/after-sales").await.body["items"], json!([]));
        assert_eq!(bought.page().await["lines"][0]["claimed"], 0);
        let (person, unpaid) = app.ordered(&bought.lines[0].1).await;
        let order = person.trade(&unpaid).await["orders"][0].clone();
        let path = format!("/admin/v1/orders/{}/refunds", order["id"].as_str().unwrap());
        let early = bought.operator.post_once(&path, json!({ "amount": 1, "reason": "早" })).await;
        assert_eq!((early.status, early.code()), (409, "order_not_refundable"));
        let wish = json!({ "order_id": order["id"], "kind": "cancel", "reason_id": good["reason_id"],
            "lines": [{ "line_id": order["lines"][0]["id"], "quantity": 1 }] });
        assert_eq!(person.post_once("/api/v1/after-sales", wish).await.code(), "order_not_refundable");
    }
);

both!(
    async fn nobody_touches_the_after_sales_of_others(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let case = bought.asked("cancel", bought.some(0, 1)).await;
        let stranger = app.shopper().await;
        let missing = "aftersale_00000000000000000000000000";
        for id in [case.as_str(), missing] {
            assert_eq!(stranger.get(&format!("/api/v1/after-sales/{id}")).await.status, 404);
            let withdraw = stranger.post(&format!("/api/v1/after-sales/{id}/withdraw"), json!({})).await;
            assert_eq!(withdraw.status, 404);
            let sent = json!({ "carrier": "SF", "tracking_no": "SF1" });
            let sent = stranger.post(&format!("/api/v1/after-sales/{id}/return-shipment"), sent).await;
            assert_eq!((sent.status, sent.code()), (404, "not_found"));
        }
        assert_eq!(stranger.get("/api/v1/after-sales").await.body["items"], json!([]));
        assert_eq!(stranger.get(&format!("/api/v1/orders/{}/refundable", bought.order)).await.status, 404);
        let wish = bought.wish("cancel", bought.some(0, 1)).await;
        assert_eq!(stranger.post_once("/api/v1/after-sales", wish).await.status, 404);
        let elsewhere = app.operator_of_another_tenant().await;
        for verb in ["approve", "accept", "receive"] {
            let path = format!("/admin/v1/after-sales/{case}/{verb}");
            assert_eq!(elsewhere.post_once(&path, json!({})).await.status, 404, "{verb}");
            assert_eq!(stranger.post_once(&path, json!({})).await.status, 401, "{verb}");
        }
        let path = format!("/admin/v1/after-sales/{case}");
        assert_eq!(elsewhere.get(&path).await.status, 404);
        assert_eq!(elsewhere.post_once(&format!("{path}/reject"), json!({ "reason": "x" })).await.status, 404);
        let restock = json!({ "lines": bought.some(0, 1) });
        assert_eq!(elsewhere.post_once(&format!("{path}/restock"), restock).await.status, 404);
        assert_eq!(elsewhere.get("/admin/v1/after-sales").await.body["items"], json!([]));
        assert_eq!(give_back(&elsewhere, &bought.order, 1, &key()).await.status, 404);
        assert_eq!(bought.case(&case).await["state"], "requested");
    }
);

both!(
    async fn one_wish_opens_one_case_however_often_it_comes(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let twin = bought.person.at(&app.twin().await);
        let wish = bought.wish("cancel", bought.all()).await.to_string();
        let once = key();
        let asks = (0..20).map(|number| {
            let person = if number % 2 == 0 { &bought.person } else { &twin };
            person.send(Method::POST, "/api/v1/after-sales", Some(wish.clone()), Some(&once))
        });
        let answers = futures_util::future::join_all(asks).await;
        assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
        assert!(answers.iter().all(|answer| answer.body == answers[0].body), "{answers:?}");
        let others = (0..20).map(|_| bought.ask("cancel", bought.all()));
        for answer in futures_util::future::join_all(others).await {
            assert_eq!((answer.status, answer.code()), (409, "pieces_not_left"));
        }
        let id = answers[0].body["id"].as_str().unwrap();
        let approvals = (0..10).map(|_| bought.decide(id, "approve", json!({})));
        let approvals = futures_util::future::join_all(approvals).await;
        assert_eq!(approvals.iter().filter(|answer| answer.status == 200).count(), 1, "{approvals:?}");
        let late = approvals.iter().filter(|answer| (answer.status, answer.code()) == (409, "after_sale_state"));
        assert_eq!(late.count(), 9, "{approvals:?}");
        see_through(&app, 1).await;
        assert_eq!(app.sim.refunds().len(), 1);
    }
);

both!(
    async fn an_order_has_fifty_cases_at_most(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        for _ in 0..50 {
            let case = bought.asked("cancel", bought.all()).await;
            assert_eq!(bought.act(&case, "withdraw", json!({})).await.status, 200);
        }
        let more = bought.ask("cancel", bought.all()).await;
        assert_eq!((more.status, more.code()), (409, "limit_reached"));
    }
);

both!(
    async fn what_moves_money_or_goods_wants_a_key(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        let none = |kind: &str| format!("{kind}_{}", "0".repeat(26));
        let order = format!("/admin/v1/orders/{}", bought.order);
        let case = format!("/admin/v1/after-sales/{}", none("aftersale"));
        let refund = format!("/admin/v1/refunds/{}", none("refund"));
        let difference = format!("/admin/v1/differences/{}", none("difference"));
        let sides = json!([{ "account": "fees", "amount": 1 }, { "account": "wechat", "amount": -1 }]);
        for (path, body) in [
            (format!("{order}/shipments"), json!({ "kind": "local" })),
            (format!("{order}/refunds"), json!({ "amount": 1, "reason": "补偿" })),
            (format!("{case}/approve"), json!({})),
            (format!("{case}/accept"), json!({})),
            (format!("{case}/restock"), json!({ "lines": bought.all() })),
            (format!("{refund}/retry"), json!({})),
            (format!("{refund}/redirect"), json!({ "to": "merchant" })),
            ("/admin/v1/ledger/corrections".to_owned(), json!({ "entries": sides, "note": "补记" })),
            (format!("{difference}/resolve"), json!({ "resolution": "booked", "note": "补记" })),
        ] {
            assert_eq!(bought.operator.post(&path, body).await.code(), "idempotency_key_required", "{path}");
        }
        let wish = bought.wish("cancel", bought.all()).await;
        assert_eq!(bought.person.post("/api/v1/after-sales", wish).await.code(), "idempotency_key_required");
    }
);

both!(
    async fn a_key_is_for_one_step_of_one_case(app) {
        let given = buy(&app, &[(1, 1)]).await;
        let bought = buy(&app, &[(0, 2)]).await;
        let first_case = bought.asked("cancel", bought.some(0, 1)).await;
        let second_case = bought.asked("cancel", bought.some(0, 1)).await;
        let once = key();
        let approve = async |case: &str, body: Value| {
            let path = format!("/admin/v1/after-sales/{case}/approve");
            bought.operator.send(Method::POST, &path, Some(body.to_string()), Some(&once)).await
        };
        let first = approve(&first_case, json!({})).await;
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!(approve(&first_case, json!({})).await.body, first.body);
        assert_eq!(approve(&first_case, json!({ "restock": true })).await.code(), "idempotency_key_reused");
        assert_eq!(approve(&second_case, json!({})).await.code(), "idempotency_key_reused");
        let once = key();
        assert_eq!(give_back(&bought.operator, &bought.order, 1, &once).await.status, 201);
        let elsewhere = give_back(&bought.operator, &given.order, 1, &once).await;
        assert_eq!((elsewhere.status, elsewhere.code()), (422, "idempotency_key_reused"));
    }
);

both!(
    async fn a_cancellation_races_a_shipment_and_one_wins(app) {
        let (mut cancelled, mut sent) = (0, 0);
        for trial in 0..16 {
            let bought = buy(&app, &[(trial % 4, 1)]).await;
            let wish = bought.wish("cancel", bought.all()).await;
            // Now the one has a head start, now the other.
            let head_start = Duration::from_millis(2 * trial as u64);
            let (shipping, asking) =
                if trial % 2 == 0 { (head_start, Duration::ZERO) } else { (Duration::ZERO, head_start) };
            let ask = async {
                tokio::time::sleep(asking).await;
                bought.person.post_once("/api/v1/after-sales", wish).await
            };
            let ship = async {
                tokio::time::sleep(shipping).await;
                bought.ship(&app).await
            };
            let (ask, ship) = tokio::join!(ask, ship);
            match (ask.status, ship) {
                (201, false) => cancelled += 1,
                (409, true) => sent += 1,
                other => panic!("{other:?}: {}", ask.body),
            }
            assert_eq!(bought.state().await, if ship { "shipped" } else { "paid" });
        }
        assert!(cancelled > 0 && sent > 0, "no race: {cancelled} cancelled, {sent} sent");
    }
);

both!(
    async fn operators_keep_the_reasons(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        let operator = bought.operator.clone();
        let path = "/admin/v1/after-sale-reasons";
        assert_eq!(operator.get(path).await.body["items"].as_array().unwrap().len(), 12);
        let reason = json!({ "kind": "cancel", "text": "买贵了", "text_en": "Too expensive", "position": -1 });
        let added = operator.post(path, reason.clone()).await;
        assert_eq!(added.status, 201, "{}", added.body);
        let one = format!("{path}/{}", added.body["id"].as_str().unwrap());
        let person = app.shopper().await;
        let offered = person.get_in("en", "/api/v1/after-sale-reasons?kind=cancel").await;
        assert_eq!(offered["items"][0]["text"], "Too expensive");
        let mut off = reason.clone();
        off["enabled"] = json!(false);
        assert_eq!(operator.send(Method::PUT, &one, Some(off.to_string()), None).await.status, 200);
        let offered = person.get("/api/v1/after-sale-reasons?kind=cancel").await.body;
        assert_eq!(offered["items"][0]["text"], "不想要了");
        let mut wish = bought.wish("cancel", bought.all()).await;
        wish["reason_id"] = added.body["id"].clone();
        let answer = bought.person.post_once("/api/v1/after-sales", wish).await;
        assert_eq!((answer.status, answer.code()), (422, "invalid_body"), "it is not offered any more");
        let mut wrong = reason.clone();
        wrong["kind"] = json!("goodwill");
        assert_eq!(operator.post(path, wrong).await.status, 422);
        assert_eq!(operator.send(Method::DELETE, &one, None, None).await.status, 204);
        assert_eq!(operator.send(Method::DELETE, &one, None, None).await.status, 404);
        assert_eq!(operator.send(Method::PUT, &one, Some(reason.to_string()), None).await.status, 404);
        assert_eq!(person.post(path, reason).await.status, 401);
    }
);
