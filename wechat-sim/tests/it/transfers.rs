//! Merchant transfers, confirmed by the user or authorized before.

use std::sync::Arc;

use crate::sealed::{post_sealed, seal, unseal};
use crate::support::{APP, MCHID, NOWHERE, Receiver, Reply, Shop, open, refused, says, shop, shop_with};
use serde_json::{Value, json};
use wechat_sim::{Clock, EntryKind, Settings, Simulator};

pub const BASE: &str = "/v3/fund-app/mch-transfer";
pub const DAY: i64 = 86_400;

impl Shop {
    pub async fn transfer(&self, body: &Value) -> Reply {
        self.call("POST", &format!("{BASE}/transfer-bills"), &body.to_string()).await
    }

    pub async fn post(&self, rest: &str, body: &Value) -> Reply {
        self.call("POST", &format!("{BASE}/{rest}"), &body.to_string()).await
    }

    pub async fn see(&self, rest: &str) -> Reply {
        self.call("GET", &format!("{BASE}/{rest}"), "").await
    }

    pub async fn bill(&self, number: &str) -> Value {
        self.see(&format!("transfer-bills/out-bill-no/{number}")).await.json()
    }

    pub async fn cancel(&self, number: &str) -> Reply {
        self.call("POST", &format!("{BASE}/transfer-bills/out-bill-no/{number}/cancel"), "").await
    }

    pub async fn leave(&self, number: &str) -> Value {
        let rest = format!("user-confirm-authorization/out-authorization-no/{number}");
        self.see(&rest).await.json()
    }
}

pub fn bill(number: &str, amount: i64) -> Value {
    json!({
        "appid": APP, "openid": "oUser", "out_bill_no": number, "transfer_scene_id": "1000",
        "transfer_amount": amount, "transfer_remark": "新会员开通有礼", "notify_url": NOWHERE,
        "user_recv_perception": "现金奖励",
        "transfer_scene_report_infos": [
            {"info_type": "活动名称", "info_content": "新会员有礼"},
            {"info_type": "奖励说明", "info_content": "注册会员抽奖一等奖"},
        ],
    })
}

pub fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

pub fn without(mut body: Value, member: &str) -> Value {
    body.as_object_mut().unwrap().remove(member);
    body
}

#[tokio::test]
async fn a_user_confirms_a_transfer_and_the_shop_hears_of_it() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    let body = with(bill("plfk0001", 100), "notify_url", json!(receiver.url));
    let made = shop.transfer(&body).await;
    let first = made.json();
    assert_eq!((made.status, &first["state"]), (200, &json!("WAIT_USER_CONFIRM")), "{first}");
    assert_eq!(first["out_bill_no"], "plfk0001");
    assert!(first["create_time"].is_string());
    assert_eq!(shop.transfer(&body).await.json(), first);
    let package = first["package_info"].as_str().unwrap();
    let left = shop.control("transfers/confirm", &json!({"package_info": package, "accept": false})).await;
    assert_eq!(left, (200, json!({"errMsg": "requestMerchantTransfer:fail cancel"})));
    assert_eq!(shop.bill("plfk0001").await["state"], "WAIT_USER_CONFIRM");
    let (status, going) = shop.control("transfers/confirm", &json!({"package_info": package})).await;
    assert_eq!((status, &going["state"]), (200, &json!("TRANSFERING")));
    shop.clock.advance_secs(1);
    let done = shop.bill("plfk0001").await;
    assert_eq!(
        done,
        json!({
            "mch_id": MCHID, "out_bill_no": "plfk0001", "transfer_bill_no": first["transfer_bill_no"],
            "appid": APP, "state": "SUCCESS", "transfer_amount": 100, "transfer_remark": "新会员开通有礼",
            "openid": "oUser", "create_time": first["create_time"], "update_time": done["update_time"],
        })
    );
    let id = done["transfer_bill_no"].as_str().unwrap();
    assert_eq!(shop.see(&format!("transfer-bills/transfer-bill-no/{id}")).await.json(), done);
    let came = receiver.wait_for(1).await;
    let envelope: Value = serde_json::from_slice(&came[0].1).unwrap();
    assert_eq!(envelope["event_type"], "MCHTRANSFER.BILL.FINISHED");
    assert_eq!(envelope["resource"]["original_type"], "mch_payment");
    let text: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
    let expected = json!({
        "out_bill_no": "plfk0001", "transfer_bill_no": id, "state": "SUCCESS", "mch_id": MCHID,
        "transfer_amount": 100, "openid": "oUser", "create_time": done["create_time"],
        "update_time": done["update_time"], "payment_method_type": "CFT",
    });
    assert_eq!(text, expected);
    let entry = shop.sim.ledger().remove(0);
    assert_eq!((entry.kind, entry.amount, entry.cash), (EntryKind::Transfer, -100, -100));
    assert_eq!((entry.number.as_str(), entry.platform_number.as_str()), ("plfk0001", id));
    assert_eq!(refused(&shop.transfer(&body).await), says(400, "ALREADY_EXISTS"));
    assert_eq!(shop.sim.ledger().len(), 1);
}

