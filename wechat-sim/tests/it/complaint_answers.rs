//! How complaints go on: what merchants answer, and what the other side does.

use serde_json::{Value, json};
use wechat_sim::{ComplaintState, ComplaintStep};

use crate::complaints::{URL, V2, paid_shop, paid_shop_with};
use crate::support::{MCHID, NOWHERE, Reply, Shop, refund};

async fn respond(shop: &Shop, id: &str, body: &Value) -> Reply {
    shop.post_signed(&format!("{V2}/{id}/response"), body).await
}

async fn complete(shop: &Shop, id: &str) -> Reply {
    shop.post_signed(&format!("{V2}/{id}/complete"), &json!({"complainted_mchid": MCHID})).await
}

async fn decide(shop: &Shop, id: &str, body: &Value) -> Reply {
    shop.post_signed(&format!("{V2}/{id}/update-refund-progress"), body).await
}

fn answer() -> Value {
    json!({"complainted_mchid": MCHID, "response_content": "马上处理"})
}

async fn state(shop: &Shop, id: &str) -> Value {
    shop.complaint(id).await["complaint_state"].clone()
}

/// A shop that is told about complaints.
async fn told_shop() -> Shop {
    let shop = paid_shop().await;
    assert_eq!(shop.post_signed(URL, &json!({"url": NOWHERE})).await.status, 200);
    shop
}

#[tokio::test]
async fn a_first_answer_takes_a_complaint_up_and_completing_ends_it() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    assert_eq!(respond(&shop, &id, &answer()).await.status, 204);
    assert_eq!(state(&shop, &id).await, "PROCESSING");
    assert_eq!(complete(&shop, &id).await.status, 204);
    assert_eq!(state(&shop, &id).await, "PROCESSED");
    let again = complete(&shop, &id).await;
    assert_eq!((again.status, again.code().as_str()), (400, "INVALID_REQUEST"));
    assert_eq!(
        shop.complaint_actions(),
        ["CREATE_COMPLAINT", "MERCHANT_RESPONSE", "MERCHANT_CONFIRM_COMPLETE"]
    );
    let history = shop.get_signed(&format!("{V2}/{id}/negotiation-historys")).await.json();
    let record = &history["data"][1];
    assert_eq!(
        *record,
        json!({"log_id": record["log_id"], "operator": "商户", "operate_time": record["operate_time"],
            "operate_type": "MERCHANT_RESPONSE", "operate_details": "马上处理"})
    );
}

#[tokio::test]
async fn completing_may_need_an_answer_first() {
    let shop = paid_shop_with(|settings| settings.complaint_answer_first = true).await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    assert_eq!(complete(&shop, &id).await.code(), "INVALID_REQUEST");
    respond(&shop, &id, &answer()).await;
    assert_eq!(complete(&shop, &id).await.status, 204);
    let lenient = paid_shop().await;
    let id = lenient.complained(json!({"detail": "坏了"})).await;
    assert_eq!(complete(&lenient, &id).await.status, 204);
}

#[tokio::test]
async fn answers_keep_to_their_limits() {
    let shop = paid_shop().await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    let media = shop.uploaded_picture().await;
    for (member, value, field) in [
        ("response_content", json!("长".repeat(501)), "/response_content"),
        ("response_content", json!(""), "/response_content"),
        ("response_images", json!([media, media, media, media, media]), "/response_images"),
        ("response_images", json!([media, "nobody.png"]), "/response_images/1"),
        ("jump_url", json!("https://shop.example/a"), "/jump_url_text"),
        ("jump_url", json!("http://shop.example/a"), "/jump_url"),
        ("jump_url_text", json!("看看"), "/jump_url_text"),
        ("jump_url_text", json!("长".repeat(11)), "/jump_url_text"),
        ("mini_program_jump_info", json!({"appid": "wx1", "path": "p"}), "/mini_program_jump_info/text"),
        ("extra", json!(1), "/extra"),
    ] {
        let mut body = answer();
        body[member] = value;
        let reply = respond(&shop, &id, &body).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", field));
    }
    assert_eq!(shop.complaint_kinds(&id).await.len(), 2);
    let mut other = answer();
    other["complainted_mchid"] = json!("1900000002");
    assert_eq!(respond(&shop, &id, &other).await.code(), "NO_AUTH");
    assert_eq!(respond(&shop, "200", &answer()).await.status, 404);
    let mut whole = answer();
    whole["response_content"] = json!("长".repeat(500));
    whole["response_images"] = json!([media, media, media, media]);
    whole["mini_program_jump_info"] = json!({"appid": "wx1", "path": "pages/a", "text": "看看"});
    assert_eq!(respond(&shop, &id, &whole).await.status, 204);
}

