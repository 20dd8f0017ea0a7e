use serde_json::{Value, json};
use wechat_sdk::mini::brands::{
    ApplyFamousBrand, BrandList, BrandProof, BrandReview, ChangeTradeKind, GetFamousBrandStatus, TradeKind,
    TradeMaterial,
};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    vec![
        apply(
            ApplyFamousBrand::known(
                BrandProof::flagship_shop("山月茶", "京东", ["media-shop".to_owned()])
                    .other_material_list(["media-more".to_owned()]),
            ),
            &json!({"apply_for": 1, "audit_info": {
                "brand_name": "山月茶",
                "brand_type": 4,
                "flagship_in_which_ec_platform": "京东",
                "ec_platform_proof_list": ["media-shop"],
                "other_material_list": ["media-more"],
            }}),
        ),
        apply(
            ApplyFamousBrand::known(BrandProof::certified_trademark("山月茶", ["media-mark".to_owned()])),
            &json!({"apply_for": 1, "audit_info": {
                "brand_name": "山月茶",
                "brand_type": 7,
                "authority_certified_proof_list": ["media-mark"],
            }}),
        ),
        apply(
            ApplyFamousBrand::known(BrandProof::listed("山月茶", &BrandList::TimeHonoured)),
            &json!({"apply_for": 1, "audit_info": {"brand_name": "山月茶", "brand_type": 3}}),
        ),
        apply(ApplyFamousBrand::with_shop_component(), &json!({"apply_for": 2})),
        status(),
        trade_kind(),
    ]
}

fn apply(call: ApplyFamousBrand, application: &Value) -> Exercise {
    mini(call, "/wxa/sec/famousbrand/apply", json!({"Application": application}), json!({}), |_| ())
}

fn status() -> Exercise {
    mini(
        GetFamousBrandStatus::new(),
        "/wxa/sec/famousbrand/get_status",
        json!({}),
        json!({
            "progress": {"status": 2},
            "application": {"apply_for": 1, "audit_info": {"audit_reason": "材料不清晰"}, "status": 2},
        }),
        |answer| {
            assert_eq!(answer.progress.unwrap().status, BrandReview::Refused);
            let application = answer.application.unwrap();
            assert_eq!((application.apply_for, application.status), (Some(1), Some(BrandReview::Refused)));
            assert_eq!(application.audit_info.unwrap().audit_reason.as_deref(), Some("材料不清晰"));
        },
    )
}

fn trade_kind() -> Exercise {
    mini(
        ChangeTradeKind::new(
            TradeKind::LocalServices,
            [TradeMaterial::picture("media-1"), TradeMaterial::video("media-2")],
            "改为门店服务",
        ),
        "/wxa/sec/order/setwxatradetypecgi",
        json!({
            "trade_type": 3,
            "material_list": [{"type": 1, "media_id": "media-1"}, {"type": 2, "media_id": "media-2"}],
            "reason": "改为门店服务",
        }),
        json!({}),
        |_| (),
    )
}
