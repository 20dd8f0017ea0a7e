//! A mall in which a bit of everything has happened.

use crate::bought::{Bought, buy, give_back, see_through};
use crate::support::{APP, MCH, Person, TestApp, key};
use jishi::base::{Clock as _, Day, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use wechat_sim::{BillKind, BillTamper, PayOptions};

const DAY: u64 = 86_400;

/// Trades that are unpaid, paid, closed, paid after they were closed; orders that were sent, completed,
/// given back; after-sales of every kind; a bill that shows a difference; pushes. The clock must be new.
pub async fn lived_in(app: &TestApp) {
    let day = Day::of(app.clock.now()).next();
    to(app, day.start().after(Duration::from_hours(12))).await;
    cancelled(app).await;
    returned(app).await;
    let kept = kept(app).await;
    let late = app.ordered(&app.guest().sku(0).await.0).await;
    pay_late(app, &late.0, &late.1).await;
    see_through(app, 3).await;
    reconciled(app, day).await;
    app.later(8 * DAY).await;
    assert_eq!(kept.state().await, "completed");
    assert_eq!(give_back(&app.operator().await, &kept.order, 100, &key()).await.status, 201);
    see_through(app, 1).await;
    under_way(app).await;
    looked_around(app).await;
    let last = buy(app, &[(3, 1)]).await;
    app.later(3600).await;
    // What WeChat pushed late, or had to be tried again, is done too.
    see_through(app, 1).await;
    app.run_jobs().await;
    let (waiting, trade) = app.ordered(&app.guest().sku(0).await.0).await;
    assert_eq!(waiting.start_payment(&trade).await.status, 200);
    unfinished(app, &last).await;
}

async fn to(app: &TestApp, moment: Timestamp) {
    let seconds = (moment.millis() - app.clock.now().millis()) / 1000 + 1;
    app.later(seconds.unsigned_abs()).await;
}

/// An order that is cancelled before it is sent; its goods lie on the shelf again.
async fn cancelled(app: &TestApp) {
    let bought = buy(app, &[(0, 2)]).await;
    let case = bought.asked("cancel", bought.all()).await;
    decide(&bought, &case, "approve", json!({ "restock": true })).await;
}

/// An order of which a piece comes back.
async fn returned(app: &TestApp) {
    let bought = buy(app, &[(1, 2), (5, 1)]).await;
    send(&bought, "75312345678901").await;
    let home = json!({ "name": "退货仓", "phone": "02188886666", "province": "上海市", "city": "上海市",
        "district": "青浦区", "detail": "华新镇仓库三号门" });
    let put = bought.operator.send(Method::PUT, "/admin/v1/return-address", Some(home.to_string()), None);
    assert_eq!(put.await.status, 200);
    let case = bought.asked("return_refund", bought.some(0, 1)).await;
    decide(&bought, &case, "approve", json!({})).await;
    let parcel = json!({ "carrier": "SF", "tracking_no": "SF1" });
    assert_eq!(bought.act(&case, "return-shipment", parcel).await.status, 200);
    decide(&bought, &case, "receive", json!({})).await;
    decide(&bought, &case, "accept", json!({ "restock": true })).await;
}

/// An order whose shopper confirms it; of two complaints one is heard.
async fn kept(app: &TestApp) -> Bought {
    let bought = buy(app, &[(2, 2)]).await;
    send(&bought, "75312345678902").await;
    for (verb, body) in [("approve", json!({})), ("reject", json!({ "reason": "与描述一致" }))] {
        let case = bought.asked("refund_only", bought.some(0, 1)).await;
        decide(&bought, &case, verb, body).await;
    }
    see_through(app, 1).await;
    let confirmed = bought.person.post(&format!("/api/v1/orders/{}/confirm", bought.order), json!({})).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    bought
}

/// An order on its way, and one of which a piece is to be cancelled if an operator agrees.
async fn under_way(app: &TestApp) {
    send(&buy(app, &[(3, 1)]).await, "75312345678903").await;
    let bought = buy(app, &[(4, 2)]).await;
    bought.asked("cancel", bought.some(0, 1)).await;
}

async fn decide(bought: &Bought, case: &str, verb: &str, body: Value) {
    let answer = bought.decide(case, verb, body).await;
    assert_eq!(answer.status, 200, "{verb}: {}", answer.body);
}

async fn send(bought: &Bought, number: &str) {
    let parcel = json!({ "kind": "express", "carrier_code": "ZTO", "tracking_no": number });
    let sent =
        bought.operator.post_once(&format!("/admin/v1/orders/{}/shipments", bought.order), parcel).await;
    assert_eq!(sent.status, 201, "{}", sent.body);
}

async fn pay_late(app: &TestApp, person: &Person, trade: &str) {
    assert_eq!(person.start_payment(trade).await.status, 200);
    let number = app.out_trade_no(trade).await;
    assert_eq!(person.cancel(trade).await.status, 200);
    let late = PayOptions { even_if_closed: true, ..PayOptions::default() };
    app.sim.pay_with(MCH, &number, &late).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
}

/// The day's bills are compared; WeChat's names a fen more than was paid.
async fn reconciled(app: &TestApp, day: Day) {
    to(app, day.next().start().after(Duration::from_hours(10))).await;
    let more = BillTamper::ChangeAmount { line: 1, by: 1 };
    app.sim.tamper_bill(MCH, BillKind::Trade, &day.to_string(), &[more]).unwrap();
    let run = app.operator().await.post(&format!("/admin/v1/bills/{day}/run"), json!({})).await;
    assert_eq!(run.status, 200, "{}", run.body);
}

/// A parcel of which WeChat and its shopper do not know yet, and a push that nobody handled: jobs are
/// there for these, and for none of the others.
async fn unfinished(app: &TestApp, last: &Bought) {
    send(last, "75312345678904").await;
    app.sim.send_event(APP, None, "wxa_media_check", &json!({ "trace_id": "unread" })).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
}

/// Somebody who fills a cart, keeps two addresses, allows messages, and thinks better of an order.
async fn looked_around(app: &TestApp) {
    const OPENID: &str = "oTestShopperWhoLooksAround01";
    let person = app.shopper_as(Some(OPENID)).await;
    let (sku, _) = person.sku(0).await;
    let wanted = json!({ "sku_id": sku, "quantity": 2 });
    assert_eq!(person.post("/api/v1/cart/items", wanted).await.status, 200);
    person.address().await;
    let placed = person.order(&sku, 1, &person.address().await, &key()).await;
    assert_eq!(person.cancel(placed.body["id"].as_str().unwrap()).await.status, 200);
    app.sim.template(APP, "tmpl-paid", "paid", "thing1:{{thing1.DATA}}").unwrap();
    app.sim.subscribe(APP, OPENID, &["tmpl-paid"], "accept").unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
}
