use crate::support::{MCH, both, key};
use serde_json::json;
use std::time::Duration;

both!(
    async fn a_shopper_buys_and_the_books_agree(app) {
        let (sku, price) = app.guest().sku(0).await;
        let before = app.stock(&sku).await;
        let (person, trade) = app.ordered(&sku).await;
        assert_eq!(app.stock(&sku).await, (before.0, before.1 + 1));
        let signed = person.start_payment(&trade).await;
        assert_eq!(signed.status, 200, "{}", signed.body);
        for field in ["timeStamp", "nonceStr", "package", "signType", "paySign"] {
            assert!(signed.body[field].is_string(), "{field} of {}", signed.body);
        }
        app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        let page = person.trade(&trade).await;
        assert_eq!(page["state"], "paid");
        assert_eq!(page["actions"], json!([]));
        assert_eq!(page["orders"][0]["lines"][0]["price"], price);
        assert_eq!(page["orders"][0]["state_text"], "待发货");
        assert_eq!(page["address"]["detail"], "中关村大街一号");
        assert_eq!(app.stock(&sku).await, (before.0 - 1, before.1));
        let ledger = app.operator().await.get("/admin/v1/ledger").await.body;
        assert_eq!(ledger["items"].as_array().unwrap().len(), 1);
        assert_eq!(ledger["items"][0]["entries"][0]["amount"], page["total"]);
        app.later(7200).await;
        let file = app.operator().await.get(&format!("/admin/v1/trades/{trade}")).await.body;
        assert_eq!(file["state"], "paid", "the time-out must leave a paid trade alone");
    }
);

both!(
    async fn a_payment_without_call_back_is_found_by_asking(app) {
        app.sim.notifications_off();
        let (sku, _) = app.guest().sku(1).await;
        let (person, trade) = app.ordered(&sku).await;
        person.start_payment(&trade).await;
        app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
        assert_eq!(person.trade(&trade).await["state"], "unpaid");
        app.later(6).await;
        assert_eq!(person.trade(&trade).await["state"], "paid");
    }
);

both!(
    async fn the_same_key_orders_once(app) {
        let person = app.shopper().await;
        let (sku, _) = person.sku(2).await;
        let (address, key) = (person.address().await, key());
        let first = person.order(&sku, 1, &address, &key).await;
        let again = person.order(&sku, 1, &address, &key).await;
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.body, again.body);
        assert_eq!(app.stock(&sku).await.1, 1);
        let other = person.order(&sku, 2, &address, &key).await;
        assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
        let total = person.quote(&sku, 3).await;
        let key = crate::support::key();
        let asks = (0..20).map(|_| {
            let (person, sku, address, key) = (person.clone(), sku.clone(), address.clone(), key.clone());
            tokio::spawn(async move { person.order_for(&sku, 3, &address, total, &key).await })
        });
        let mut ids = std::collections::HashSet::new();
        for ask in asks.collect::<Vec<_>>() {
            let answer = ask.await.unwrap();
            assert_eq!(answer.status, 201, "{}", answer.body);
            ids.insert(answer.body["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids.len(), 1);
        assert_eq!(app.stock(&sku).await.1, 4);
    }
);

both!(
    async fn a_cancelled_trade_frees_its_stock_and_cannot_be_paid(app) {
        let (sku, _) = app.guest().sku(3).await;
        let (person, trade) = app.ordered(&sku).await;
        person.start_payment(&trade).await;
        let number = app.out_trade_no(&trade).await;
        let closed = person.cancel(&trade).await;
        assert_eq!((closed.status, closed.body["state"].as_str()), (200, Some("closed")));
        assert_eq!(app.stock(&sku).await.1, 0);
        assert_eq!(person.start_payment(&trade).await.code(), "trade_not_payable");
        assert!(app.sim.pay(MCH, &number).is_err());
        assert_eq!(person.cancel(&trade).await.status, 200);
        app.later(3600).await;
    }
);

both!(
    async fn nobody_sees_what_is_not_theirs(app) {
        let (sku, _) = app.guest().sku(4).await;
        let (owner, trade) = app.ordered(&sku).await;
        let order = owner.trade(&trade).await["orders"][0]["id"].as_str().unwrap().to_owned();
        let stranger = app.shopper().await;
        assert_eq!(stranger.get(&format!("/api/v1/trades/{trade}")).await.status, 404);
        assert_eq!(stranger.get(&format!("/api/v1/orders/{order}")).await.status, 404);
        assert_eq!(stranger.start_payment(&trade).await.status, 404);
        assert_eq!(stranger.cancel(&trade).await.status, 404);
        assert_eq!(stranger.get("/api/v1/orders").await.body["items"], json!([]));
        let address = owner.address().await;
        assert_eq!(stranger.order(&sku, 1, &address, &key()).await.status, 404);
        for path in ["/admin/v1/trades", "/admin/v1/jobs", "/admin/v1/ops/invariants"] {
            assert_eq!(stranger.get(path).await.status, 401, "{path}");
            assert_eq!(app.guest().get(path).await.status, 401, "{path}");
        }
    }
);
