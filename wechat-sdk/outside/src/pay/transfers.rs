use serde_json::{Value, json};
use wechat_sdk::pay::transfers::{
    CancelTransfer, CreateTransfer, QueryTransfer, QueryTransferByBillNo, ReceiveStyle, SceneReport,
    TransferOrder, TransferState,
};
use wechat_sdk::{AppId, Fen, OpenId, OutBillNo};

use crate::{Exercise, pay};

/// With every member.
pub(super) fn order(number: &str) -> TransferOrder {
    let app = AppId::new("wx1234567890abcdef").unwrap();
    let reports = [SceneReport::new("岗位类型", "外卖员"), SceneReport::new("报酬说明", "三月配送")];
    TransferOrder::new(app, bill(number), "1005", Fen(230_050), "March 🎉", reports)
        .user_name("李雷")
        .notify_url("https://shop.example/transfers")
        .user_recv_perception("劳务报酬")
}

/// What [`order`] must look like.
pub(super) fn order_json(number: &str) -> Value {
    json!({
        "appid": "wx1234567890abcdef",
        "out_bill_no": number,
        "transfer_scene_id": "1005",
        "transfer_amount": 230_050,
        "transfer_remark": "March ",
        "transfer_scene_report_infos": [
            {"info_type": "岗位类型", "info_content": "外卖员"},
            {"info_type": "报酬说明", "info_content": "三月配送"},
        ],
        "user_name": "🔒李雷",
        "notify_url": "https://shop.example/transfers",
        "user_recv_perception": "劳务报酬",
    })
}

/// A transfer as it is told.
pub(super) fn transfer_json(number: &str, state: &str) -> Value {
    json!({
        "mch_id": "1900000001",
        "out_bill_no": number,
        "transfer_bill_no": "1330000000000000012026030400000007",
        "appid": "wx1234567890abcdef",
        "state": state,
        "transfer_amount": 230_050,
        "transfer_remark": "March",
        "openid": "oRider-7",
        "user_name": "c2VhbGVk",
        "create_time": "2026-03-04T18:00:00+08:00",
        "update_time": "2026-03-04T18:05:00+08:00",
    })
}

pub(super) fn with(mut value: Value, more: &Value) -> Value {
    let more = more.as_object().unwrap().clone();
    value.as_object_mut().unwrap().extend(more);
    value
}

fn bill(number: &str) -> OutBillNo {
    OutBillNo::new(number).unwrap()
}

pub(super) fn all() -> Vec<Exercise> {
    let failed = with(transfer_json("T202603040002", "FAIL"), &json!({"fail_reason": "NAME_NOT_CORRECT"}));
    vec![
        pay(
            CreateTransfer::new(order("T202603040001"), OpenId::new("oRider-7").unwrap())
                .user_recv_style(ReceiveStyle::new("RED_PACKET")),
            "/v3/fund-app/mch-transfer/transfer-bills",
            with(
                order_json("T202603040001"),
                &json!({"openid": "oRider-7", "user_recv_style": {"type": "RED_PACKET"}}),
            ),
            json!({
                "out_bill_no": "T202603040001",
                "transfer_bill_no": "1330000000000000012026030400000007",
                "create_time": "2026-03-04T18:00:00+08:00",
                "state": "WAIT_USER_CONFIRM",
                "fail_reason": "",
                "package_info": "package-1",
            }),
            |started| {
                assert_eq!(started.state, TransferState::WaitUserConfirm);
                assert_eq!(started.package_info.as_ref().map(wechat_sdk::Secret::expose), Some("package-1"));
                assert!(!started.state.is_final() && started.extra.is_empty());
            },
        ),
        pay(
            QueryTransfer::new(bill("T202603040001")),
            "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/T202603040001",
            Value::Null,
            transfer_json("T202603040001", "TRANSFERING"),
            |transfer| {
                assert_eq!(transfer.state, TransferState::Transferring);
                assert_eq!(transfer.user_name.unwrap().as_str(), "c2VhbGVk");
                assert_eq!(transfer.mch_id.unwrap().as_str(), "1900000001");
                assert!(transfer.extra.is_empty());
            },
        ),
        pay(
            QueryTransferByBillNo::new("1330000000000000012026030400000007"),
            "/v3/fund-app/mch-transfer/transfer-bills/transfer-bill-no/1330000000000000012026030400000007",
            Value::Null,
            failed,
            |transfer| {
                assert!(transfer.state.is_void());
                assert_eq!(transfer.fail_reason.as_deref(), Some("NAME_NOT_CORRECT"));
                assert_eq!(transfer.transfer_amount, Fen(230_050));
            },
        ),
        pay(
            CancelTransfer::new(bill("T202603040001")),
            "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/T202603040001/cancel",
            Value::Null,
            json!({
                "out_bill_no": "T202603040001",
                "transfer_bill_no": "1330000000000000012026030400000007",
                "state": "CANCELING",
                "update_time": "2026-03-04T18:10:00+08:00",
            }),
            |cancelled| {
                assert_eq!(cancelled.state, TransferState::Canceling);
                assert_eq!(cancelled.update_time.unwrap().to_rfc3339(), "2026-03-04T18:10:00+08:00");
            },
        ),
    ]
}
