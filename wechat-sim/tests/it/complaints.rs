//! Complaints as merchants find them, and where they hear of them.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechat_sim::{Clock as _, ComplaintStep};

use crate::sealed::unseal;
use crate::support::{MCHID, NOWHERE, Receiver, Reply, Shop, open, shop, shop_with};

pub const V2: &str = "/v3/merchant-service/complaints-v2";
pub const URL: &str = "/v3/merchant-service/complaint-notifications";
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

pub async fn paid_shop() -> Shop {
    paid(shop().await).await
}

pub async fn paid_shop_with(change: impl FnOnce(&mut wechat_sim::Settings)) -> Shop {
    paid(shop_with(change).await).await
}

async fn paid(shop: Shop) -> Shop {
    shop.prepaid("order-0001", 100, NOWHERE).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
    shop
}

/// A second merchant on the same simulator.
pub async fn stranger(shop: &Shop) -> Shop {
    let (sim, clock, http) = (shop.sim.clone(), std::sync::Arc::clone(&shop.clock), shop.http.clone());
    let kit = sim.merchant("1900000002").await;
    Shop { sim, clock, kit, http }
}

impl Shop {
    /// The number of a new complaint about the paid order.
    pub async fn complained(&self, options: Value) -> String {
        let mut body = options;
        body["mchid"] = json!(MCHID);
        body["out_trade_no"] = json!("order-0001");
        let (status, view) = self.control("complaints", &body).await;
        assert_eq!(status, 200, "{view}");
        view["complaint_id"].as_str().unwrap().to_owned()
    }

    pub async fn get_signed(&self, target: &str) -> Reply {
        self.call("GET", target, "").await
    }

    pub async fn post_signed(&self, target: &str, body: &Value) -> Reply {
        self.call("POST", target, &body.to_string()).await
    }

    pub async fn complaint(&self, id: &str) -> Value {
        self.get_signed(&format!("{V2}/{id}")).await.json()
    }

    /// The kinds of the records, oldest first.
    pub async fn complaint_kinds(&self, id: &str) -> Vec<String> {
        let history = self.get_signed(&format!("{V2}/{id}/negotiation-historys")).await.json();
        let records = history["data"].as_array().unwrap().iter().rev();
        records.map(|record| record["operate_type"].as_str().unwrap().to_owned()).collect()
    }

