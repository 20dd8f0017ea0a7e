use serde_json::{Value, json};
use wechat_sdk::pay::profit_sharing::{
    AddSharingReceiver, CreateSharing, DeleteSharingReceiver, QuerySharing, QueryUnsplitAmount, ReceiverKind,
    Relation, Share, SharingFailure, SharingResult, SharingState, UnfreezeRest,
};
use wechat_sdk::{AppId, Fen, MchId, OpenId, OutOrderNo, TransactionId};

use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    [receivers(), sharings(), rests()].into_iter().flatten().collect()
}

fn app() -> AppId {
    AppId::new("wx1234567890abcdef").unwrap()
}

fn person() -> OpenId {
    OpenId::new("oSharer_1-x").unwrap()
}

fn merchant() -> MchId {
    MchId::new("1900000042").unwrap()
}

fn payment() -> TransactionId {
    TransactionId::new("4200002222202603041234567890").unwrap()
}

fn number(text: &str) -> OutOrderNo {
    OutOrderNo::new(text).unwrap()
}

fn receivers() -> Vec<Exercise> {
    vec![
        pay(
            AddSharingReceiver::merchant(app(), merchant(), "晨光茶叶有限公司", Relation::Supplier),
            "/v3/profitsharing/receivers/add",
            json!({
                "appid": "wx1234567890abcdef", "type": "MERCHANT_ID", "account": "1900000042",
                "name": "🔒晨光茶叶有限公司", "relation_type": "SUPPLIER",
            }),
            json!({
                "type": "MERCHANT_ID", "account": "1900000042", "name": "c2VhbGVk", "relation_type": "SUPPLIER",
            }),
            |receiver| {
                assert_eq!(receiver.kind, ReceiverKind::Merchant);
                assert_eq!(receiver.name.unwrap().as_str(), "c2VhbGVk");
                assert_eq!(receiver.relation_type, Some(Relation::Supplier));
            },
        ),
        pay(
            AddSharingReceiver::person(app(), person(), Relation::Custom)
                .name("王小明")
                .custom_relation("推广员"),
            "/v3/profitsharing/receivers/add",
            json!({
                "appid": "wx1234567890abcdef", "type": "PERSONAL_OPENID", "account": "oSharer_1-x",
                "name": "🔒王小明", "relation_type": "CUSTOM", "custom_relation": "推广员",
            }),
            json!({
                "type": "PERSONAL_OPENID", "account": "oSharer_1-x", "name": "c2VhbGVk", "relation_type": "CUSTOM",
                "custom_relation": "推广员",
            }),
            |receiver| {
                assert_eq!(receiver.custom_relation.as_deref(), Some("推广员"));
                assert_eq!(receiver.relation_type, Some(Relation::Custom));
                assert!(receiver.extra.is_empty());
            },
        ),
        pay(
            DeleteSharingReceiver::merchant(app(), merchant()),
            "/v3/profitsharing/receivers/delete",
            json!({"appid": "wx1234567890abcdef", "type": "MERCHANT_ID", "account": "1900000042"}),
            json!({"type": "MERCHANT_ID", "account": "1900000042"}),
            |receiver| assert_eq!(receiver.account, "1900000042"),
        ),
        pay(
            DeleteSharingReceiver::person(app(), person()),
            "/v3/profitsharing/receivers/delete",
            json!({"appid": "wx1234567890abcdef", "type": "PERSONAL_OPENID", "account": "oSharer_1-x"}),
            json!({"type": "PERSONAL_OPENID", "account": "oSharer_1-x"}),
            |receiver| assert_eq!(receiver.kind, ReceiverKind::Person),
        ),
    ]
}

