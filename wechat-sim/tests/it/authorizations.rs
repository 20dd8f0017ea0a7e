//! Transfers a user authorized before.

use crate::support::{APP, MCHID, NOWHERE, refused, says, shop};
use crate::transfers::{BASE, DAY, bill, with, without};
use serde_json::{Value, json};

pub fn leave(number: &str) -> Value {
    json!({
        "out_authorization_no": number, "appid": APP, "openid": "oUser", "transfer_scene_id": "1000",
        "user_display_name": "用户甲", "authorization_notify_url": NOWHERE, "user_recv_perception": "活动奖励",
        "scene_info": {"client_ip": "127.0.0.1", "device_type": "IOS"},
    })
}

fn authorized(number: &str, authorization: &str) -> Value {
    let body = without(without(bill(number, 100), "openid"), "notify_url");
    with(body, "out_authorization_no", json!(authorization))
}

#[tokio::test]
async fn an_authorized_transfer_needs_no_confirmation() {
    let shop = shop().await;
    let asked = shop.post("user-confirm-authorization", &leave("auth1")).await;
    let first = asked.json();
    assert_eq!((asked.status, &first["state"]), (200, &json!("WAIT_USER_CONFIRM")), "{first}");
    assert!(first["package_info"].is_string() && first["create_time"].is_string());
    assert_eq!(shop.post("user-confirm-authorization", &leave("auth1")).await.json(), first);
    let other = with(leave("auth1"), "user_display_name", json!("用户乙"));
    let other = shop.post("user-confirm-authorization", &other).await;
    assert_eq!(refused(&other), says(400, "INVALID_REQUEST"));
    let early = shop.post("transfer-bills/transfer", &authorized("b1", "auth1")).await;
    assert_eq!(refused(&early), says(403, "NO_AUTH"));
    let answer = json!({"mchid": MCHID, "out_authorization_no": "auth1"});
    let (status, granted) = shop.control("authorizations/confirm", &answer).await;
    assert_eq!((status, &granted["state"]), (200, &json!("TAKING_EFFECT")));
    let sent = shop.sim.notifications().remove(0);
    assert_eq!(sent.event_type, "MCHTRANSFER.AUTHORIZATION.CONFIRMED");
    let expected = json!({
        "out_authorization_no": "auth1", "appid": APP, "openid": "oUser", "user_display_name": "用户甲",
        "authorization_id": granted["authorization_id"], "state": "TAKING_EFFECT",
        "authorize_time": granted["authorize_time"],
    });
    assert_eq!(sent.content, expected);
    assert_eq!(shop.leave("auth1").await, expected);
    let done = shop.post("transfer-bills/transfer", &authorized("b1", "auth1")).await;
    let body = done.json();
    assert_eq!((done.status, &body["state"]), (200, &json!("SUCCESS")), "{body}");
    assert_eq!((&body["mch_id"], &body["openid"]), (&json!(MCHID), &json!("oUser")));
    let by_id = without(authorized("b2", ""), "out_authorization_no");
    assert_eq!(shop.post("transfer-bills/transfer", &by_id).await.field(), "/authorization_id");
    let by_id = with(by_id, "authorization_id", granted["authorization_id"].clone());
    assert_eq!(shop.post("transfer-bills/transfer", &by_id).await.json()["state"], "SUCCESS");
    let told = with(authorized("b3", "auth1"), "notify_url", json!(NOWHERE));
    assert_eq!(shop.post("transfer-bills/transfer", &told).await.field(), "/notify_url");
    let missing = shop.post("transfer-bills/transfer", &authorized("b3", "auth9")).await;
    assert_eq!(refused(&missing), says(404, "NOT_FOUND"));
    assert_eq!(shop.sim.ledger().len(), 2);
}