    /// What notifications told so far, oldest first.
    pub fn complaint_actions(&self) -> Vec<String> {
        let told =
            self.sim.notifications().into_iter().filter(|told| told.event_type.starts_with("COMPLAINT."));
        told.map(|told| told.content["action_type"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn upload_picture(&self, name: &str, sha256: &str, file: &[u8]) -> Reply {
        let meta = json!({"filename": name, "sha256": sha256}).to_string();
        let target = "/v3/merchant-service/images/upload";
        let head = format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{meta}\r\n\
             --xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--xyz--\r\n"].concat();
        let authorization = self.authorization("POST", target, &meta, self.clock_secs());
        let request = self.http.post(format!("{}{target}", self.sim.base_url())).body(body);
        let request = request.header("content-type", "multipart/form-data; boundary=xyz");
        let response = request.header("authorization", authorization).send().await.unwrap();
        Reply::of(response).await.unwrap()
    }

    pub async fn uploaded_picture(&self) -> String {
        let reply = self.upload_picture("a.PNG", &sha256(PNG), PNG).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()["media_id"].as_str().unwrap().to_owned()
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    let pair = |byte: &u8| format!("{byte:02x}");
    digest(&SHA256, bytes).as_ref().iter().map(pair).collect::<Vec<_>>().concat()
}

/// The path of a URL of the simulator.
fn path(shop: &Shop, url: &Value) -> String {
    url.as_str().unwrap().strip_prefix(&shop.sim.base_url()).unwrap().to_owned()
}

fn today(shop: &Shop) -> String {
    day(shop, 0)
}

/// The day so many days before life's, in Beijing.
fn day(shop: &Shop, before: i64) -> String {
    let beijing = shop.clock.now_millis() + 8 * 3_600_000 - before * 86_400_000;
    chrono::DateTime::from_timestamp_millis(beijing).unwrap().format("%Y-%m-%d").to_string()
}

#[tokio::test]
async fn a_complaint_is_listed_and_shown_in_full() {
    let shop = paid_shop().await;
    let id = shop
        .complained(json!({"detail": "袜子破了", "problem_description": "质量问题", "phone": "13800138000",
            "apply_refund_amount": 60, "images": [STANDARD.encode(PNG)], "user_tags": ["TRUSTED"]}))
        .await;
    let detail = shop.complaint(&id).await;
    let transaction_id = shop.sim.order(MCHID, "order-0001").unwrap().transaction_id.unwrap();
    let mut whole = json!({
        "complaint_id": id, "complaint_time": detail["complaint_time"], "complaint_detail": "袜子破了",
        "complaint_state": "PENDING", "complainted_mchid": MCHID, "payer_openid": "oUser",
        "complaint_order_info": [{"transaction_id": transaction_id, "out_trade_no": "order-0001", "amount": 100}],
        "complaint_full_refunded": false, "incoming_user_response": false, "problem_description": "质量问题",
        "problem_type": "REFUND", "user_complaint_times": 1, "user_tag_list": ["TRUSTED"],
        "apply_refund_amount": 60, "in_platform_service": false, "need_immediate_service": false,
        "is_agent_mode": false, "payer_phone": detail["payer_phone"],
        "complaint_media_list": [{"media_type": "USER_COMPLAINT_IMAGE",
            "media_url": detail["complaint_media_list"][0]["media_url"]}],
    });
    assert_eq!(detail, whole);
    assert_eq!(unseal(&shop.kit, &detail["payer_phone"]), "13800138000");
    let image = shop.get_signed(&path(&shop, &detail["complaint_media_list"][0]["media_url"][0])).await;
    assert_eq!((image.status, &image.body[..]), (200, PNG));
    assert_eq!(image.headers["content-type"], "image/png");
    assert!(image.headers.get("wechatpay-signature").is_none());
    let list = shop.get_signed(&format!("{V2}?begin_date={0}&end_date={0}", today(&shop))).await.json();
    whole.as_object_mut().unwrap().remove("payer_openid");
    whole["payer_phone"] = list["data"][0]["payer_phone"].clone();
    assert_eq!(list, json!({"data": [whole], "limit": 10, "offset": 0, "total_count": 1}));
}

#[tokio::test]
async fn lists_come_page_by_page_newest_first() {
    let shop = paid_shop().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = shop.complained(json!({"detail": "坏了"})).await;
        shop.sim.complaint_step(&id, &ComplaintStep::Withdraw {}).unwrap();
        shop.clock.advance_secs(1);
        ids.push(id);
    }
    let target = |query: &str| format!("{V2}?begin_date={}&end_date={}{query}", day(&shop, 30), today(&shop));
    let first = shop.get_signed(&target("&limit=2")).await.json();
    assert_eq!((&first["data"][0]["complaint_id"], &first["total_count"]), (&json!(ids[2]), &json!(3)));
    let second = shop.get_signed(&target("&limit=2&offset=2")).await.json();
    assert_eq!((&second["data"][0]["complaint_id"], second.get("total_count")), (&json!(ids[0]), None));
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert_eq!(shop.get_signed(&target("&offset=9")).await.json()["data"], json!([]));
    let past = format!("{V2}?begin_date={0}&end_date={0}", day(&shop, 3));
    assert_eq!(shop.get_signed(&past).await.json()["data"], json!([]));
    let history = format!("{V2}/{}/negotiation-historys", ids[0]);
    let page = shop.get_signed(&format!("{history}?limit=1&offset=1")).await.json();
    assert_eq!((&page["limit"], &page["offset"], page.get("total_count")), (&json!(1), &json!(1), None));
    assert_eq!(page["data"][0]["operate_type"], "USER_CREATE_COMPLAINT_SYSTEM_MESSAGE");
    assert_eq!(shop.get_signed(&history).await.json()["total_count"], 3);
    assert_eq!(shop.get_signed(&format!("{history}?limit=301")).await.field(), "limit");
}

#[tokio::test]
async fn lists_refuse_what_is_out_of_range() {
    let shop = paid_shop().await;
    let (now, long_ago) = (today(&shop), day(&shop, 31));
    for (query, field) in [
        (format!("end_date={now}"), "begin_date"),
        (format!("begin_date={now}"), "end_date"),
        (format!("begin_date=2026-02-30&end_date={now}"), "begin_date"),
        (format!("begin_date=20260101&end_date={now}"), "begin_date"),
        (format!("begin_date={long_ago}&end_date={now}"), "end_date"),
        (format!("begin_date={now}&end_date={long_ago}"), "end_date"),
        (format!("begin_date={now}&end_date={now}&limit=51"), "limit"),
        (format!("begin_date={now}&end_date={now}&limit=0"), "limit"),
        (format!("begin_date={now}&end_date={now}&offset=-1"), "offset"),
    ] {
        let reply = shop.get_signed(&format!("{V2}?{query}")).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", field), "{query}");
    }
    let other = format!("{V2}?begin_date={now}&end_date={now}&complainted_mchid=1900000002");
    assert_eq!(shop.get_signed(&other).await.code(), "NO_AUTH");
}

#[tokio::test]
async fn other_merchants_see_nothing() {
    let shop = paid_shop().await;
    let id = shop.complained(json!({"detail": "坏了", "images": [STANDARD.encode(PNG)]})).await;
    let image = shop.complaint(&id).await["complaint_media_list"][0]["media_url"][0].clone();
    let other = stranger(&shop).await;
    let list = format!("{V2}?begin_date={0}&end_date={0}", today(&shop));
    assert_eq!(other.get_signed(&list).await.json()["total_count"], 0);
    for target in [format!("{V2}/{id}"), format!("{V2}/{id}/negotiation-historys")] {
        let reply = other.get_signed(&target).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "NO_AUTH"));
    }
    let answer = json!({"complainted_mchid": "1900000002", "response_content": "好"});
    assert_eq!(other.post_signed(&format!("{V2}/{id}/response"), &answer).await.code(), "NO_AUTH");
    let done = json!({"complainted_mchid": MCHID});
    assert_eq!(other.post_signed(&format!("{V2}/{id}/complete"), &done).await.code(), "NO_AUTH");
    assert_eq!(other.get_signed(&path(&shop, &image)).await.status, 400);
    let missing = shop.get_signed(&format!("{V2}/200000020260101000000000000")).await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));
}

