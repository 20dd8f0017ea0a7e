//! Who paid, who uses a plugin, and whether encrypted data is genuine.

use serde_json::json;

use super::people::{derived, unionid};
use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, codes, get, ok, post};
use crate::mini::encrypted;
use crate::operation::Operation;
use crate::world::{Order, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    get("get_paid_unionid", "/wxa/getpaidunionid", paid_unionid),
    post("check_encrypted_msg", "/wxa/business/checkencryptedmsg", check_encrypted),
    post("get_plugin_open_pid", "/wxa/getpluginopenpid", plugin_open_pid),
];

/// So long after a payment it may be asked who paid, in milliseconds.
const RECENT: i64 = 5 * 60_000;

fn paid_unionid(call: &MiniCall<'_>) -> Reply {
    let invalid_openid = || Errcode::new(40003, "invalid openid");
    let openid = call.parameter("openid").ok_or_else(invalid_openid)?;
    let now = call.core.now();
    call.core.read(|world| {
        let unionid = unionid(world, &call.app_id, &openid);
        let unionid = unionid.ok_or_else(|| Errcode::new(89002, "open not exists"))?;
        let order = order(world, call);
        let payer = order.is_some_and(|order| order.app_id == call.app_id && order.openid == openid);
        if !payer && !world.shoppers.contains(&key(&call.app_id, &openid)) {
            return Err(invalid_openid());
        }
        let paid_at = order.filter(|_| payer).and_then(|order| Some(order.payment.as_ref()?.paid_at));
        match paid_at {
            Some(at) if now < at + RECENT => ok(json!({"unionid": unionid})),
            _ => Err(Errcode::new(89300, "invalid trade")),
        }
    })
}

/// The order of the transaction, or of the merchant's number.
fn order<'a>(world: &'a World, call: &MiniCall<'_>) -> Option<&'a Order> {
    if let Some(transaction) = call.parameter("transaction_id") {
        return world.paid_order(&transaction);
    }
    world.orders.get(&key(&call.parameter("mch_id")?, &call.parameter("out_trade_no")?))
}

fn check_encrypted(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let hash = body.needed_text("encrypted_msg_hash")?.to_lowercase();
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Errcode::new(40097, "invalid args"));
    }
    match encrypted::made_at(call.core, &call.app_id, &hash) {
        Some(at) => ok(json!({"vaild": true, "create_time": at / 1000})),
        None => Err(Errcode::new(1, "data not exit")),
    }
}

/// Has errors of its own.
fn plugin_open_pid(call: &MiniCall<'_>) -> Reply {
    let body = call.body().map_err(|_| Errcode::new(1022, "the body is no JSON"))?;
    let code = body.needed_text("code").map_err(|_| Errcode::new(1001, "invalid args"))?;
    call.core.change(|world, now| {
        let taken = codes::take(&mut world.plugin_codes, &call.app_id, code, 1007, now);
        let taken = taken.map_err(|error| match error.0 {
            40013 => Errcode::new(1005, "appid does not match the code"),
            _ => Errcode::new(1007, "openpid does not exist"),
        })?;
        ok(json!({"openpid": derived('G', &[&call.app_id, &taken.subject])}))
    })
}
