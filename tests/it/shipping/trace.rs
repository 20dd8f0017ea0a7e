//! Where parcels are.

use super::{buy, parcel, ship};
use crate::support::both;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use wechat_sim::{Effect, Fault};

both!(
    async fn a_parcel_is_followed_until_it_is_signed_for(app) {
        let mut bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let sent = ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await.body;
        app.run_jobs().await;
        let path = format!("/admin/v1/shipments/{}/nodes", sent["id"].as_str().unwrap());
        app.clock.advance(Duration::from_mins(1));
        let node = json!({ "text": "已交给快递员", "at": jishi::base::Clock::now(&app.clock) });
        for _ in 0..2 {
            assert_eq!(operator.post(&path, node.clone()).await.status, 200);
        }
        let future = json!({ "text": "x", "at": "2999-01-01T00:00:00Z" });
        assert_eq!(operator.post(&path, future).await.status, 422);
        app.sim.move_waybill("75312345678901", 2).unwrap();
        app.clock.advance(Duration::from_secs(1));
        let seen = bought.shipments().await;
        assert_eq!(seen[0]["state"], "in_transit", "the shopper's look brings the news");
        let texts: Vec<_> = seen[0]["trace"].as_array().unwrap().iter().map(|node| &node["text"]).collect();
        assert_eq!(texts, ["运输中", "已交给快递员"]);
        app.sim.move_waybill("75312345678901", 3).unwrap();
        assert_eq!(bought.shipments().await[0]["state"], "in_transit", "at most every ten minutes");
        app.clock.advance(Duration::from_secs(601));
        let path = format!("/api/v1/orders/{}/shipments", bought.order);
        let english = bought.person.get_in("en", &path).await;
        assert_eq!(english["items"][0]["state_text"], "Out for delivery");
        app.sim.move_waybill("75312345678901", 4).unwrap();
        app.later(5 * 3600).await;
        bought.log_in(&app).await;
        assert_eq!(bought.shipments().await[0]["state"], "signed");
        app.later(5 * 3600).await;
        let jobs = app.operator().await.get("/admin/v1/jobs?kind=refresh_trace&state=ready").await.body;
        assert_eq!(jobs["items"], json!([]), "nobody asks any more");
    }
);

both!(
    async fn a_trace_that_does_not_come_is_nobodys_error(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        let does = Effect::Error { status: 0, code: "9300559".to_owned(), after_work: false };
        app.sim.fault(Fault { at: "trace_waybill".to_owned(), times: None, skip: 0, does });
        assert_eq!(bought.shipments().await.len(), 1);
        app.later(5 * 3600).await;
        let jobs = app.operator().await.get("/admin/v1/jobs?kind=refresh_trace").await.body;
        assert_eq!((jobs["items"][0]["state"].as_str(), &jobs["items"][0]["last_error"]), (Some("ready"), &Value::Null));
    }
);

both!(
    async fn news_are_kept_for_a_shopper_who_does_not_wait_for_them(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        ship(&operator, &bought.order, &parcel("ZTO", "75312345678901")).await;
        app.run_jobs().await;
        app.sim.move_waybill("75312345678901", 2).unwrap();
        app.sim.fault(Fault::delay("query_trace", Duration::from_secs(1)));
        let path = format!("/api/v1/orders/{}/shipments", bought.order);
        let look = bought.person.request(Method::GET, &path).timeout(Duration::from_millis(400));
        assert!(look.send().await.unwrap_err().is_timeout());
        // Nobody asks again for ten minutes: these can only be the news that were asked for.
        let mut state = Value::Null;
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            state = bought.shipments().await[0]["state"].clone();
            if state == "in_transit" {
                break;
            }
        }
        assert_eq!(state, "in_transit");
    }
);
