use std::net::Ipv4Addr;

use serde_json::{Value, json};
use wechat_sdk::pay::transfer_authorizations::{
    AuthorizationEndReason, AuthorizationRequest, AuthorizationState, AuthorizeTransfers,
    CloseTransferAuthorization, QueryTransferAuthorization, TransferAndAuthorize, TransferAuthorized,
    UserScene,
};
use wechat_sdk::pay::transfers::TransferState;
use wechat_sdk::{AppId, MchId, OpenId, OutAuthorizationNo};

use super::transfers::{order, order_json, transfer_json, with};
use crate::{Exercise, pay};

fn consent() -> OutAuthorizationNo {
    OutAuthorizationNo::new("A20260304x7").unwrap()
}

fn rider() -> OpenId {
    OpenId::new("oRider-7").unwrap()
}

fn sponsor() -> MchId {
    MchId::new("1900000055").unwrap()
}

pub(super) fn all() -> Vec<Exercise> {
    [consents(), transfers()].into_iter().flatten().collect()
}

/// Consent as it is told.
fn consent_json() -> Value {
    json!({
        "out_authorization_no": "A20260304x7",
        "appid": "wx1234567890abcdef",
        "openid": "oRider-7",
        "user_display_name": "rider 7",
        "authorization_id": "2220000000012026030400007",
        "state": "TAKING_EFFECT",
        "authorize_time": "2026-03-04T18:30:00+08:00",
        "transfer_scene_id": "1005",
        "user_recv_perception": "劳务报酬",
        "create_time": "2026-03-04T18:20:00+08:00",
    })
}

fn consents() -> Vec<Exercise> {
    let app = AppId::new("wx1234567890abcdef").unwrap();
    let address = Ipv4Addr::new(203, 0, 113, 9);
    let scene = UserScene::default().client_ip(address).device_id("phone-1").device_type("HARMONY");
    let ended = json!({
        "state": "CLOSED",
        "close_info": {"close_time": "2026-04-01T00:00:00+08:00", "close_reason": "CLOSE_VIA_MCH_API"},
    });
    vec![
        pay(
            AuthorizeTransfers::new(
                consent(),
                app,
                rider(),
                "1005",
                "rider 7",
                "https://shop.example/consents",
            )
            .user_recv_perception("劳务报酬")
            .scene_info(scene),
            "/v3/fund-app/mch-transfer/user-confirm-authorization",
            json!({
                "out_authorization_no": "A20260304x7",
                "appid": "wx1234567890abcdef",
                "openid": "oRider-7",
                "transfer_scene_id": "1005",
                "user_display_name": "rider 7",
                "authorization_notify_url": "https://shop.example/consents",
                "user_recv_perception": "劳务报酬",
                "scene_info": {"client_ip": "203.0.113.9", "device_id": "phone-1", "device_type": "HARMONY"},
            }),
            json!({
                "out_authorization_no": "A20260304x7",
                "state": "WAIT_USER_CONFIRM",
                "create_time": "2026-03-04T18:20:00+08:00",
                "package_info": "package-2",
            }),
            |requested| {
                assert_eq!(requested.state, AuthorizationState::WaitUserConfirm);
                assert_eq!(
                    requested.package_info.as_ref().map(wechat_sdk::Secret::expose),
                    Some("package-2")
                );
                assert!(requested.extra.is_empty());
            },
        ),
        pay(
            QueryTransferAuthorization::new(consent()).is_display_authorization(true),
            "/v3/fund-app/mch-transfer/user-confirm-authorization/out-authorization-no/A20260304x7?is_display_authorization=true",
            Value::Null,
            with(consent_json(), &json!({"package_info": "package-3", "close_info": null})),
            |consent| {
                assert_eq!(consent.state, AuthorizationState::TakingEffect);
                assert_eq!(consent.user_display_name.unwrap().expose(), "rider 7");
                assert_eq!(
                    (consent.close_info, consent.package_info.as_ref().map(wechat_sdk::Secret::expose)),
                    (None, Some("package-3"))
                );
                assert!(consent.extra.is_empty());
            },
        ),
        pay(
            CloseTransferAuthorization::new(consent()),
            "/v3/fund-app/mch-transfer/user-confirm-authorization/out-authorization-no/A20260304x7/close",
            Value::Null,
            with(consent_json(), &ended),
            |consent| {
                assert_eq!(consent.state, AuthorizationState::Closed);
                assert_eq!(consent.close_info.unwrap().close_reason, AuthorizationEndReason::CloseViaMchApi);
            },
        ),
    ]
}

fn transfers() -> Vec<Exercise> {
    let wanted = AuthorizationRequest::new(consent(), "rider 7", "https://shop.example/consents");
    vec![
        pay(
            TransferAndAuthorize::new(order("T202603050001"), rider(), wanted).sponsor_mchid(sponsor()),
            "/v3/fund-app/mch-transfer/transfer-bills/pre-transfer-with-authorization",
            with(
                order_json("T202603050001"),
                &json!({
                    "openid": "oRider-7",
                    "authorization_info": {
                        "out_authorization_no": "A20260304x7",
                        "user_display_name": "rider 7",
                        "authorization_notify_url": "https://shop.example/consents",
                    },
                    "sponsor_mchid": "1900000055",
                }),
            ),
            json!({
                "out_bill_no": "T202603050001",
                "transfer_bill_no": "1330000000000000012026030500000001",
                "create_time": "2026-03-05T08:00:00+08:00",
                "state": "WAIT_USER_CONFIRM",
                "package_info": "package-4",
                "user_display_name": "rider 7",
                "out_authorization_no": "A20260304x7",
            }),
            |started| {
                assert_eq!(started.state, TransferState::WaitUserConfirm);
                assert_eq!(started.out_authorization_no.unwrap().as_str(), "A20260304x7");
                assert_eq!(started.user_display_name.unwrap().expose(), "rider 7");
            },
        ),
        pay(
            TransferAuthorized::by_out_authorization_no(order("T202603060001"), consent())
                .sponsor_mchid(sponsor()),
            "/v3/fund-app/mch-transfer/transfer-bills/transfer",
            with(
                order_json("T202603060001"),
                &json!({"out_authorization_no": "A20260304x7", "sponsor_mchid": "1900000055"}),
            ),
            transfer_json("T202603060001", "SUCCESS"),
            |transfer| {
                assert_eq!(transfer.state, TransferState::Success);
                assert_eq!(transfer.out_bill_no.as_str(), "T202603060001");
            },
        ),
        pay(
            TransferAuthorized::by_authorization_id(order("T202603060002"), "2220000000012026030400007"),
            "/v3/fund-app/mch-transfer/transfer-bills/transfer",
            with(order_json("T202603060002"), &json!({"authorization_id": "2220000000012026030400007"})),
            with(
                transfer_json("T202603060002", "FAIL"),
                &json!({"fail_reason": "TRANSFER_RISK", "openid": null, "user_name": null}),
            ),
            |transfer| {
                assert_eq!(transfer.fail_reason.as_deref(), Some("TRANSFER_RISK"));
                assert_eq!((transfer.openid, transfer.user_name), (None, None));
            },
        ),
    ]
}