#[tokio::test]
async fn links_need_a_permission() {
    let mut body = answer();
    body["jump_url"] = json!("https://shop.example/a");
    body["jump_url_text"] = json!("查看进度");
    let shop = paid_shop().await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    let refused = respond(&shop, &id, &body).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "NO_AUTH"));
    let shop = paid_shop_with(|settings| settings.complaint_links = true).await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    assert_eq!(respond(&shop, &id, &body).await.status, 204);
}

#[tokio::test]
async fn a_refused_refund_ends_the_complaint() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了", "type": "REFUND"})).await;
    assert_eq!(shop.complaint(&id).await["apply_refund_amount"], 100);
    let media = shop.uploaded_picture().await;
    for (member, value, field) in [
        ("action", json!("MAYBE"), "/action"),
        ("launch_refund_day", json!(-1), "/launch_refund_day"),
        ("reject_reason", json!("长".repeat(201)), "/reject_reason"),
        ("reject_media_list", json!(["nobody.png"]), "/reject_media_list/0"),
        ("reject_media_list", json!([media, media, media, media, media]), "/reject_media_list"),
        ("remark", json!("长".repeat(201)), "/remark"),
    ] {
        let mut body = json!({"action": "REJECT"});
        body[member] = value;
        assert_eq!(decide(&shop, &id, &body).await.field(), field);
    }
    let no = json!({"action": "REJECT", "reject_reason": "超过七天", "reject_media_list": [media]});
    assert_eq!(decide(&shop, &id, &no).await.status, 204);
    assert_eq!(state(&shop, &id).await, "PROCESSED");
    let again = decide(&shop, &id, &no).await;
    assert_eq!((again.status, again.code().as_str()), (400, "INVALID_REQUEST"));
    assert_eq!(shop.complaint_actions(), ["CREATE_COMPLAINT", "MERCHANT_REJECT_REFUND"]);
    assert_eq!(shop.complaint_kinds(&id).await.last().unwrap(), "MERCHANT_REFUSE_RERUND");
}

#[tokio::test]
async fn a_granted_refund_ends_the_complaint_when_the_money_has_come() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了", "apply_refund_amount": 60})).await;
    let yes = json!({"action": "APPROVE", "launch_refund_day": 0, "remark": "同意"});
    assert_eq!(decide(&shop, &id, &yes).await.status, 204);
    assert_eq!(state(&shop, &id).await, "PROCESSING");
    assert!(shop.sim.refunds().is_empty());
    assert_eq!(decide(&shop, &id, &yes).await.code(), "INVALID_REQUEST");
    assert_eq!(shop.refund(&refund("order-0001", "r1", 60, 100)).await.status, 200);
    assert_eq!(state(&shop, &id).await, "PROCESSING");
    shop.clock.advance_secs(1);
    assert_eq!(state(&shop, &id).await, "PROCESSED");
    assert_eq!(shop.complaint(&id).await["complaint_full_refunded"], false);
    assert_eq!(shop.complaint_actions(), ["CREATE_COMPLAINT", "MERCHANT_APPROVE_REFUND", "REFUND_SUCCESS"]);
    let end = ["COMPLAINT_PARTIAL_REFUNDED_SYSTEM_MESSAGE", "COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE"];
    assert_eq!(shop.complaint_kinds(&id).await[3..], end);
}

#[tokio::test]
async fn a_full_refund_is_told_but_ends_only_what_asked_for_money() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    assert_eq!(decide(&shop, &id, &json!({"action": "APPROVE"})).await.code(), "INVALID_REQUEST");
    shop.refund(&refund("order-0001", "r1", 100, 100)).await;
    shop.clock.advance_secs(1);
    let detail = shop.complaint(&id).await;
    assert_eq!(
        (&detail["complaint_full_refunded"], &detail["complaint_state"]),
        (&json!(true), &json!("PENDING"))
    );
    assert_eq!(shop.complaint_actions(), ["CREATE_COMPLAINT", "SELLER_REFUND"]);
    let refused = shop.sim.complaint_step(&id, &ComplaintStep::RefundDone {});
    assert_eq!(refused.unwrap_err().code, "INVALID_REQUEST");
}

