use serde_json::{Value, json};
use wechat_sdk::pay::sharing_returns::{
    CreateSharingReturn, QuerySharingReturn, ReturnFailure, ReturnResult,
};
use wechat_sdk::{Fen, MchId, OutOrderNo, OutReturnNo};

use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    let sharing = || OutOrderNo::new("S20260304-1").unwrap();
    let number = |text| OutReturnNo::new(text).unwrap();
    let merchant = || MchId::new("1900000042").unwrap();
    vec![
        pay(
            CreateSharingReturn::of_out_order_no(
                sharing(),
                number("R20260305-1"),
                merchant(),
                Fen(700),
                "sent back",
            ),
            "/v3/profitsharing/return-orders",
            json!({
                "out_order_no": "S20260304-1", "out_return_no": "R20260305-1", "return_mchid": "1900000042",
                "amount": 700, "description": "sent back",
            }),
            json!({
                "order_id": "3000000000000000000000000001", "out_order_no": "S20260304-1",
                "out_return_no": "R20260305-1", "return_id": "3100000000000000000000000001",
                "return_mchid": "1900000042", "amount": 700, "description": "sent back", "result": "PROCESSING",
                "create_time": "2026-03-05T09:00:00+08:00", "finish_time": null,
            }),
            |back| assert_eq!((back.result, back.amount), (ReturnResult::Processing, Fen(700))),
        ),
        pay(
            CreateSharingReturn::of_order_id(
                "3000000000000000000000000001",
                number("R20260305-2"),
                merchant(),
                Fen(9),
                "sent back",
            ),
            "/v3/profitsharing/return-orders",
            json!({
                "order_id": "3000000000000000000000000001", "out_return_no": "R20260305-2",
                "return_mchid": "1900000042", "amount": 9, "description": "sent back",
            }),
            json!({
                "order_id": "3000000000000000000000000001", "out_order_no": "S20260304-1",
                "out_return_no": "R20260305-2", "return_id": "3100000000000000000000000002",
                "return_mchid": "1900000042", "amount": 9, "description": "sent back", "result": "SUCCESS",
                "create_time": "2026-03-05T09:00:00+08:00", "finish_time": "2026-03-05T09:00:01+08:00",
            }),
            |back| {
                assert_eq!(back.result, ReturnResult::Success);
                assert_eq!(back.return_id.as_deref(), Some("3100000000000000000000000002"));
            },
        ),
        pay(
            QuerySharingReturn::new(number("R20260305-1"), sharing()),
            "/v3/profitsharing/return-orders/R20260305-1?out_order_no=S20260304-1",
            Value::Null,
            json!({
                "order_id": "3000000000000000000000000001", "out_order_no": "S20260304-1",
                "out_return_no": "R20260305-1", "return_id": "3100000000000000000000000001",
                "return_mchid": "1900000042", "amount": 700, "description": "sent back", "result": "FAILED",
                "fail_reason": "BALANCE_NOT_ENOUGH", "create_time": "2026-03-05T09:00:00+08:00",
                "finish_time": "2026-03-10T09:00:00+08:00",
            }),
            |back| {
                assert_eq!(back.result, ReturnResult::Failed);
                assert_eq!(back.fail_reason, Some(ReturnFailure::BalanceNotEnough));
                assert!(back.extra.is_empty());
            },
        ),
    ]
}
