//! WeChat's order shipping management is told of everything that was sent.

use super::{DAY, buy, event, parcel, ship};
use crate::support::{TestApp, both};
use jishi::base::{Clock as _, MerchantId, PaymentId, ProductId};
use jishi::flow::Mall;
use jishi::flow::ship::UploadShipping;
use jishi::flow::shipping_events::ShippingEvent;
use jishi::flow::wechat::{Gateway, Gateways};
use jishi::infra::jobs::Job as _;
use serde_json::{Value, json};
use wechat_sdk::mini::shipping_orders::OrderState;
use wechat_sdk::push::{OrderSettled, RemindShipping};
use wechat_sim::{Effect, Fault};

both!(
    async fn goods_without_a_carrier_are_told_too(app) {
        let operator = app.operator().await;
        for kind in ["local", "virtual", "pickup"] {
            let bought = buy(&app, &[1]).await;
            assert_eq!(ship(&operator, &bought.order, &json!({ "kind": kind })).await.status, 201);
            app.run_jobs().await;
            assert_eq!(bought.at_wechat(&app).await.order_state, OrderState::Shipped, "{kind}");
            assert_eq!(bought.told(&app).await["state"], "uploaded");
        }
    }
);

both!(
    async fn an_upload_whose_answer_is_lost_uses_nothing_up(app) {
        let operator = app.operator().await;
        for does in [
            Effect::Reset { after_work: true },
            Effect::Error { status: 0, code: "-1".to_owned(), after_work: true },
            Effect::Html { status: 502, after_work: true },
        ] {
            let bought = buy(&app, &[1]).await;
            app.sim.fault(Fault { at: "upload_shipping_info".to_owned(), times: Some(1), skip: 0, does });
            assert_eq!(ship(&operator, &bought.order, &parcel("JTSD", "JT0000000001")).await.status, 201);
            app.run_jobs().await;
            app.later(5).await;
            app.later(60).await;
            let told = bought.told(&app).await;
            assert_eq!((told["state"].as_str(), told["reshipped"].as_bool()), (Some("uploaded"), Some(false)));
            let there = bought.at_wechat(&app).await.shipping.unwrap();
            assert_eq!(there.finish_shipping_count, Some(1), "the second shipping is still there");
        }
    }
);

both!(
    async fn of_uploads_at_once_one_goes(app) {
        let bought = buy(&app, &[1]).await;
        assert_eq!(ship(&app.operator().await, &bought.order, &parcel("ZTO", "75312345678901")).await.status, 201);
        let does = Effect::Delay { ms: 500, after_work: false };
        app.sim.fault(Fault { at: "shipping_get_order".to_owned(), times: None, skip: 0, does });
        let payment_id = PaymentId::from_suffix(&app.out_trade_no(&bought.trade).await).unwrap();
        let (tenant_id, trade_id) = (app.tenant, bought.trade.parse().unwrap());
        let runs = (0..3).map(|_| UploadShipping { tenant_id, trade_id, payment_id }.run(&app.mall));
        assert!(futures_util::future::join_all(runs).await.iter().all(Result::is_ok));
        let requests = app.sim.requests().into_iter();
        let uploads = requests.filter(|request| request.target.contains("upload_shipping_info")).count();
        assert_eq!(uploads, 1);
    }
);

