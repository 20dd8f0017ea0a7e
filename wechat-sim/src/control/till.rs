//! The commands around payment codes and the money of merchants.

use serde::Deserialize;
use serde_json::json;

use super::json::{Reply, known_app};
use crate::core::Core;
use crate::pay::{balance, codepay};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeFields {
    app_id: String,
    openid: Option<String>,
    /// The payment waits until the person pays with `pay`, or does not with `cancel`.
    #[serde(default)]
    asks_password: bool,
}

pub(super) fn pay_code(core: &Core, fields: &CodeFields) -> Reply {
    core.change(|world, now| {
        known_app(world, &fields.app_id)?;
        let shown = codepay::show(world, &fields.app_id, fields.openid.as_deref(), fields.asks_password, now);
        Ok(json!({"code": shown.0, "openid": shown.1}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BalanceFields {
    mchid: String,
    /// What is put in, in fen; negative to take it out.
    #[serde(default)]
    amount: i64,
}

pub(super) fn balance(core: &Core, fields: &BalanceFields) -> Reply {
    let balance = balance::top_up(core, &fields.mchid, fields.amount)?;
    Ok(json!({"mchid": fields.mchid, "balance": balance}))
}