fn sharings() -> Vec<Exercise> {
    let shares = [
        Share::to_person(person(), Fen(250), "tip").name("王小明"),
        Share::to_merchant(merchant(), Fen(1_200), "tea"),
    ];
    vec![
        pay(
            CreateSharing::new(payment(), number("S20260304-1"), shares, false).appid(app()),
            "/v3/profitsharing/orders",
            json!({
                "appid": "wx1234567890abcdef",
                "transaction_id": "4200002222202603041234567890",
                "out_order_no": "S20260304-1",
                "receivers": [
                    {
                        "type": "PERSONAL_OPENID", "account": "oSharer_1-x", "name": "🔒王小明", "amount": 250,
                        "description": "tip",
                    },
                    {"type": "MERCHANT_ID", "account": "1900000042", "amount": 1200, "description": "tea"},
                ],
                "unfreeze_unsplit": false,
            }),
            json!({
                "transaction_id": "4200002222202603041234567890",
                "out_order_no": "S20260304-1",
                "order_id": "3000000000000000000000000001",
                "state": "PROCESSING",
                "receivers": [{
                    "type": "PERSONAL_OPENID", "account": "oSharer_1-x", "amount": 250, "description": "tip",
                    "result": "PENDING", "create_time": "2026-03-04T11:00:00+08:00", "finish_time": "",
                    "detail_id": "3600000000000000000000000001",
                }],
            }),
            |sharing| {
                assert_eq!(sharing.state, SharingState::Processing);
                assert_eq!(sharing.receivers[0].result, SharingResult::Pending);
                assert_eq!(sharing.receivers[0].finish_time, None);
            },
        ),
        pay(
            QuerySharing::new(number("S20260304@1"), payment()),
            "/v3/profitsharing/orders/S20260304%401?transaction_id=4200002222202603041234567890",
            Value::Null,
            json!({
                "transaction_id": "4200002222202603041234567890",
                "out_order_no": "S20260304@1",
                "order_id": "3000000000000000000000000001",
                "state": "FINISHED",
                "receivers": [
                    {
                        "type": "PERSONAL_OPENID", "account": "oSharer_1-x", "amount": 250, "description": "tip",
                        "result": "CLOSED", "fail_reason": "RECEIVER_REAL_NAME_NOT_VERIFIED",
                        "create_time": "2026-03-04T11:00:00+08:00", "finish_time": "2026-03-04T11:00:07+08:00",
                        "detail_id": "3600000000000000000000000001",
                    },
                    {
                        "type": "MERCHANT_ID", "account": "1900000042", "amount": 1200, "description": "tea",
                        "result": "SUCCESS", "create_time": "2026-03-04T11:00:00+08:00",
                        "finish_time": "2026-03-04T11:00:05+08:00", "detail_id": "3600000000000000000000000002",
                    },
                ],
            }),
            |sharing| {
                let failure = sharing.receivers[0].fail_reason.as_ref();
                assert_eq!(sharing.state, SharingState::Finished);
                assert_eq!(failure, Some(&SharingFailure::ReceiverRealNameNotVerified));
                assert_eq!(sharing.receivers[1].result, SharingResult::Success);
                assert_eq!(sharing.receivers[1].amount, Fen(1_200));
            },
        ),
    ]
}

fn rests() -> Vec<Exercise> {
    vec![
        pay(
            UnfreezeRest::new(payment(), number("S20260304-2"), "nobody else"),
            "/v3/profitsharing/orders/unfreeze",
            json!({
                "transaction_id": "4200002222202603041234567890",
                "out_order_no": "S20260304-2",
                "description": "nobody else",
            }),
            json!({
                "transaction_id": "4200002222202603041234567890",
                "out_order_no": "S20260304-2",
                "order_id": "3000000000000000000000000002",
                "state": "FINISHED",
                "receivers": [{
                    "type": "MERCHANT_ID", "account": "1900000001", "amount": 8550, "description": "nobody else",
                    "result": "SUCCESS", "fail_reason": "A_NEW_REASON",
                    "create_time": "2026-03-04T12:00:00+08:00", "finish_time": "2026-03-04T12:00:02+08:00",
                    "detail_id": "3600000000000000000000000003",
                }],
            }),
            |sharing| {
                let failure = sharing.receivers[0].fail_reason.as_ref();
                assert_eq!(failure, Some(&SharingFailure::Other("A_NEW_REASON".to_owned())));
                assert_eq!(sharing.receivers[0].amount, Fen(8_550));
            },
        ),
        pay(
            QueryUnsplitAmount::new(payment()),
            "/v3/profitsharing/transactions/4200002222202603041234567890/amounts",
            Value::Null,
            json!({"transaction_id": "4200002222202603041234567890", "unsplit_amount": 8550}),
            |rest| assert_eq!(rest.unsplit_amount, Fen(8_550)),
        ),
    ]
}