both!(
    async fn an_upload_that_wechat_refuses_is_shown_and_can_be_replayed(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let does = Effect::Error { status: 0, code: "10060014".to_owned(), after_work: false };
        app.sim.fault(Fault { at: "upload_shipping_info".to_owned(), times: None, skip: 0, does });
        assert_eq!(ship(&operator, &bought.order, &parcel("EMS", "EA123456789CN")).await.status, 201);
        app.run_jobs().await;
        let failed = operator.get("/admin/v1/wechat-shipping?state=failed").await.body;
        assert_eq!(failed["items"][0]["trade_id"], bought.trade.as_str());
        assert!(failed["items"][0]["last_error"].as_str().unwrap().contains("10060014"));
        let dead = operator.get("/admin/v1/jobs?state=dead&kind=upload_shipping").await.body;
        let dead = dead["items"][0]["id"].as_str().expect("a job that is dead at once").to_owned();
        app.sim.clear_faults();
        assert_eq!(operator.post(&format!("/admin/v1/jobs/{dead}/replay"), json!({})).await.status, 204);
        app.run_jobs().await;
        let told = bought.told(&app).await;
        assert_eq!((told["state"].as_str(), &told["last_error"]), (Some("uploaded"), &Value::Null));
        assert_eq!(bought.at_wechat(&app).await.order_state, OrderState::Shipped);
    }
);