#[tokio::test]
async fn authorizations_are_closed_by_either_side_or_by_time() {
    let shop = shop().await;
    for number in ["auth1", "auth2", "auth3"] {
        shop.post("user-confirm-authorization", &leave(number)).await;
    }
    for number in ["auth1", "auth2"] {
        shop.sim.confirm_authorization(MCHID, number, true).unwrap();
    }
    let path = "user-confirm-authorization/out-authorization-no";
    let closed = shop.call("POST", &format!("{BASE}/{path}/auth1/close"), "").await.json();
    assert_eq!(
        (&closed["state"], &closed["close_info"]["close_reason"]),
        (&json!("CLOSED"), &json!("CLOSE_VIA_MCH_API"))
    );
    let closing = json!({"mchid": MCHID, "out_authorization_no": "auth2"});
    let (_, closed) = shop.control("authorizations/close", &closing).await;
    assert_eq!(closed["close_info"]["close_reason"], "USER_CLOSE");
    shop.clock.advance_secs(DAY);
    let overdue = shop.leave("auth3").await;
    assert_eq!(overdue["close_info"]["close_reason"], "USER_OVERDUE_UNCONFIRMED");
    let sent: Vec<_> = shop.sim.notifications().into_iter().map(|sent| sent.event_type).collect();
    let confirmed = "MCHTRANSFER.AUTHORIZATION.CONFIRMED";
    assert_eq!(
        sent,
        [confirmed, confirmed, "MCHTRANSFER.AUTHORIZATION.CLOSED", "MCHTRANSFER.AUTHORIZATION.CLOSED"]
    );
    let late = shop.post("transfer-bills/transfer", &authorized("b1", "auth1")).await;
    assert_eq!(refused(&late), says(403, "NO_AUTH"));
    assert_eq!(
        refused(&shop.post("user-confirm-authorization", &leave("auth1")).await),
        says(400, "ALREADY_EXISTS")
    );
    assert_eq!(shop.see(&format!("{path}/auth9")).await.status, 404);
    let shown = shop.see(&format!("{path}/auth3?is_display_authorization=true")).await.json();
    assert_eq!(
        (&shown["transfer_scene_id"], &shown["user_recv_perception"]),
        (&json!("1000"), &json!("活动奖励"))
    );
    let wrong = shop.see(&format!("{path}/auth3?is_display_authorization=1")).await;
    assert_eq!(wrong.field(), "is_display_authorization");
}

#[tokio::test]
async fn a_user_has_five_authorizations_of_one_scene() {
    let shop = shop().await;
    for number in 0..5 {
        assert_eq!(
            shop.post("user-confirm-authorization", &leave(&format!("auth{number}"))).await.status,
            200
        );
    }
    let more = shop.post("user-confirm-authorization", &leave("auth5")).await;
    assert_eq!(refused(&more), says(400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn the_first_transfer_can_ask_for_the_authorization() {
    let shop = shop().await;
    let info = json!({
        "user_display_name": "用户甲", "out_authorization_no": "auth1", "authorization_notify_url": NOWHERE,
    });
    let body = with(bill("b1", 100), "authorization_info", info.clone());
    let made = shop.post("transfer-bills/pre-transfer-with-authorization", &body).await;
    assert_eq!(made.status, 200, "{:?}", made.json());
    assert_eq!(made.json()["out_authorization_no"], "auth1");
    assert_eq!(shop.leave("auth1").await["state"], "WAIT_USER_CONFIRM");
    let package = made.json()["package_info"].clone();
    shop.sim.confirm_transfer_package(package.as_str().unwrap(), true).unwrap();
    shop.clock.advance_secs(1);
    assert_eq!(shop.bill("b1").await["state"], "SUCCESS");
    assert_eq!(shop.leave("auth1").await["state"], "TAKING_EFFECT");
    let again = with(bill("b2", 100), "authorization_info", info);
    let again = shop.post("transfer-bills/pre-transfer-with-authorization", &again).await;
    assert_eq!(refused(&again), says(400, "ALREADY_EXISTS"));
    let plain = shop.post("transfer-bills/pre-transfer-with-authorization", &bill("b2", 100)).await;
    assert_eq!((plain.status, plain.json().get("out_authorization_no")), (200, None));
}