#[tokio::test]
async fn the_address_of_notifications_is_kept_until_it_is_deleted() {
    let shop = shop().await;
    let gone = shop.get_signed(URL).await;
    assert_eq!((gone.status, gone.code().as_str()), (400, "RESOURCE_NOT_EXISTS"));
    let body = |url: &str| json!({"url": url});
    let update = shop.call("PUT", URL, &body("https://shop.example/b").to_string()).await;
    assert_eq!(update.code(), "RESOURCE_NOT_EXISTS");
    let made = shop.post_signed(URL, &body("https://shop.example/a")).await;
    assert_eq!((made.status, made.json()), (200, json!({"mchid": MCHID, "url": "https://shop.example/a"})));
    let again = shop.post_signed(URL, &body("https://shop.example/a")).await;
    assert_eq!((again.status, again.code().as_str()), (400, "RESOURCE_ALREADY_EXISTS"));
    let update = shop.call("PUT", URL, &body("https://shop.example/b").to_string()).await;
    assert_eq!(update.json(), json!({"mchid": MCHID, "url": "https://shop.example/b"}));
    assert_eq!(shop.get_signed(URL).await.json(), update.json());
    assert_eq!(stranger(&shop).await.get_signed(URL).await.status, 400);
    assert_eq!(shop.call("DELETE", URL, "").await.status, 204);
    assert_eq!(shop.call("DELETE", URL, "").await.code(), "RESOURCE_NOT_EXISTS");
    for wrong in ["http://shop.example/a", "https://shop.example/a?b=1", ""] {
        assert_eq!(shop.post_signed(URL, &body(wrong)).await.field(), "/url");
    }
    let long = format!("https://shop.example/{}", "a".repeat(235));
    assert_eq!(shop.post_signed(URL, &body(&long)).await.field(), "/url");
}

#[tokio::test]
async fn a_new_complaint_and_its_changes_are_notified() {
    let receiver = Receiver::start(&[]).await;
    let shop = paid_shop().await;
    shop.post_signed(URL, &json!({"url": receiver.url})).await;
    let id = shop.complained(json!({"detail": "坏了"})).await;
    let answer = json!({"complainted_mchid": MCHID, "response_content": "马上处理"});
    assert_eq!(shop.post_signed(&format!("{V2}/{id}/response"), &answer).await.status, 204);
    let came = receiver.wait_for(2).await;
    for (event, action) in
        [("COMPLAINT.CREATE", "CREATE_COMPLAINT"), ("COMPLAINT.STATE_CHANGE", "MERCHANT_RESPONSE")]
    {
        let envelopes = came.iter().map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap());
        let envelope = envelopes.into_iter().find(|envelope| envelope["event_type"] == event).unwrap();
        assert_eq!(envelope["resource"]["original_type"], "complaint");
        let plaintext: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
        assert_eq!(plaintext, json!({"complaint_id": id, "action_type": action}));
    }
}

