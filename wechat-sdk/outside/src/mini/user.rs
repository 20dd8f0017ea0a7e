use serde_json::{Value, json};
use wechat_sdk::mini::user::{
    CheckEncryptedData, GetPaidUnionId, GetPhoneNumber, GetPluginOpenPid, GetUserEncryptKey, PhoneNumber,
    UserEncryptKeys,
};
use wechat_sdk::{MchId, OpenId, OutTradeNo, Secret, TransactionId};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let openid = || OpenId::new("oLk7y5Q0ZpRw3_sXv-9aBc").unwrap();
    vec![
        mini(
            GetPhoneNumber::new("9f3c5a").openid(openid()),
            "/wxa/business/getuserphonenumber",
            json!({"code": "9f3c5a", "openid": "oLk7y5Q0ZpRw3_sXv-9aBc"}),
            json!({"phone_info": {
                "phoneNumber": "+44 7700900123", "purePhoneNumber": "7700900123", "countryCode": 44,
                "watermark": {"timestamp": "1790000001", "appid": "wx1234567890abcdef"},
            }}),
            |PhoneNumber { phone_info, .. }| {
                assert_eq!(phone_info.phone_number.expose(), "+44 7700900123");
                assert_eq!(phone_info.pure_phone_number.expose(), "7700900123");
                assert_eq!(phone_info.country_code, "44");
                let watermark = phone_info.watermark.unwrap();
                assert_eq!(watermark.appid.unwrap().as_str(), "wx1234567890abcdef");
                assert_eq!(watermark.timestamp, Some(1_790_000_001));
            },
        ),
        mini(
            GetPaidUnionId::by_transaction_id(openid(), TransactionId::new("4200009876543210").unwrap()),
            "/wxa/getpaidunionid?openid=oLk7y5Q0ZpRw3_sXv-9aBc&transaction_id=4200009876543210",
            Value::Null,
            json!({"unionid": "oUn1_zY"}),
            |paid| assert_eq!(paid.unionid.as_str(), "oUn1_zY"),
        ),
        mini(
            GetPaidUnionId::by_out_trade_no(
                openid(),
                MchId::new("1900000002").unwrap(),
                OutTradeNo::new("shop|2026*7").unwrap(),
            ),
            "/wxa/getpaidunionid?mch_id=1900000002&openid=oLk7y5Q0ZpRw3_sXv-9aBc&out_trade_no=shop%7C2026%2A7",
            Value::Null,
            json!({"unionid": "oUn1_zY"}),
            |paid| assert!(paid.extra.is_empty()),
        ),
        mini(
            CheckEncryptedData::new("c2VhbGVkIGJ5IFdlQ2hhdA=="),
            "/wxa/business/checkencryptedmsg",
            json!({"encrypted_msg_hash": "0ac99307aef8dce3ec022d724d59ac05e9ef3dd45f4e74e072a97a41d19a7dbe"}),
            json!({"vaild": true, "create_time": 1_789_999_000}),
            |check| assert_eq!((check.valid, check.create_time), (true, Some(1_789_999_000))),
        ),
        mini(
            GetUserEncryptKey::new(openid(), &Secret::new("c2Vzc2lvbi1rZXktMTIzNA==")),
            "/wxa/business/getuserencryptkey?openid=oLk7y5Q0ZpRw3_sXv-9aBc&sig_method=hmac_sha256&signature=cc38d5bdce4f4323453a507596cff11536b8d6a387b59163c89e6b029850d0f4",
            Value::Null,
            json!({"key_info_list": [
                {"encrypt_key": "MDEyMzQ1Njc4OWFiY2RlZg==", "iv": "00112233aabbccdd", "version": 4,
                    "expire_in": 3590, "create_time": 1_789_999_990},
                {"encrypt_key": "ZmVkY2JhOTg3NjU0MzIxMA==", "iv": "ffeeddcc99887766", "version": 3,
                    "expire_in": 0, "create_time": 1_789_990_000},
            ]}),
            |UserEncryptKeys { key_info_list, .. }| {
                let newest = &key_info_list[0];
                assert_eq!(newest.encrypt_key.expose(), "MDEyMzQ1Njc4OWFiY2RlZg==");
                assert_eq!(newest.iv.expose(), "00112233aabbccdd");
                assert_eq!((newest.version, newest.expire_in, newest.create_time), (4, 3590, 1_789_999_990));
                assert_eq!(key_info_list[1].version, 3);
            },
        ),
        mini(
            GetPluginOpenPid::new("5d1e"),
            "/wxa/getpluginopenpid",
            json!({"code": "5d1e"}),
            json!({"openpid": "GPlugin_1"}),
            |user| assert_eq!(user.openpid, "GPlugin_1"),
        ),
    ]
}
