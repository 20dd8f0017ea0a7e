use serde_json::{Value, json};
use wechat_sdk::pay::refunds::{
    ApplyAbnormalRefund, CreateRefund, FundsSource, QueryRefund, Refund, RefundGoods, RefundStatus,
};
use wechat_sdk::{Fen, OutRefundNo, OutTradeNo, RefundId, TransactionId};

use crate::{Exercise, pay};

fn number() -> OutRefundNo {
    OutRefundNo::new("R-2026@09|1").unwrap()
}

fn refund_id() -> RefundId {
    RefundId::new("50300009876202609").unwrap()
}

fn answer(status: &str) -> Value {
    json!({
        "refund_id": "50300009876202609", "out_refund_no": "R-2026@09|1",
        "transaction_id": "4200001234202609", "out_trade_no": "T-202609",
        "channel": "ORIGINAL", "user_received_account": "Balance", "status": status,
        "create_time": "2026-09-22T10:00:00+08:00", "success_time": "2026-09-22T10:00:07+08:00",
        "funds_account": "AVAILABLE",
        "amount": {
            "total": 8_800, "refund": 4_400, "payer_total": 8_300, "payer_refund": 4_150,
            "settlement_refund": 4_300, "settlement_total": 8_600, "discount_refund": 250, "refund_fee": "26",
            "currency": "CNY",
            "from": [{"account": "AVAILABLE", "amount": 4_000}, {"account": "UNAVAILABLE", "amount": 400}],
        },
        "promotion_detail": [{
            "promotion_id": "C77", "scope": "SINGLE", "type": "CASH", "amount": 500, "refund_amount": 250,
            "goods_detail": {
                "merchant_goods_id": "tea-1", "wechatpay_goods_id": "8001", "goods_name": "Tieguanyin",
                "unit_price": 4_500, "refund_amount": 4_400, "refund_quantity": 1,
            },
        }],
    })
}

fn check(refund: &Refund) {
    assert_eq!((&refund.refund_id, &refund.out_refund_no), (&refund_id(), &number()));
    assert_eq!(refund.transaction_id.as_str(), "4200001234202609");
    assert_eq!(refund.out_trade_no.as_str(), "T-202609");
    assert_eq!(
        (refund.channel.as_deref(), refund.funds_account.as_deref()),
        (Some("ORIGINAL"), Some("AVAILABLE"))
    );
    assert_eq!(refund.user_received_account.as_ref().map(wechat_sdk::Secret::expose), Some("Balance"));
    let took = refund.success_time.unwrap() - refund.create_time.unwrap();
    assert_eq!(took.num_seconds(), 7);
    let amount = &refund.amount;
    assert_eq!(
        (amount.total, amount.refund, amount.payer_refund),
        (Fen(8_800), Fen(4_400), Some(Fen(4_150)))
    );
    assert_eq!((amount.settlement_refund, amount.settlement_total), (Some(Fen(4_300)), Some(Fen(8_600))));
    assert_eq!((amount.discount_refund, amount.refund_fee), (Some(Fen(250)), Some(Fen(26))));
    assert_eq!((amount.from[1].account.as_str(), amount.from[1].amount), ("UNAVAILABLE", Fen(400)));
    let coupon = &refund.promotion_detail[0];
    assert_eq!((coupon.kind.as_deref(), coupon.refund_amount), (Some("CASH"), Fen(250)));
    assert_eq!(coupon.goods_detail[0].wechatpay_goods_id.as_deref(), Some("8001"));
    assert_eq!(coupon.goods_detail[0].refund_quantity, 1);
    assert!(refund.extra.is_empty() && amount.extra.is_empty() && coupon.extra.is_empty());
}

pub(super) fn all() -> Vec<Exercise> {
    let goods = RefundGoods::new("tea-1", Fen(4_500), Fen(4_400), 1)
        .wechatpay_goods_id("8001")
        .goods_name("Tieguanyin");
    let whole = CreateRefund::of_out_trade_no(
        OutTradeNo::new("T-202609").unwrap(),
        number(),
        Fen(4_400),
        Fen(8_800),
        "https://shop.example/refunded",
    );
    let by_id = CreateRefund::of_transaction_id(
        TransactionId::new("4200001234202609").unwrap(),
        number(),
        Fen(8_800),
        Fen(8_800),
        "https://shop.example/refunded",
    );
    vec![
        pay(
            whole
                .reason("One tin was broken 💔")
                .funds_account("AVAILABLE")
                .goods_detail([goods])
                .from_accounts([
                    FundsSource::new("AVAILABLE", Fen(4_000)),
                    FundsSource::new("UNAVAILABLE", Fen(400)),
                ]),
            "/v3/refund/domestic/refunds",
            json!({
                "out_trade_no": "T-202609", "out_refund_no": "R-2026@09|1", "reason": "One tin was broken ",
                "notify_url": "https://shop.example/refunded", "funds_account": "AVAILABLE",
                "amount": {"refund": 4_400, "total": 8_800, "currency": "CNY", "from": [
                    {"account": "AVAILABLE", "amount": 4_000}, {"account": "UNAVAILABLE", "amount": 400},
                ]},
                "goods_detail": [{"merchant_goods_id": "tea-1", "wechatpay_goods_id": "8001",
                    "goods_name": "Tieguanyin", "unit_price": 4_500, "refund_amount": 4_400,
                    "refund_quantity": 1}],
            }),
            answer("PROCESSING"),
            |refund| {
                assert_eq!(refund.status, RefundStatus::Processing);
                check(&refund);
            },
        ),
        pay(
            by_id,
            "/v3/refund/domestic/refunds",
            json!({
                "transaction_id": "4200001234202609", "out_refund_no": "R-2026@09|1",
                "notify_url": "https://shop.example/refunded",
                "amount": {"refund": 8_800, "total": 8_800, "currency": "CNY"},
            }),
            answer("ABNORMAL"),
            |refund| assert_eq!(refund.status, RefundStatus::Abnormal),
        ),
        pay(
            QueryRefund::new(number()),
            "/v3/refund/domestic/refunds/R-2026%4009%7C1",
            Value::Null,
            answer("SUCCESS"),
            |refund| {
                assert_eq!(refund.status, RefundStatus::Success);
                check(&refund);
            },
        ),
        pay(
            ApplyAbnormalRefund::to_user(refund_id(), number(), "CMB_DEBIT", "6225000000001234", "王小明"),
            "/v3/refund/domestic/refunds/50300009876202609/apply-abnormal-refund",
            json!({
                "out_refund_no": "R-2026@09|1", "type": "USER_BANK_CARD", "bank_type": "CMB_DEBIT",
                "bank_account": "🔒6225000000001234", "real_name": "🔒王小明",
            }),
            answer("CLOSED"),
            |refund| assert_eq!(refund.status, RefundStatus::Closed),
        ),
        pay(
            ApplyAbnormalRefund::to_merchant(refund_id(), number()),
            "/v3/refund/domestic/refunds/50300009876202609/apply-abnormal-refund",
            json!({"out_refund_no": "R-2026@09|1", "type": "MERCHANT_BANK_CARD"}),
            answer("PENDING"),
            |refund| assert_eq!(refund.status.as_str(), "PENDING"),
        ),
    ]
}
