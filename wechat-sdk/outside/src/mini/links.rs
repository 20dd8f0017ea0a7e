use serde_json::json;
use wechat_sdk::AppId;
use wechat_sdk::mini::links::{
    CloudBase, EnvVersion, GenerateNfcScheme, GenerateScheme, GenerateShortLink, GenerateUrlLink, JumpTarget,
    QueryScheme, QueryUrlLink,
};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    [makes(), asks()].into_iter().flatten().collect()
}

fn makes() -> Vec<Exercise> {
    let cloud = CloudBase::new("tea-1g2h")
        .domain("tea.example")
        .path("/open.html")
        .query("to=app")
        .resource_appid(AppId::new("wxfedcba0987654321").unwrap());
    let target =
        || JumpTarget::new().path("/pages/goods/goods").query("id=7").env_version(EnvVersion::Release);
    vec![
        mini(
            GenerateUrlLink::until(1_790_086_400)
                .path("/pages/goods/goods")
                .query("id=7&name=%E8%8C%B6")
                .env_version(EnvVersion::Trial)
                .cloud_base(cloud),
            "/wxa/generate_urllink",
            json!({
                "path": "/pages/goods/goods",
                "query": "id=7&name=%E8%8C%B6",
                "expire_type": 0,
                "expire_time": 1_790_086_400,
                "env_version": "trial",
                "cloud_base": {
                    "env": "tea-1g2h",
                    "domain": "tea.example",
                    "path": "/open.html",
                    "query": "to=app",
                    "resource_appid": "wxfedcba0987654321"
                }
            }),
            json!({"url_link": "https://wxaurl.cn/tea1"}),
            |link| assert_eq!(link.url_link, "https://wxaurl.cn/tea1"),
        ),
        mini(
            GenerateUrlLink::for_days(30),
            "/wxa/generate_urllink",
            json!({"expire_type": 1, "expire_interval": 30}),
            json!({"url_link": "https://wxaurl.cn/tea2"}),
            |link| assert_eq!(link.url_link, "https://wxaurl.cn/tea2"),
        ),
        mini(
            GenerateScheme::until(1_790_086_400).jump_wxa(target()),
            "/wxa/generatescheme",
            json!({
                "jump_wxa": {"path": "/pages/goods/goods", "query": "id=7", "env_version": "release"},
                "is_expire": true,
                "expire_type": 0,
                "expire_time": 1_790_086_400
            }),
            json!({"openlink": "weixin://dl/business/?t=tea1"}),
            |link| assert_eq!(link.openlink, "weixin://dl/business/?t=tea1"),
        ),
        mini(
            GenerateScheme::for_days(1),
            "/wxa/generatescheme",
            json!({"is_expire": true, "expire_type": 1, "expire_interval": 1}),
            json!({"openlink": "weixin://dl/business/?t=tea2"}),
            |link| assert_eq!(link.openlink, "weixin://dl/business/?t=tea2"),
        ),
        mini(
            GenerateNfcScheme::new("kettle-5").sn("0042").jump_wxa(target()),
            "/wxa/generatenfcscheme",
            json!({
                "model_id": "kettle-5",
                "sn": "0042",
                "jump_wxa": {"path": "/pages/goods/goods", "query": "id=7", "env_version": "release"}
            }),
            json!({"openlink": "weixin://dl/business/?t=tea3"}),
            |link| assert_eq!(link.openlink, "weixin://dl/business/?t=tea3"),
        ),
        mini(
            GenerateShortLink::new("pages/goods/goods?id=7").page_title("龙井茶").is_permanent(true),
            "/wxa/genwxashortlink",
            json!({"page_url": "pages/goods/goods?id=7", "page_title": "龙井茶", "is_permanent": true}),
            json!({"link": "#小程序://茶庄/龙井茶/abc"}),
            |link| assert_eq!(link.link, "#小程序://茶庄/龙井茶/abc"),
        ),
    ]
}

fn asks() -> Vec<Exercise> {
    let quota = json!({"quota_info": {"remain_visit_quota": "2999000"}});
    vec![
        mini(
            QueryUrlLink::link("https://wxaurl.cn/tea1"),
            "/wxa/query_urllink",
            json!({"url_link": "https://wxaurl.cn/tea1", "query_type": 0}),
            json!({"url_link_info": {
                "appid": "wx1234567890abcdef",
                "path": "/pages/goods/goods",
                "query": "id=7",
                "create_time": 1_790_000_000,
                "expire_time": 1_790_086_400,
                "env_version": "trial",
                "cloud_base": {
                    "env": "tea-1g2h",
                    "doamin": "tea.example",
                    "path": "/open.html",
                    "query": "to=app",
                    "resource_appid": ""
                }
            }}),
            |answer| {
                assert_eq!(answer.quota_info, None);
                let info = answer.url_link_info.unwrap();
                assert_eq!(info.appid.unwrap().as_str(), "wx1234567890abcdef");
                assert_eq!(
                    (info.path.unwrap(), info.query.unwrap()),
                    ("/pages/goods/goods".into(), "id=7".into())
                );
                assert_eq!((info.create_time, info.expire_time), (Some(1_790_000_000), Some(1_790_086_400)));
                assert_eq!(info.env_version, Some(EnvVersion::Trial));
                let cloud = info.cloud_base.unwrap();
                assert_eq!(
                    (cloud.env.unwrap(), cloud.domain.unwrap()),
                    ("tea-1g2h".into(), "tea.example".into())
                );
                assert_eq!(
                    (cloud.path.unwrap(), cloud.query.unwrap()),
                    ("/open.html".into(), "to=app".into())
                );
                assert_eq!(cloud.resource_appid, None);
            },
        ),
        mini(
            QueryUrlLink::quota(),
            "/wxa/query_urllink",
            json!({"query_type": 1}),
            quota.clone(),
            |answer| assert_eq!(answer.quota_info.unwrap().remain_visit_quota, 2_999_000),
        ),
        mini(
            QueryScheme::scheme_info("weixin://dl/business/?t=tea1"),
            "/wxa/queryscheme",
            json!({"scheme": "weixin://dl/business/?t=tea1", "query_type": 0}),
            json!({"scheme_info": {
                "appid": "wx1234567890abcdef",
                "path": "",
                "query": "id=7",
                "create_time": 1_790_000_000,
                "expire_time": 0,
                "env_version": "release"
            }}),
            |answer| {
                let info = answer.scheme_info.unwrap();
                assert_eq!((info.path.as_deref(), info.query.as_deref()), (Some(""), Some("id=7")));
                assert_eq!((info.expire_time, info.env_version), (Some(0), Some(EnvVersion::Release)));
                assert_eq!((info.cloud_base, info.create_time), (None, Some(1_790_000_000)));
            },
        ),
        mini(QueryScheme::quota(), "/wxa/queryscheme", json!({"query_type": 1}), quota, |answer| {
            assert_eq!(answer.quota_info.unwrap().remain_visit_quota, 2_999_000);
        }),
    ]
}
