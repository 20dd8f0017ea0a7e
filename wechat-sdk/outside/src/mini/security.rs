use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;
use wechat_sdk::OpenId;
use wechat_sdk::mini::security::{
    CheckMedia, CheckText, ContentScene, GetUserRiskRank, Label, RiskScene, Suggestion,
};

use crate::{Exercise, mini};

const USER: &str = "oUser-5f3Kd_92LmQpXvT7bWcRz1";

pub(super) fn all() -> Vec<Exercise> {
    let openid = || OpenId::new(USER).unwrap();
    vec![
        mini(
            CheckText::new("好茶", ContentScene::Profile, openid())
                .title("关于我")
                .nickname("茶友")
                .signature("一天三杯"),
            "/wxa/msg_sec_check",
            json!({
                "content": "好茶",
                "scene": 1,
                "openid": USER,
                "version": 2,
                "title": "关于我",
                "nickname": "茶友",
                "signature": "一天三杯",
            }),
            json!({
                "result": {"suggest": "review", "label": 10001},
                "detail": [
                    {
                        "strategy": "content_model",
                        "errcode": 0,
                        "suggest": "review",
                        "label": 10001,
                        "prob": 64,
                    },
                    {
                        "strategy": "keyword",
                        "errcode": -1,
                        "suggest": "later",
                        "label": "29999",
                        "keyword": "三杯",
                        "level": 20,
                    },
                ],
                "trace_id": "6a1b-2c3d-4e5f",
            }),
            |check| {
                assert_eq!(check.result.suggest, Suggestion::Review);
                assert_eq!(check.result.label, Some(Label::Advertising));
                let [model, word] = check.detail.as_slice() else { panic!("{check:?}") };
                assert_eq!(model.strategy.as_deref(), Some("content_model"));
                assert_eq!((model.errcode, model.prob), (Some(0), Some(64)));
                assert_eq!((word.keyword.as_deref(), word.level), (Some("三杯"), Some(20)));
                assert_eq!(word.suggest, Some(Suggestion::Other("later".to_owned())));
                assert_eq!((word.errcode, &word.label), (Some(-1), &Some(Label::Other(29999))));
                assert_eq!(check.trace_id.as_deref(), Some("6a1b-2c3d-4e5f"));
            },
        ),
        mini(
            CheckMedia::image("https://shop.example/tea.jpg", ContentScene::Comment, openid()),
            "/wxa/media_check_async",
            json!({
                "media_url": "https://shop.example/tea.jpg",
                "media_type": 2,
                "scene": 2,
                "openid": USER,
                "version": 2,
            }),
            json!({"trace_id": "6a1b-2c3d-4e60"}),
            |check| assert_eq!(check.trace_id, "6a1b-2c3d-4e60"),
        ),
        mini(
            CheckMedia::audio("https://shop.example/tea.mp3", ContentScene::Forum, openid()),
            "/wxa/media_check_async",
            json!({
                "media_url": "https://shop.example/tea.mp3",
                "media_type": 1,
                "scene": 3,
                "openid": USER,
                "version": 2,
            }),
            json!({"trace_id": "6a1b-2c3d-4e61"}),
            |check| assert_eq!(check.trace_id, "6a1b-2c3d-4e61"),
        ),
        mini(
            GetUserRiskRank::new(openid(), RiskScene::Marketing, IpAddr::from(Ipv4Addr::new(203, 0, 113, 9)))
                .mobile_no("13800000000")
                .email_address("tea@shop.example")
                .extended_info("coupon 12")
                .is_test(true),
            "/wxa/getuserriskrank",
            json!({
                "appid": "wx1234567890abcdef",
                "openid": USER,
                "scene": 1,
                "client_ip": "203.0.113.9",
                "mobile_no": "13800000000",
                "email_address": "tea@shop.example",
                "extended_info": "coupon 12",
                "is_test": true,
            }),
            json!({"risk_rank": "3", "unoin_id": 77_001_234}),
            |rank| assert_eq!((rank.risk_rank, rank.request_id.as_deref()), (3, Some("77001234"))),
        ),
    ]
}
