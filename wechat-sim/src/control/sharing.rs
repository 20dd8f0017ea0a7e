//! Profit sharing, and what is agreed with merchants.

use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{Reply, parse};
use super::nothing_here;
use crate::core::Core;
use crate::pay::refusal::Refusal;
use crate::pay::{sharing, terms};
use crate::world::{ReturnResult, ShareResult};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome<R> {
    account: String,
    /// `null` leaves it to the rules again.
    result: Option<R>,
    fail_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    /// An openid or a merchant.
    account: String,
    /// `null` makes it unknown again.
    name: Option<String>,
}

/// `POST /_control/sharing/…`
pub(super) fn command(core: &Core, path: &[&str], body: &Value) -> Reply {
    match path {
        ["terms"] => change_terms(core, body),
        ["outcome"] => {
            let wish: Outcome<ShareResult> = parse(body)?;
            sharing::share_outcome(core, &wish.account, wish.result, wish.fail_reason.as_deref())?;
            Ok(body.clone())
        }
        ["return_outcome"] => {
            let wish: Outcome<ReturnResult> = parse(body)?;
            sharing::return_outcome(core, &wish.account, wish.result, wish.fail_reason.as_deref())?;
            Ok(body.clone())
        }
        _ => Err(nothing_here()),
    }
}

/// `mchid`, and the terms to change.
pub(super) fn change_terms(core: &Core, body: &Value) -> Reply {
    let mut changes = body.clone();
    let mchid = changes.as_object_mut().and_then(|members| members.remove("mchid"));
    let mchid = mchid.as_ref().and_then(Value::as_str).ok_or_else(|| Refusal::invalid("mchid is needed"))?;
    if core.kit(mchid).is_none() {
        return Err(Refusal::no_merchant());
    }
    terms::change(core, mchid, &changes)
}

/// What an openid or a merchant is really called.
pub(super) fn name(core: &Core, body: &Value) -> Reply {
    let wish: Name = parse(body)?;
    terms::name(core, &wish.account, wish.name.as_deref())?;
    Ok(json!({"account": wish.account, "name": wish.name}))
}