#[tokio::test]
async fn a_full_refund_ends_what_asked_for_money_also_without_a_decision() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了", "apply_refund_amount": 60})).await;
    shop.refund(&refund("order-0001", "r1", 40, 100)).await;
    shop.clock.advance_secs(1);
    assert_eq!(state(&shop, &id).await, "PENDING");
    shop.refund(&refund("order-0001", "r2", 60, 100)).await;
    shop.clock.advance_secs(1);
    assert_eq!(state(&shop, &id).await, "PROCESSED");
    assert_eq!(shop.complaint_actions(), ["CREATE_COMPLAINT", "SELLER_REFUND", "REFUND_SUCCESS"]);
    assert_eq!(decide(&shop, &id, &json!({"action": "APPROVE"})).await.code(), "INVALID_REQUEST");
}

#[tokio::test]
async fn shoppers_and_the_platform_write_too() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    let step = |name: &'static str, body: Value| {
        let path = format!("complaints/{id}/{name}");
        let shop = &shop;
        async move { shop.control(&path, &body).await.0 }
    };
    assert_eq!(step("reply", json!({"text": "人呢", "images": ["no base64"]})).await, 400);
    assert_eq!(step("reply", json!({"text": "人呢"})).await, 200);
    assert_eq!(shop.complaint(&id).await["incoming_user_response"], true);
    respond(&shop, &id, &answer()).await;
    assert_eq!(shop.complaint(&id).await["incoming_user_response"], false);
    assert_eq!(step("finish_platform", json!({})).await, 400);
    assert_eq!(step("ask_platform", json!({"reason": "商户不处理", "text": "请帮忙"})).await, 200);
    assert_eq!(shop.complaint(&id).await["in_platform_service"], true);
    let history = shop.get_signed(&format!("{V2}/{id}/negotiation-historys?limit=1")).await.json();
    assert_eq!(history["data"][0]["user_appy_platform_service_reason"], "商户不处理");
    assert_eq!(step("platform_reply", json!({"text": "已联系"})).await, 200);
    assert_eq!(step("finish_platform", json!({})).await, 200);
    assert_eq!(step("ask_platform", json!({})).await, 200);
    assert_eq!(step("cancel_platform", json!({})).await, 200);
    assert_eq!(step("continue", json!({"text": "又坏了"})).await, 400);
    assert_eq!(step("dance", json!({})).await, 400);
    assert_eq!(step("withdraw", json!(["no object"])).await, 400);
    complete(&shop, &id).await;
    assert_eq!(step("continue", json!({"text": "又坏了"})).await, 200);
    let detail = shop.complaint(&id).await;
    assert_eq!((&detail["user_complaint_times"], &detail["complaint_state"]), (&json!(2), &json!("PENDING")));
    let actions = [
        "CREATE_COMPLAINT",
        "USER_RESPONSE",
        "MERCHANT_RESPONSE",
        "USER_APPLY_PLATFORM_SERVICE",
        "RESPONSE_BY_PLATFORM",
        "PLATFORM_SERVICE_FINISHED",
        "USER_APPLY_PLATFORM_SERVICE",
        "USER_CANCEL_PLATFORM_SERVICE",
        "MERCHANT_CONFIRM_COMPLETE",
        "CONTINUE_COMPLAINT",
    ];
    assert_eq!(shop.complaint_actions(), actions);
}

#[tokio::test]
async fn a_withdrawn_complaint_is_over_and_makes_room_for_another() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    let second = json!({"mchid": MCHID, "out_trade_no": "order-0001", "detail": "还是坏的"});
    assert_eq!(shop.control("complaints", &second).await.0, 400);
    assert_eq!(shop.control(&format!("complaints/{id}/withdraw"), &json!({})).await.0, 200);
    assert_eq!(state(&shop, &id).await, "PROCESSED");
    assert_eq!(shop.complaint_kinds(&id).await.last().unwrap(), "USER_REVOKE_COMPLAINT");
    assert_eq!(shop.complaint_actions(), ["CREATE_COMPLAINT"]);
    assert_eq!(shop.control("complaints", &second).await.0, 200);
    let states: Vec<_> = shop.sim.complaints().into_iter().map(|complaint| complaint.state).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&ComplaintState::Pending) && states.contains(&ComplaintState::Processed));
}

