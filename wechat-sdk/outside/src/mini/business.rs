use serde_json::json;
use wechat_sdk::mini::business::{GetBusiness, ListBusinesses, RegisterBusiness, UpdateBusiness};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let business = json!({
        "business_id": "7",
        "account_name": "tea_house",
        "nickname": "茶馆",
        "icon_media_id": "media-5",
        "icon_url": "https://shop.example/house.jpg",
    });
    vec![
        mini(
            RegisterBusiness::new("tea_house", "茶馆", "media-5").transfer_to_commkf(true),
            "/cgi-bin/business/register",
            json!({
                "account_name": "tea_house",
                "nickname": "茶馆",
                "icon_media_id": "media-5",
                "transfer_to_commkf": true,
            }),
            json!({"business_id": 7}),
            |business| assert_eq!(business.business_id, 7),
        ),
        mini(
            UpdateBusiness::new(7).nickname("老茶馆").icon_media_id("media-6"),
            "/cgi-bin/business/update",
            json!({"business_id": 7, "nickname": "老茶馆", "icon_media_id": "media-6"}),
            json!({}),
            |_| (),
        ),
        mini(
            GetBusiness::by_id(7),
            "/cgi-bin/business/get",
            json!({"business_id": 7}),
            json!({"business_info": business}),
            |found| {
                let business = found.business_info;
                assert_eq!((business.business_id, business.nickname.as_deref()), (7, Some("茶馆")));
                assert_eq!(business.account_name.as_deref(), Some("tea_house"));
                assert_eq!(business.icon_media_id.as_deref(), Some("media-5"));
                assert_eq!(business.icon_url.as_deref(), Some("https://shop.example/house.jpg"));
            },
        ),
        mini(
            GetBusiness::by_account_name("tea_house"),
            "/cgi-bin/business/get",
            json!({"account_name": "tea_house"}),
            json!({"business_info": business}),
            |found| assert_eq!(found.business_info.business_id, 7),
        ),
        mini(
            ListBusinesses::new(40, 20),
            "/cgi-bin/business/list",
            json!({"offset": 40, "count": 20}),
            json!({"list": [business]}),
            |page| assert_eq!(page.list[0].account_name.as_deref(), Some("tea_house")),
        ),
    ]
}
