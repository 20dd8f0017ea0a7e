use chrono::NaiveDate;
use serde_json::{Value, json};
use wechat_sdk::pay::complaints_v1::{
    ComplaintStateV1, ListComplaintsV1, QueryComplaintHistoryV1, QueryComplaintV1, SendComplaintFeedback,
};
use wechat_sdk::{Fen, MchId, TransactionId};

use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    let day = |day| NaiveDate::from_ymd_opt(2020, 12, day).unwrap();
    let payment = || TransactionId::new("4200000001202012010000000001").unwrap();
    let mut whole = complaint();
    whole["complaint_handle_state"] = json!("WAIT_MERCHANT_RESPONSE");
    vec![
        pay(
            ListComplaintsV1::new(day(1), day(3))
                .limit(50)
                .offset(1)
                .sub_mchid(MchId::new("1900000002").unwrap()),
            "/v3/merchant-service/complaints?begin_date=2020-12-01&end_date=2020-12-03&limit=50&offset=1&sub_mchid=1900000002",
            Value::Null,
            json!({"data": [complaint()], "limit": 50, "offset": 1, "total_count": 2}),
            |page| {
                assert_eq!((page.limit, page.offset, page.total_count), (Some(50), Some(1), Some(2)));
                assert_eq!(page.data[0].complaint_state, Some(ComplaintStateV1::Frozened));
                assert_eq!(page.data[0].amount, Some(Fen(300)));
            },
        ),
        pay(
            QueryComplaintV1::new(payment()),
            "/v3/merchant-service/complaints/4200000001202012010000000001",
            Value::Null,
            whole,
            |complaint| {
                assert_eq!(complaint.transaction_id.as_str(), "4200000001202012010000000001");
                assert_eq!(complaint.complaint_handle_state.as_deref(), Some("WAIT_MERCHANT_RESPONSE"));
                assert_eq!(complaint.payer_phone.unwrap().as_str(), "sealed");
                assert!(complaint.frozen_end_time.is_some() && complaint.extra.is_empty());
            },
        ),
        pay(
            QueryComplaintHistoryV1::new(payment()),
            "/v3/merchant-service/complaints/4200000001202012010000000001/negotiation-historys",
            Value::Null,
            json!({"complaint_negotiation_history": [{
                "operate_user": "the user",
                "operate_time": "2020-12-01T10:00:00+08:00",
                "operate_type": "USER_CREATE_COMPLAINT",
                "operate_details": "charged twice",
                "image_list": ["https://qpic.example/1"]
            }]}),
            |history| {
                let entry = &history.complaint_negotiation_history[0];
                assert_eq!(entry.operate_type, "USER_CREATE_COMPLAINT");
                assert_eq!(entry.image_list, ["https://qpic.example/1"]);
            },
        ),
        pay(
            SendComplaintFeedback::new(payment(), "we talked")
                .feedback_type(1)
                .feedback_images(vec!["A.png".to_owned()])
                .launch_confirm_process(true),
            "/v3/merchant-service/feedbacks",
            json!({
                "complainted_mchid": "1900000001",
                "transaction_id": "4200000001202012010000000001",
                "feedback_content": "we talked",
                "feedback_type": 1,
                "feedback_images": ["A.png"],
                "launch_confirm_process": true
            }),
            Value::Null,
            |_| (),
        ),
    ]
}

fn complaint() -> Value {
    json!({
        "transaction_id": "4200000001202012010000000001",
        "out_trade_no": "T-20201201",
        "complaint_time": "2020-12-01T09:59:00.5+08:00",
        "amount": 300,
        "payer_phone": "sealed",
        "complaint_detail": "charged twice",
        "complaint_state": "FROZENED",
        "frozen_end_time": "2020-12-04T00:00:00+08:00",
        "sub_mchid": "1900000002"
    })
}