#[tokio::test]
async fn only_paid_orders_can_be_complained_of_and_the_sum_has_to_fit() {
    let shop = paid_shop().await;
    shop.prepaid("order-0002", 100, NOWHERE).await;
    for (body, status) in [
        (json!({"mchid": MCHID, "out_trade_no": "order-0002", "detail": "x"}), 400),
        (json!({"mchid": MCHID, "out_trade_no": "order-0003", "detail": "x"}), 404),
        (json!({"transaction_id": "4200", "detail": "x"}), 404),
        (json!({"out_trade_no": "order-0001", "detail": "x"}), 400),
        (json!({"mchid": MCHID, "out_trade_no": "order-0001"}), 400),
        (
            json!({"mchid": MCHID, "out_trade_no": "order-0001", "detail": "x", "apply_refund_amount": 101}),
            400,
        ),
        (
            json!({"mchid": MCHID, "out_trade_no": "order-0001", "detail": "x", "type": "OTHERS",
            "apply_refund_amount": 1}),
            400,
        ),
    ] {
        assert_eq!(shop.control("complaints", &body).await.0, status, "{body}");
    }
}

#[tokio::test]
async fn urgent_complaints_are_answered_in_blocks_and_once() {
    let shop = told_shop().await;
    let id = shop.complained(json!({"detail": "坏了", "need_immediate_service": true})).await;
    let target = format!("{V2}/{id}/response-immediate-service");
    let media = shop.uploaded_picture().await;
    let body = |once: &str, blocks: Value| {
        json!({"complainted_mchid": MCHID, "idempotent_id": once,
            "message": {"blocks": blocks, "sender_identity": "MANUAL"}})
    };
    let block = |kind: &str| json!([{"type": kind}]);
    for (wrong, field) in [
        (body("a", block("TEXT")), "/message/blocks/0/text"),
        (body("a", block("BUTTON_GROUP")), "/message/blocks/0/button_group"),
        (body("a", block("VIDEO")), "/message/blocks/0/type"),
        (
            body("a", json!([{"type": "IMAGE", "image": {"media_id": "x"}}])),
            "/message/blocks/0/image/media_id",
        ),
        (body("", json!([])), "/idempotent_id"),
        (body(&"a".repeat(129), json!([])), "/idempotent_id"),
    ] {
        assert_eq!(shop.post_signed(&target, &wrong).await.field(), field);
    }
    let blocks = json!([{"type": "TEXT", "text": {"text": "您好", "is_bold": true}},
        {"type": "IMAGE", "image": {"media_id": media}}]);
    let first = shop.post_signed(&target, &body("once", blocks.clone())).await;
    let log_id = first.json()["log_id"].clone();
    assert_eq!((first.status, first.json()), (200, json!({"log_id": log_id})));
    assert_eq!(shop.post_signed(&target, &body("once", blocks)).await.json()["log_id"], log_id);
    assert_eq!(state(&shop, &id).await, "PROCESSING");
    let history = shop.get_signed(&format!("{V2}/{id}/negotiation-historys")).await.json();
    assert_eq!((&history["total_count"], &history["data"][0]["log_id"]), (&json!(3), &log_id));
    let message = &history["data"][0]["normal_message"];
    assert_eq!(
        (&message["blocks"][0]["text"]["text"], &message["sender_identity"]),
        (&json!("您好"), &json!("MANUAL"))
    );
    assert_eq!(shop.complaint_actions(), ["CREATE_COMPLAINT", "MERCHANT_RESPONSE"]);
}

#[tokio::test]
async fn calm_complaints_are_not_answered_in_blocks() {
    let shop = paid_shop().await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    let body = json!({"complainted_mchid": MCHID, "idempotent_id": "a", "message": {}});
    let refused = shop.post_signed(&format!("{V2}/{id}/response-immediate-service"), &body).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "INVALID_REQUEST"));
}
