use chrono::NaiveDate;
use serde_json::{Value, json};
use wechat_sdk::pay::complaints::{
    ComplaintState, CreateComplaintNotification, DeleteComplaintNotification, DownloadComplaintImage,
    ListComplaints, MediaType, ProblemType, QueryComplaint, QueryComplaintNotification, ServiceOrderState,
    UpdateComplaintNotification, UploadComplaintImage, UserTag,
};
use wechat_sdk::{ComplaintId, Fen, MchId, Upload};

use crate::recorder::{Recorder, sealed_for_merchant};
use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    [reading(), notifications(), images()].into_iter().flatten().collect()
}

fn reading() -> Vec<Exercise> {
    let day = |day| NaiveDate::from_ymd_opt(2026, 4, day).unwrap();
    let mut whole = complaint();
    whole["payer_openid"] = json!("oPayer_01");
    vec![
        pay(
            ListComplaints::new(day(1), day(30))
                .limit(20)
                .offset(40)
                .complainted_mchid(MchId::new("1900000001").unwrap()),
            "/v3/merchant-service/complaints-v2?begin_date=2026-04-01&complainted_mchid=1900000001&end_date=2026-04-30&limit=20&offset=40",
            Value::Null,
            json!({"data": [complaint()], "limit": 20, "offset": 40, "total_count": 41}),
            |page| {
                assert_eq!((page.limit, page.offset, page.total_count), (Some(20), Some(40), Some(41)));
                let [complaint] = page.data.as_slice() else { panic!("{page:?}") };
                assert_eq!(complaint.complaint_state, ComplaintState::Processing);
                assert_eq!(complaint.payer_openid, None);
            },
        ),
        pay(
            QueryComplaint::new(ComplaintId::new("200000020260401000000000001").unwrap()),
            "/v3/merchant-service/complaints-v2/200000020260401000000000001",
            Value::Null,
            whole,
            |complaint| {
                assert_eq!(complaint.payer_openid.unwrap().as_str(), "oPayer_01");
                let phone = complaint.payer_phone.unwrap();
                let merchant = Recorder::answering(vec![]).merchant();
                assert_eq!(merchant.unseal(&phone).unwrap().expose(), "13900001111");
                assert_eq!(complaint.complaint_order_info[0].amount, Some(Fen(1990)));
                assert_eq!(complaint.complaint_order_info[0].out_trade_no.as_deref(), Some("T1"));
                assert_eq!(complaint.service_order_info[0].state, Some(ServiceOrderState::WaitPay));
                let [user, both] = complaint.complaint_media_list.as_slice() else { panic!("two entries") };
                assert_eq!(user.media_type, Some(MediaType::UserComplaintImage));
                assert_eq!((user.media_url.len(), both.media_url.len()), (1, 2));
                assert_eq!(complaint.problem_type, Some(ProblemType::Refund));
                assert_eq!(complaint.user_tag_list, [UserTag::Trusted, UserTag::Other("NEW".to_owned())]);
                let info = complaint.additional_info.unwrap().share_power_info.unwrap();
                assert_eq!(info.is_returned_to_same_machine, Some(false));
                assert_eq!(
                    info.return_address_info.unwrap().longitude.as_ref().map(wechat_sdk::Secret::expose),
                    Some("113.94")
                );
                assert_eq!(complaint.user_complaint_times, Some(2));
                assert!(complaint.extra.is_empty());
            },
        ),
    ]
}

fn complaint() -> Value {
    json!({
        "complaint_id": "200000020260401000000000001",
        "complaint_time": "2026-04-01T08:15:30.120+08:00",
        "complaint_detail": "the parcel never came",
        "complaint_state": "PROCESSING",
        "complainted_mchid": "1900000001",
        "payer_phone": sealed_for_merchant("13900001111"),
        "complaint_order_info": [
            {"transaction_id": "4200000001202604010000000001", "out_trade_no": "T1", "amount": 1990}
        ],
        "service_order_info": [{"order_id": "15646546545165651651", "out_order_no": "S-1", "state": "WAITPAY"}],
        "complaint_media_list": [
            {"media_type": "USER_COMPLAINT_IMAGE", "media_url": "https://api.mch.weixin.qq.com/v3/merchant-service/images/a"},
            {"media_type": "OPERATION_IMAGE", "media_url": [
                "https://api.mch.weixin.qq.com/v3/merchant-service/images/b",
                "https://api.mch.weixin.qq.com/v3/merchant-service/images/c"
            ]}
        ],
        "complaint_full_refunded": false,
        "incoming_user_response": true,
        "problem_description": "not delivered",
        "user_complaint_times": 2,
        "problem_type": "REFUND",
        "apply_refund_amount": 1990,
        "user_tag_list": ["TRUSTED", "NEW"],
        "additional_info": {
            "type": "SHARE_POWER_TYPE",
            "share_power_info": {
                "return_time": "2026-04-01T07:00:00+08:00",
                "return_address_info": {
                    "return_address": "station hall", "longitude": "113.94", "latitude": "22.54"
                },
                "is_returned_to_same_machine": false
            }
        },
        "in_platform_service": false,
        "need_immediate_service": true,
        "is_agent_mode": false
    })
}

fn notifications() -> Vec<Exercise> {
    const PATH: &str = "/v3/merchant-service/complaint-notifications";
    let news = "https://shop.example/complaints";
    let body = json!({"url": news});
    let answer = json!({"mchid": "1900000001", "url": news});
    vec![
        pay(CreateComplaintNotification::new(news), PATH, body.clone(), answer.clone(), |set| {
            assert_eq!(set.mchid.unwrap().as_str(), "1900000001");
        }),
        pay(QueryComplaintNotification::new(), PATH, Value::Null, answer.clone(), |set| {
            assert_eq!(set.url, "https://shop.example/complaints");
        }),
        pay(UpdateComplaintNotification::new(news), PATH, body, answer, |set| {
            assert_eq!(set.url, "https://shop.example/complaints");
        }),
        pay(DeleteComplaintNotification::new(), PATH, Value::Null, Value::Null, |_| ()),
    ]
}

fn images() -> Vec<Exercise> {
    let target = "/v3/merchant-service/images/Chsy%2BMAwM%3D%3D";
    let url = "https://api.mch.weixin.qq.com/v3/merchant-service/images/Chsy%2bMAwM%3D=";
    for wrong in [
        "https://qpic.cn/a",
        "/v3/merchant-service/images/",
        "/v3/merchant-service/images/%4",
        "/v3/merchant-service/images/%GG",
        "/v3/merchant-service/images/a/b",
    ] {
        assert!(DownloadComplaintImage::of_url(wrong).is_err(), "{wrong}");
    }
    vec![
        pay(
            UploadComplaintImage::new(Upload::new("parcel.png", vec![137_u8, 80, 78, 71]).unwrap()),
            "/v3/merchant-service/images/upload",
            Value::Null,
            json!({"media_id": "0F1E2D3C.png"}),
            |image| assert_eq!(image.media_id, "0F1E2D3C.png"),
        ),
        pay(DownloadComplaintImage::new("Chsy+MAwM=="), target, Value::Null, json!({"image": 1}), |file| {
            assert_eq!(file.bytes.as_ref(), br#"{"image":1}"#);
        }),
        pay(DownloadComplaintImage::of_url(url).unwrap(), target, Value::Null, json!([1]), |file| {
            assert_eq!((file.content_type, file.bytes.len()), (None, 3));
        }),
    ]
}