#[tokio::test]
async fn a_number_with_other_parameters_is_refused() {
    let shop = shop().await;
    shop.transfer(&bill("b1", 100)).await;
    assert_eq!(refused(&shop.transfer(&bill("b1", 101)).await), says(400, "INVALID_REQUEST"));
    let pre = without(bill("b1", 100), "user_recv_style");
    let other = shop.post("transfer-bills/pre-transfer-with-authorization", &pre).await;
    assert_eq!(refused(&other), says(400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn transfer_parameters_keep_to_their_rules() {
    let shop = shop().await;
    let info = |kind: &str| json!([{"info_type": kind, "info_content": "x"}]);
    for (pointer, member, value) in [
        ("/out_bill_no", "out_bill_no", json!("b_1")),
        ("/out_bill_no", "out_bill_no", json!("b".repeat(33))),
        ("/transfer_amount", "transfer_amount", json!(9)),
        ("/transfer_amount", "transfer_amount", json!("100")),
        ("/transfer_remark", "transfer_remark", json!("长".repeat(33))),
        ("/notify_url", "notify_url", json!("https://shop.example/n?a=1")),
        ("/transfer_scene_report_infos", "transfer_scene_report_infos", info("活动名称")),
        ("/transfer_scene_report_infos", "transfer_scene_report_infos", info("赔付原因")),
        ("/transfer_scene_report_infos", "transfer_scene_id", json!("1005")),
        ("/user_recv_perception", "user_recv_perception", json!("货款")),
        ("/user_name", "transfer_amount", json!(200_000)),
        ("/user_recv_style/type", "user_recv_style", json!({"type": "PAGE"})),
        ("/sub_mchid", "sub_mchid", json!("19")),
    ] {
        let mut body = bill("b1", 100);
        if pointer.ends_with("infos") && member == "transfer_scene_id" {
            body.as_object_mut().unwrap().remove("user_recv_perception");
        }
        let reply = shop.transfer(&with(body, member, value)).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", pointer));
    }
    let red = with(bill("b1", 20_001), "user_recv_style", json!({"type": "RED_PACKET"}));
    assert_eq!(shop.transfer(&red).await.field(), "/transfer_amount");
    let foreign = with(bill("b1", 100), "appid", json!("wxffffffffffffffff"));
    assert_eq!(shop.transfer(&foreign).await.code(), "APPID_MCHID_NOT_MATCH");
    let other = with(without(bill("b1", 100), "user_recv_perception"), "transfer_scene_id", json!("1009"));
    let other = with(other, "transfer_scene_report_infos", info("采购商品名称"));
    assert_eq!(shop.transfer(&other).await.status, 200);
}

#[tokio::test]
async fn names_are_sealed_and_compared_where_they_are_known() {
    let shop = shop().await;
    let target = format!("{BASE}/transfer-bills");
    let serial = shop.kit.public_key_id.clone();
    let named = |number: &str, amount, name: &str| {
        with(bill(number, amount), "user_name", json!(seal(&shop.kit, name)))
    };
    assert_eq!(
        post_sealed(&shop, &target, &named("b0", 29, "张三"), Some(&serial)).await.field(),
        "/user_name"
    );
    assert_eq!(refused(&shop.transfer(&named("b1", 200_000, "张三")).await), says(400, "PARAM_ERROR"));
    let bad = with(bill("b1", 200_000), "user_name", json!("bm9uc2Vuc2U="));
    assert_eq!(post_sealed(&shop, &target, &bad, Some(&serial)).await.field(), "/user_name");
    let made = post_sealed(&shop, &target, &named("b1", 200_000, "张三"), Some(&serial)).await.json();
    assert_eq!(made["state"], "WAIT_USER_CONFIRM");
    // Sealed once more the name looks different, and is the same.
    assert_eq!(post_sealed(&shop, &target, &named("b1", 200_000, "张三"), Some(&serial)).await.json(), made);
    assert_eq!(post_sealed(&shop, &target, &named("b1", 200_000, "李四"), Some(&serial)).await.status, 400);
    assert_eq!(unseal(&shop.kit, &shop.bill("b1").await["user_name"]), "张三");
    assert_eq!(shop.control("names", &json!({"account": "oUser", "name": "李四"})).await.0, 200);
    let wrong = post_sealed(&shop, &target, &named("b2", 200_000, "张三"), Some(&serial)).await.json();
    assert_eq!((&wrong["state"], &wrong["fail_reason"]), (&json!("FAIL"), &json!("NAME_NOT_CORRECT")));
    let right = post_sealed(&shop, &target, &named("b3", 200_000, "李四"), Some(&serial)).await.json();
    assert_eq!(right["state"], "WAIT_USER_CONFIRM");
}

#[tokio::test]
async fn a_transfer_nobody_confirms_fails_after_a_day() {
    let shop = shop().await;
    shop.transfer(&bill("b1", 100)).await;
    shop.clock.advance_secs(DAY - 1);
    assert_eq!(shop.bill("b1").await["state"], "WAIT_USER_CONFIRM");
    shop.clock.advance_secs(1);
    let late = shop.bill("b1").await;
    assert_eq!((&late["state"], &late["fail_reason"]), (&json!("FAIL"), &json!("OVERDUE_CLOSE")));
    assert_eq!(shop.sim.confirm_transfer(MCHID, "b1", true).unwrap_err().code, "INVALID_REQUEST");
    let sent = shop.sim.notifications();
    assert_eq!((sent.len(), sent[0].event_type.as_str()), (1, "MCHTRANSFER.BILL.FINISHED"));
    assert_eq!(sent[0].content["fail_reason"], "OVERDUE_CLOSE");
    assert_eq!(sent[0].content.get("payment_method_type"), None);
    assert!(shop.sim.ledger().is_empty());
    shop.clock.advance_secs(30 * DAY);
    let old = shop.see("transfer-bills/out-bill-no/b1").await;
    assert_eq!(refused(&old), says(404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_transfer_can_be_cancelled_until_the_user_confirmed() {
    let shop = shop().await;
    shop.transfer(&bill("b1", 100)).await;
    let going = shop.cancel("b1").await;
    assert_eq!((going.status, &going.json()["state"]), (200, &json!("CANCELING")));
    assert!(going.json()["update_time"].is_string() && going.json()["transfer_bill_no"].is_string());
    assert_eq!(shop.sim.confirm_transfer(MCHID, "b1", true).unwrap_err().code, "INVALID_REQUEST");
    shop.clock.advance_secs(1);
    assert_eq!(shop.bill("b1").await["state"], "CANCELLED");
    assert_eq!(shop.cancel("b1").await.json()["state"], "CANCELLED");
    assert_eq!(shop.sim.notifications()[0].content["state"], "CANCELLED");
    shop.transfer(&bill("b2", 100)).await;
    shop.sim.confirm_transfer(MCHID, "b2", true).unwrap();
    assert_eq!(refused(&shop.cancel("b2").await), says(400, "INVALID_REQUEST"));
    assert_eq!(refused(&shop.cancel("b3").await), says(404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_transfer_can_be_made_to_fail() {
    let shop = shop().await;
    assert_eq!(
        shop.control("transfers/fail", &json!({"openid": "oUser", "fail_reason": "NO_SUCH"})).await.0,
        400
    );
    shop.sim.fail_transfers_to("oUser", Some("ACCOUNT_FROZEN")).unwrap();
    let one = json!({"mchid": MCHID, "out_bill_no": "b2", "fail_reason": "TRANSFER_RISK"});
    assert_eq!(shop.control("transfers/fail", &one).await.0, 200);
    for (number, reason) in [("b1", "ACCOUNT_FROZEN"), ("b2", "TRANSFER_RISK")] {
        shop.transfer(&bill(number, 100)).await;
        shop.sim.confirm_transfer(MCHID, number, true).unwrap();
        shop.clock.advance_secs(1);
        let failed = shop.bill(number).await;
        assert_eq!((&failed["state"], &failed["fail_reason"]), (&json!("FAIL"), &json!(reason)));
    }
    assert!(shop.sim.ledger().is_empty());
}

#[tokio::test]
async fn a_balance_can_be_too_low() {
    let shop = shop().await;
    shop.sim.merchant_terms(MCHID, &json!({"balance": 150})).unwrap();
    assert_eq!(shop.transfer(&bill("b1", 100)).await.status, 200);
    assert_eq!(refused(&shop.transfer(&bill("b2", 100)).await), says(403, "NOT_ENOUGH"));
    assert_eq!(shop.see("transfer-bills/out-bill-no/b2").await.status, 404);
    shop.cancel("b1").await;
    shop.clock.advance_secs(1);
    assert_eq!(shop.transfer(&bill("b2", 100)).await.json()["state"], "WAIT_USER_CONFIRM");
    let (_, terms) =
        shop.control("transfers/terms", &json!({"mchid": MCHID, "waits_when_short": true})).await;
    assert_eq!(terms["balance"], 50);
    let stuck = shop.transfer(&bill("b3", 100)).await.json();
    assert_eq!((&stuck["state"], stuck.get("package_info")), (&json!("PROCESSING"), None));
    shop.clock.advance_secs(10);
    assert_eq!(shop.transfer(&bill("b3", 100)).await.json()["state"], "PROCESSING");
    shop.sim.merchant_terms(MCHID, &json!({"balance": 100})).unwrap();
    assert_eq!(shop.transfer(&bill("b3", 100)).await.json()["state"], "WAIT_USER_CONFIRM");
}

#[tokio::test]
async fn a_slow_transfer_shows_every_state() {
    let shop = shop().await;
    let terms = json!({"mchid": MCHID, "slow_transfers": true, "scenes": ["1000"], "max_transfer": 500});
    assert_eq!(shop.control("transfers/terms", &terms).await.0, 200);
    let mut seen = vec![shop.transfer(&bill("b1", 100)).await.json()["state"].clone()];
    for _ in 0..2 {
        shop.clock.advance_secs(1);
        seen.push(shop.bill("b1").await["state"].clone());
    }
    assert_eq!(seen, ["ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM"]);
    assert_eq!(refused(&shop.transfer(&bill("b2", 501)).await), says(400, "INVALID_REQUEST"));
    let other = json!({"info_type": "采购商品名称", "info_content": "书"});
    let body = with(without(bill("b2", 100), "user_recv_perception"), "transfer_scene_id", json!("1009"));
    let reply = shop.transfer(&with(body, "transfer_scene_report_infos", json!([other]))).await;
    assert_eq!(refused(&reply), says(403, "NO_AUTH"));
}

#[tokio::test]
async fn a_receipt_is_made_and_can_be_downloaded() {
    let shop = shop().await;
    let made = shop.transfer(&bill("b1", 100)).await.json();
    let ask = json!({"out_bill_no": "b1"});
    assert_eq!(refused(&shop.post("elecsign/out-bill-no", &ask).await), says(400, "INVALID_REQUEST"));
    shop.sim.confirm_transfer(MCHID, "b1", true).unwrap();
    shop.clock.advance_secs(1);
    assert_eq!(shop.see("elecsign/out-bill-no/b1").await.status, 404);
    assert_eq!(shop.post("elecsign/out-bill-no", &ask).await.json()["state"], "GENERATING");
    shop.clock.advance_secs(10);
    let ready = shop.see("elecsign/out-bill-no/b1").await.json();
    assert_eq!((&ready["state"], &ready["hash_type"]), (&json!("FINISHED"), &json!("SHA256")));
    let id = made["transfer_bill_no"].as_str().unwrap();
    let by_id = json!({"transfer_bill_no": id});
    assert_eq!(shop.post("elecsign/transfer-bill-no", &by_id).await.json()["state"], "FINISHED");
    assert_eq!(shop.see(&format!("elecsign/transfer-bill-no/{id}")).await.json(), ready);
    let url = ready["download_url"].as_str().unwrap();
    let file = shop.call("GET", url.strip_prefix(&shop.sim.base_url()).unwrap(), "").await;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &file.body);
    let hash = ready["hash_value"].as_str().unwrap();
    let byte = |at: usize| u8::from_str_radix(&hash[2 * at..2 * at + 2], 16).unwrap();
    assert_eq!((file.status, digest.as_ref()), (200, &*(0..32).map(byte).collect::<Vec<_>>()));
}

#[tokio::test]
async fn another_merchant_sees_no_transfer() {
    let mut shop = shop().await;
    let made = shop.transfer(&bill("b1", 100)).await.json();
    shop.post("user-confirm-authorization", &crate::authorizations::leave("auth1")).await;
    shop.kit = shop.sim.merchant("1900000002").await;
    let id = made["transfer_bill_no"].as_str().unwrap();
    for rest in [
        "transfer-bills/out-bill-no/b1".to_owned(),
        format!("transfer-bills/transfer-bill-no/{id}"),
        "user-confirm-authorization/out-authorization-no/auth1".to_owned(),
        format!("elecsign/transfer-bill-no/{id}"),
    ] {
        assert_eq!(refused(&shop.see(&rest).await), says(404, "NOT_FOUND"), "{rest}");
    }
    assert_eq!(shop.cancel("b1").await.status, 404);
}

#[tokio::test]
async fn a_restart_keeps_transfers_and_what_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut shop = shop_with(|settings| settings.state_path = Some(path.clone())).await;
    shop.sim.merchant_terms(MCHID, &json!({"balance": 500})).unwrap();
    shop.transfer(&bill("b1", 100)).await;
    shop.transfer(&bill("b2", 100)).await;
    shop.post("user-confirm-authorization", &crate::authorizations::leave("auth1")).await;
    shop.sim.confirm_transfer(MCHID, "b1", true).unwrap();
    shop.sim.shutdown().await;
    let clock = Arc::clone(&shop.clock) as Arc<dyn Clock>;
    let settings = Settings { clock, state_path: Some(path), ..Settings::default() };
    shop.sim = Simulator::start(settings).await.unwrap();
    shop.clock.advance_secs(1);
    assert_eq!(shop.bill("b1").await["state"], "SUCCESS");
    assert_eq!(shop.bill("b2").await["state"], "WAIT_USER_CONFIRM");
    shop.clock.advance_secs(DAY);
    assert_eq!(shop.bill("b2").await["fail_reason"], "OVERDUE_CLOSE");
    assert_eq!(shop.leave("auth1").await["state"], "CLOSED");
    assert_eq!(shop.sim.merchant_terms(MCHID, &json!({})).unwrap()["balance"], 400);
    shop.sim.shutdown().await;
}
