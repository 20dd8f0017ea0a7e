use chrono::NaiveDate;
use serde_json::{Value, json};
use wechat_sdk::pay::bills::{
    AccountType, BillAddress, DownloadBill, GetFundFlowBill, GetSharingBill, GetTradeBill, TradeBillType,
};

use crate::{Exercise, pay};

fn address() -> Value {
    let url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd6kwvyKLG";
    json!({"hash_type": "SHA1", "hash_value": "79bb0f45fc4c42234a918000b2668d689e2bde04", "download_url": url})
}

#[expect(clippy::needless_pass_by_value, reason = "checks take what was read")]
fn check(address: BillAddress) {
    assert_eq!((address.hash_type.as_str(), address.hash_value.len()), ("SHA1", 40));
    assert!(address.download_url.expose().starts_with("https://api.mch.weixin.qq.com/v3/billdownload/"));
}

pub(super) fn all() -> Vec<Exercise> {
    let day = NaiveDate::from_ymd_opt(2026, 1, 2).expect("a day");
    vec![
        pay(
            GetTradeBill::new(day).bill_type(TradeBillType::Refund),
            "/v3/bill/tradebill?bill_date=2026-01-02&bill_type=REFUND&tar_type=GZIP",
            Value::Null,
            address(),
            check,
        ),
        pay(
            GetFundFlowBill::new(day).account_type(AccountType::Fees),
            "/v3/bill/fundflowbill?account_type=FEES&bill_date=2026-01-02&tar_type=GZIP",
            Value::Null,
            address(),
            check,
        ),
        pay(
            GetSharingBill::new(day),
            "/v3/profitsharing/bills?bill_date=2026-01-02&tar_type=GZIP",
            Value::Null,
            address(),
            check,
        ),
        pay(
            DownloadBill::new("a/b+c").tartype("gzip"),
            "/v3/billdownload/file?tartype=gzip&token=a%2Fb%2Bc",
            Value::Null,
            json!("the file"),
            |file| assert_eq!(file.bytes, "\"the file\""),
        ),
    ]
}