both!(
    async fn a_reminder_uploads_again_or_is_shown(app) {
        let (unsent, sent) = (buy(&app, &[1]).await, buy(&app, &[1]).await);
        let operator = app.operator().await;
        ship(&operator, &sent.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        let asked = || {
            let requests = app.sim.requests().into_iter();
            requests.filter(|request| request.target.contains("/wxa/sec/order/get_order")).count()
        };
        let before = asked();
        for bought in [&unsent, &sent] {
            let number = bought.transaction(&app).await;
            let told: RemindShipping =
                serde_json::from_value(json!({ "transaction_id": number.as_str(), "msg": "…" })).unwrap();
            event(&app, ShippingEvent::RemindShipping(told)).await;
        }
        let strange = PaymentId::fresh(jishi::base::Timestamp::from_millis(1_700_000_000_000)).suffix();
        let told: RemindShipping = serde_json::from_value(json!({ "merchant_trade_no": strange })).unwrap();
        event(&app, ShippingEvent::RemindShipping(told)).await;
        event(&app, ShippingEvent::RemindAccess).await;
        app.run_jobs().await;
        let shown = unsent.told(&app).await;
        assert!(shown["reminded_at"].is_string() && shown["last_error"].is_string(), "{shown}");
        assert_eq!(sent.told(&app).await["state"], "uploaded");
        assert_eq!(asked(), before + 1, "what WeChat knows is asked again");
    }
);

/// The same mall, of a tenant outside WeChat's shipping management.
fn unmanaged(app: &TestApp) -> Mall {
    let door = app.mall.gateways.of(app.tenant).unwrap();
    let gateway = Gateway {
        tenant_id: door.tenant_id,
        slug: door.slug.clone(),
        name: door.name.clone(),
        app_id: door.app_id.clone(),
        mch_id: door.mch_id.clone(),
        mini: door.mini.clone(),
        merchant: door.merchant.clone(),
        push: None,
        shipping_management: false,
        callback_url: door.callback_url.clone(),
    };
    Mall { gateways: Gateways::new(vec![gateway]), ..app.mall.clone() }
}

both!(
    async fn a_mini_program_outside_the_management_uploads_nothing(app) {
        let bought = buy(&app, &[1]).await;
        ship(&app.operator().await, &bought.order, &parcel("ZTO", "75312345678901")).await;
        let payment = app.out_trade_no(&bought.trade).await;
        let job = UploadShipping {
            tenant_id: app.tenant,
            payment_id: PaymentId::from_suffix(&payment).unwrap(),
            trade_id: bought.trade.parse().unwrap(),
        };
        job.run(&unmanaged(&app)).await.unwrap();
        assert_eq!(bought.told(&app).await["state"], "needless");
        assert_eq!(bought.at_wechat(&app).await.order_state, OrderState::ToShip);
    }
);

both!(
    async fn a_payment_that_wechat_does_not_show_yet_is_told_later(app) {
        let bought = buy(&app, &[1]).await;
        let does = Effect::Error { status: 0, code: "10060001".to_owned(), after_work: false };
        app.sim.fault(Fault { at: "shipping_get_order".to_owned(), times: Some(2), skip: 0, does });
        ship(&app.operator().await, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        assert_eq!(bought.told(&app).await["state"], "waiting", "it is no failure");
        app.later(5).await;
        app.later(5).await;
        assert_eq!(bought.told(&app).await["state"], "uploaded");
    }
);

/// Another merchant sells the second article.
async fn two_merchants(app: &TestApp) {
    let products = app.guest().get("/api/v1/products?limit=100").await.body;
    let product: ProductId = products["items"][1]["id"].as_str().unwrap().parse().unwrap();
    let merchant = MerchantId::fresh(app.clock.now());
    let mut tx = app.mall.core.db.begin().await.unwrap();
    tx.query("insert into merchant (tenant_id, id, name, created_at) values ($1, $2, '另一家', $3)")
        .bind(app.tenant)
        .bind(merchant)
        .bind(app.clock.now())
        .execute()
        .await
        .unwrap();
    tx.query("update product set merchant_id = $2 where tenant_id = $1 and id = $3")
        .bind(app.tenant)
        .bind(merchant)
        .bind(product)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn orders_of_two_merchants_are_one_to_wechat(app) {
        two_merchants(&app).await;
        let bought = buy(&app, &[1, 1]).await;
        let operator = app.operator().await;
        let orders = bought.person.trade(&bought.trade).await["orders"].clone();
        let orders: Vec<_> = orders.as_array().unwrap().iter().map(|order| order["id"].as_str().unwrap()).collect();
        assert_eq!(orders.len(), 2);
        ship(&operator, orders[1], &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        assert_eq!(bought.told(&app).await["state"], "partial");
        assert_eq!(bought.at_wechat(&app).await.order_state, OrderState::ToShip);
        app.later(3600).await;
        ship(&app.operator().await, orders[0], &parcel("YTO", "YT0000000001")).await;
        app.run_jobs().await;
        assert_eq!(bought.told(&app).await["state"], "uploaded");
        let there = bought.at_wechat(&app).await;
        assert_eq!((there.order_state, there.shipping.unwrap().shipping_list.len()), (OrderState::Shipped, 2));
        // WeChat would tell of the receipt before.
        app.sim.pause_delivery();
        app.later(7 * DAY - 1800).await;
        app.later(3600).await;
        let requests = app.sim.requests().into_iter();
        let asked = requests.filter(|request| request.target.contains("notify_confirm_receive")).count();
        assert_eq!(asked, 1, "WeChat asks the shopper once for a payment");
    }
);

both!(
    async fn a_receipt_says_nothing_of_what_is_sent_after_it(app) {
        two_merchants(&app).await;
        let bought = buy(&app, &[1, 1]).await;
        let operator = app.operator().await;
        let orders = bought.person.trade(&bought.trade).await["orders"].clone();
        let [first, second] = [0, 1].map(|place| orders[place]["id"].as_str().unwrap().to_owned());
        let state = async |order: &str| bought.person.get(&format!("/api/v1/orders/{order}")).await.body["state"].clone();
        let received = async || {
            let number = app.out_trade_no(&bought.trade).await;
            let told = json!({ "merchant_trade_no": number, "confirm_receive_method": 1 });
            let told: OrderSettled = serde_json::from_value(told).unwrap();
            event(&app, ShippingEvent::Settled(told)).await;
        };
        ship(&operator, &first, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        received().await;
        assert_eq!((state(&first).await, state(&second).await), (json!("received"), json!("paid")));
        ship(&operator, &second, &parcel("YTO", "YT0000000001")).await;
        app.run_jobs().await;
        received().await;
        assert_eq!(state(&second).await, "shipped");
        assert_eq!(bought.told(&app).await["state"], "confirmed");
        let mine = bought.person.post(&format!("/api/v1/orders/{second}/confirm"), json!({})).await;
        assert_eq!(mine.body["state"], "received", "{}", mine.body);
    }
);