#[tokio::test]
async fn pictures_are_checked_and_only_shown_ones_are_downloaded() {
    let shop = paid_shop().await;
    let big = [PNG, &vec![0; 2 * 1024 * 1024]].concat();
    for (name, digest, file, field) in [
        ("a.gif", sha256(PNG), PNG, "/filename"),
        ("png", sha256(PNG), PNG, "/filename"),
        ("a.png", sha256(b"other"), PNG, "/sha256"),
        ("a.png", sha256(b"GIF89a"), b"GIF89a", "/file"),
        ("a.png", sha256(b"text"), b"text", "/file"),
        ("a.png", sha256(&big), &big[..], "/file"),
    ] {
        assert_eq!(shop.upload_picture(name, &digest, file).await.field(), field, "{name}");
    }
    let no_form = shop.post_signed("/v3/merchant-service/images/upload", &json!({})).await;
    assert_eq!(no_form.code(), "PARAM_ERROR");
    let media = shop.uploaded_picture().await;
    let direct = shop.get_signed(&format!("/v3/merchant-service/images/{media}")).await;
    assert_eq!((direct.status, direct.code().as_str()), (400, "RESOURCE_NOT_EXISTS"));
    let id = shop.complained(json!({"detail": "坏了"})).await;
    let answer = json!({"complainted_mchid": MCHID, "response_content": "好", "response_images": [media]});
    assert_eq!(shop.post_signed(&format!("{V2}/{id}/response"), &answer).await.status, 204);
    let history = shop.get_signed(&format!("{V2}/{id}/negotiation-historys")).await.json();
    let record = &history["data"][0];
    assert_eq!(record["complaint_media_list"]["media_type"], "OPERATION_IMAGE");
    let shown = shop.get_signed(&path(&shop, &record["complaint_media_list"]["media_url"][0])).await;
    assert_eq!((shown.status, &shown.body[..]), (200, PNG));
}

#[tokio::test]
async fn complaints_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let shop = paid_shop_with(|settings| settings.state_path = Some(file.clone())).await;
    let id = shop.complained(json!({"detail": "坏了", "apply_refund_amount": 60})).await;
    shop.post_signed(&format!("{V2}/{id}/update-refund-progress"), &json!({"action": "APPROVE"})).await;
    let before = shop.complaint(&id).await;
    shop.sim.shutdown().await;
    let again = shop_with(|settings| settings.state_path = Some(file)).await;
    assert_eq!(again.complaint(&id).await, before);
    assert_eq!(again.complaint_kinds(&id).await.len(), 3);
}

#[tokio::test]
async fn the_older_calls_tell_of_the_same_complaints() {
    let shop = paid_shop().await;
    shop.complained(json!({"detail": "坏了", "phone": "13800138000"})).await;
    let transaction_id = shop.sim.order(MCHID, "order-0001").unwrap().transaction_id.unwrap();
    let old = "/v3/merchant-service/complaints";
    let list = shop.get_signed(&format!("{old}?begin_date={0}&end_date={0}", today(&shop))).await.json();
    let item = &list["data"][0];
    assert_eq!((&list["total_count"], &item["complaint_state"]), (&json!(1), &json!("PAYER_COMPLAINTED")));
    assert_eq!(unseal(&shop.kit, &item["payer_phone"]), "13800138000");
    let feedback = json!({"transaction_id": transaction_id, "complainted_mchid": MCHID,
        "feedback_content": "已补发", "launch_confirm_process": true});
    assert_eq!(shop.post_signed("/v3/merchant-service/feedbacks", &feedback).await.status, 204);
    let detail = shop.get_signed(&format!("{old}/{transaction_id}")).await.json();
    assert_eq!(
        (&detail["complaint_handle_state"], &detail["out_trade_no"], &detail["amount"]),
        (&json!("PROCESSED"), &json!("order-0001"), &json!(100))
    );
    let history = shop.get_signed(&format!("{old}/{transaction_id}/negotiation-historys")).await.json();
    let kinds: Vec<&Value> = history["complaint_negotiation_history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| &record["operate_type"])
        .collect();
    assert_eq!(
        kinds,
        [
            "MERCHANT_LAUNCH_CONFIRM_PROCESS",
            "MERCHANT_RESPONSE",
            "CREATE_COMPLAINT_SYSTEM_MESSAGE",
            "USER_CREATE_COMPLAINT"
        ]
    );
    assert_eq!(stranger(&shop).await.get_signed(&format!("{old}/{transaction_id}")).await.status, 404);
}
