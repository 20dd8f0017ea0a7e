//! Transfers and authorizations as answers and notifications show them.

use serde_json::{Value, json};

use super::super::PayCall;
use crate::wire::text;
use crate::world::{Authorization, AuthorizationState, Transfer, TransferState};

fn add(body: &mut Value, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        body[name] = json!(value);
    }
}

/// The package is there only while the user can confirm.
fn package(transfer: &Transfer) -> Option<&String> {
    transfer.package_info.as_ref().filter(|_| transfer.state == TransferState::WaitUserConfirm)
}

/// The answer to whoever asks for a transfer the user has to confirm.
pub(super) fn created(transfer: &Transfer) -> Value {
    let mut body = json!({
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "create_time": text::rfc3339(transfer.created_at),
        "state": transfer.state.as_str(),
    });
    add(&mut body, "fail_reason", transfer.fail_reason.as_ref());
    add(&mut body, "package_info", package(transfer));
    for name in ["user_display_name", "out_authorization_no"] {
        if let Some(text) = transfer.parameters["authorization_info"][name].as_str() {
            body[name] = json!(text);
        }
    }
    body
}

/// A transfer without the name.
pub(crate) fn bill_view(transfer: &Transfer) -> Value {
    let mut body = json!({
        "mch_id": transfer.mchid,
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "appid": transfer.app_id,
        "state": transfer.state.as_str(),
        "transfer_amount": transfer.amount,
        "transfer_remark": transfer.remark,
        "openid": transfer.openid,
        "create_time": text::rfc3339(transfer.created_at),
        "update_time": text::rfc3339(transfer.updated_at),
    });
    add(&mut body, "fail_reason", transfer.fail_reason.as_ref());
    body
}

/// A transfer as a query answers it, with the name sealed.
pub(super) fn with_name(call: &PayCall<'_>, transfer: &Transfer) -> Value {
    let mut body = bill_view(transfer);
    let sealed = transfer.user_name.as_deref().and_then(|name| call.sealed(name));
    add(&mut body, "user_name", sealed.as_ref());
    body
}

/// What `MCHTRANSFER.BILL.FINISHED` carries.
pub(super) fn finished_plaintext(transfer: &Transfer) -> Value {
    let mut body = json!({
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "state": transfer.state.as_str(),
        "mch_id": transfer.mchid,
        "transfer_amount": transfer.amount,
        "openid": transfer.openid,
        "create_time": text::rfc3339(transfer.created_at),
        "update_time": text::rfc3339(transfer.updated_at),
    });
    add(&mut body, "fail_reason", transfer.fail_reason.as_ref());
    if transfer.state == TransferState::Success {
        body["payment_method_type"] = json!("CFT");
    }
    body
}

/// What the notifications of an authorization carry, and the beginning of what a query answers.
pub(super) fn authorization_plaintext(authorization: &Authorization) -> Value {
    let mut body = json!({
        "out_authorization_no": authorization.out_authorization_no,
        "appid": authorization.app_id,
        "openid": authorization.openid,
        "user_display_name": authorization.user_display_name,
        "state": authorization.state.as_str(),
    });
    add(&mut body, "authorization_id", authorization.authorization_id.as_ref());
    if let Some(at) = authorization.authorized_at {
        body["authorize_time"] = json!(text::rfc3339(at));
    }
    if let Some((at, reason)) = &authorization.closed {
        body["close_info"] = json!({"close_time": text::rfc3339(*at), "close_reason": reason});
    }
    body
}

/// An authorization as a query answers it.
pub(crate) fn authorization_view(authorization: &Authorization) -> Value {
    let mut body = authorization_plaintext(authorization);
    body["transfer_scene_id"] = json!(authorization.scene);
    body["create_time"] = json!(text::rfc3339(authorization.created_at));
    add(&mut body, "user_recv_perception", authorization.perception.as_ref());
    let waits = authorization.state == AuthorizationState::WaitUserConfirm;
    add(&mut body, "package_info", Some(&authorization.package_info).filter(|_| waits));
    body
}
