use serde_json::{Value, json};
use wechat_sdk::mini::openapi::{
    CallbackAction, CheckCallback, ClearApiQuota, ClearQuota, ClearQuotaBySecret, GetApiDomainIp,
    GetApiQuota, GetCallbackIp, GetRidInfo, NetworkOperator,
};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    vec![
        mini(
            ClearQuota::new(),
            "/cgi-bin/clear_quota",
            json!({"appid": "wx1234567890abcdef"}),
            json!({}),
            |_| (),
        ),
        mini(
            ClearQuotaBySecret::new(),
            "/cgi-bin/clear_quota/v2",
            json!({"appid": "wx1234567890abcdef", "appsecret": "the-app-secret"}),
            json!({}),
            |_| (),
        ),
        mini(
            ClearApiQuota::new("/wxa/msg_sec_check"),
            "/cgi-bin/openapi/quota/clear",
            json!({"cgi_path": "/wxa/msg_sec_check"}),
            json!({}),
            |_| (),
        ),
        mini(
            GetApiQuota::new("/wxa/msg_sec_check"),
            "/cgi-bin/openapi/quota/get",
            json!({"cgi_path": "/wxa/msg_sec_check"}),
            json!({
                "quota": {"daily_limit": 2_000_000, "used": 1234, "remain": 1_998_766},
                "rate_limit": {"call_count": 4000, "refresh_second": 60},
                "component_rate_limit": {"call_count": 500, "refresh_second": 30},
            }),
            |api| {
                let day = api.quota.unwrap();
                assert_eq!(day.daily_limit, Some(2_000_000));
                assert_eq!((day.used, day.remain), (Some(1234), Some(1_998_766)));
                let rate = api.rate_limit.unwrap();
                assert_eq!((rate.call_count, rate.refresh_second), (Some(4000), Some(60)));
                let rate = api.component_rate_limit.unwrap();
                assert_eq!((rate.call_count, rate.refresh_second), (Some(500), Some(30)));
            },
        ),
        mini(
            GetRidInfo::new("6a1b2c3d-4e5f6071-82930415"),
            "/cgi-bin/openapi/rid/get",
            json!({"rid": "6a1b2c3d-4e5f6071-82930415"}),
            json!({"request": {
                "invoke_time": 1_790_000_000,
                "cost_in_ms": 41,
                "request_url": "access_token=90_abc",
                "request_body": "{\"rid\":1}",
                "response_body": "{\"errcode\":45009}",
                "client_ip": "203.0.113.9",
            }}),
            |info| {
                let request = info.request;
                assert_eq!((request.invoke_time, request.cost_in_ms), (Some(1_790_000_000), Some(41)));
                assert_eq!(request.request_url.unwrap().expose(), "access_token=90_abc");
                assert_eq!(request.request_body.unwrap().expose(), "{\"rid\":1}");
                assert_eq!(request.response_body.unwrap().expose(), "{\"errcode\":45009}");
                assert_eq!(request.client_ip.as_deref(), Some("203.0.113.9"));
            },
        ),
        mini(
            CheckCallback::new(CallbackAction::All, NetworkOperator::Automatic),
            "/cgi-bin/callback/check",
            json!({"action": "all", "check_operator": "DEFAULT"}),
            json!({
                "dns": [{"ip": "203.0.113.20", "real_operator": "CHINANET"}],
                "ping": [{
                    "ip": "203.0.113.20",
                    "from_operator": "CAP",
                    "package_loss": "0%",
                    "time": "18.204ms",
                }],
            }),
            |check| {
                assert_eq!(check.dns[0].ip, "203.0.113.20");
                assert_eq!(check.dns[0].real_operator, Some(NetworkOperator::Chinanet));
                assert_eq!(check.ping[0].ip, "203.0.113.20");
                assert_eq!(check.ping[0].from_operator, Some(NetworkOperator::Cap));
                assert_eq!(check.ping[0].package_loss.as_deref(), Some("0%"));
                assert_eq!(check.ping[0].time.as_deref(), Some("18.204ms"));
            },
        ),
        mini(
            GetApiDomainIp::new(),
            "/cgi-bin/get_api_domain_ip",
            Value::Null,
            json!({"ip_list": ["203.0.113.30", "203.0.113.31"]}),
            |addresses| assert_eq!(addresses.ip_list, ["203.0.113.30", "203.0.113.31"]),
        ),
        mini(
            GetCallbackIp::new(),
            "/cgi-bin/getcallbackip",
            Value::Null,
            json!({"ip_list": ["203.0.113.128/25"]}),
            |addresses| assert_eq!(addresses.ip_list, ["203.0.113.128/25"]),
        ),
    ]
}
