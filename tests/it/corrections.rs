//! The ledger put right by hand.

use crate::support::{both, key};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/admin/v1/ledger/corrections";

both!(
    async fn a_correction_is_written_once_and_only_when_it_balances(app) {
        let operator = app.operator().await;
        let entry = |account: &str, amount: Value| json!({ "account": account, "amount": amount });
        let with = |entries: Value| json!({ "entries": entries, "note": "补记银行手续费" });
        let good = with(json!([entry("fees", json!(30)), entry("wechat", json!(-30))]));
        let once = key();
        let post = |body: Value, key: String| {
            let operator = operator.clone();
            async move { operator.send(Method::POST, PATH, Some(body.to_string()), Some(&key)).await }
        };
        let written = post(good.clone(), once.clone()).await;
        assert_eq!((written.status, &written.body["kind"]), (201, &json!("correction")), "{}", written.body);
        assert_eq!(written.body["note"], "补记银行手续费");
        assert!(written.body["operator_id"].is_string());
        assert_eq!(post(good.clone(), once).await.body, written.body);
        let nobody = json!({ "account": "sales", "amount": 5, "merchant_id": "merchant_00000000000000000000000000" });
        for wrong in [
            with(json!([])),
            with(json!([entry("fees", json!(30))])),
            with(json!([entry("fees", json!(30)), entry("wechat", json!(-29))])),
            with(json!([entry("fees", json!(0)), entry("wechat", json!(0))])),
            with(json!([entry("sales", json!(5)), entry("wechat", json!(-5))])),
            with(json!([nobody, entry("wechat", json!(-5))])),
            with(json!([entry("fees", json!(i64::MAX)), entry("wechat", json!(-i64::MAX))])),
            with(json!([entry("fees", json!(i64::MIN)), entry("wechat", json!(i64::MIN))])),
            with(json!(vec![entry("fees", json!(1)); 21])),
            with(json!([entry("pocket", json!(1)), entry("wechat", json!(-1))])),
            json!({ "entries": good["entries"], "note": " " }),
        ] {
            let answer = post(wrong.clone(), key()).await;
            assert_eq!((answer.status, answer.code()), (422, "invalid_body"), "{wrong}: {}", answer.body);
        }
        assert_eq!(operator.post(PATH, good).await.code(), "idempotency_key_required");
        let balances = operator.get("/admin/v1/ledger/balances").await.body;
        assert_eq!(
            balances["items"],
            json!([
                { "account": "fees", "merchant_id": null, "balance": 30 },
                { "account": "wechat", "merchant_id": null, "balance": -30 },
            ])
        );
    }
);
