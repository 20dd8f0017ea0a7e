//! Transfers and authorizations.

use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{Reply, parse};
use super::{listed, nothing_here, sharing};
use crate::core::Core;
use crate::pay::refusal::Refusal;
use crate::pay::transfer;
use crate::world::key;

/// `GET /_control/transfers`
pub(super) fn bills(core: &Core) -> Value {
    core.read(|world| {
        listed("transfers", world.transfers.values().map(transfer::bill_view).collect::<Vec<_>>())
    })
}

/// `GET /_control/authorizations`
pub(super) fn authorizations(core: &Core) -> Value {
    core.read(|world| {
        let views = world.authorizations.values().map(transfer::authorization_view);
        listed("authorizations", views.collect::<Vec<_>>())
    })
}

/// Whose transfers fail: those of a shopper, or one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    openid: Option<String>,
    mchid: Option<String>,
    out_bill_no: Option<String>,
    /// `null` lets them succeed again.
    fail_reason: Option<String>,
}

/// `POST /_control/transfers/…`
pub(super) fn command(core: &Core, path: &[&str], body: &Value) -> Reply {
    match path {
        ["terms"] => sharing::change_terms(core, body),
        ["confirm"] => transfer::confirm(core, &parse(body)?),
        ["fail"] => fail(core, &parse(body)?),
        _ => Err(nothing_here()),
    }
}

fn fail(core: &Core, failure: &Failure) -> Reply {
    let whose = match (&failure.openid, &failure.mchid, &failure.out_bill_no) {
        (Some(openid), None, None) => openid.clone(),
        (None, Some(mchid), Some(number)) => key(mchid, number),
        _ => return Err(Refusal::invalid("an openid is needed, or mchid and out_bill_no")),
    };
    transfer::plan_failure(core, &whose, failure.fail_reason.as_deref())?;
    Ok(json!({"fail_reason": failure.fail_reason}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    mchid: String,
    out_authorization_no: String,
}

/// `POST /_control/authorizations/…`
pub(super) fn authorization_command(core: &Core, path: &[&str], body: &Value) -> Reply {
    match path {
        ["confirm"] => transfer::confirm_authorization(core, &parse(body)?),
        ["close"] => {
            let closing: Closing = parse(body)?;
            transfer::close_by_user(core, &closing.mchid, &closing.out_authorization_no)
        }
        _ => Err(nothing_here()),
    }
}
