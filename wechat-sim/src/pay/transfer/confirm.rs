//! What the user does on the page of confirmation.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::{authorization, course, query, views};
use crate::core::Core;
use crate::world::{AuthorizationState, TransferState, World, key};

/// Which page the user sees, and what the user does there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) mchid: Option<String>,
    pub(crate) out_bill_no: Option<String>,
    pub(crate) out_authorization_no: Option<String>,
    pub(crate) package_info: Option<String>,
    /// Leaving the page changes nothing: it can be opened again until the day is over.
    #[serde(default = "yes")]
    pub(crate) accept: bool,
    /// Whether the authorization that is asked for with a transfer is given, too.
    #[serde(default = "yes")]
    pub(crate) authorize: bool,
}

fn yes() -> bool {
    true
}

/// The user answers a transfer.
pub(crate) fn confirm(core: &Core, answer: &Answer) -> Result<Value, Refusal> {
    core.change(|world, now| {
        let bill = transfer_key(world, answer).ok_or_else(query::missing)?;
        let transfer = world.transfers.get(&bill).cloned().ok_or_else(query::missing)?;
        if transfer.state != TransferState::WaitUserConfirm {
            return Err(Refusal::invalid("当前单据状态不允许用户确认"));
        }
        if !answer.accept {
            return Ok(json!({"errMsg": "requestMerchantTransfer:fail cancel"}));
        }
        let from = [TransferState::WaitUserConfirm];
        course::turn(core, world, &bill, &from, TransferState::Transfering, now);
        if let Some(number) = transfer.authorization.filter(|_| answer.authorize) {
            authorization::grant(core, world, &number, now);
        }
        Ok(world.transfers.get(&bill).map_or(Value::Null, views::bill_view))
    })
}

fn transfer_key(world: &World, answer: &Answer) -> Option<String> {
    match (&answer.package_info, &answer.mchid, &answer.out_bill_no) {
        (Some(package), ..) => {
            let mut all = world.transfers.iter();
            all.find(|(_, it)| it.package_info.as_ref() == Some(package)).map(|(key, _)| key.clone())
        }
        (None, Some(mchid), Some(number)) => Some(key(mchid, number)),
        _ => None,
    }
}

/// The user answers a request for an authorization alone.
pub(crate) fn confirm_authorization(core: &Core, answer: &Answer) -> Result<Value, Refusal> {
    core.change(|world, now| {
        let number = authorization_key(world, answer).ok_or_else(authorization::missing)?;
        let found = world.authorizations.get(&number).ok_or_else(authorization::missing)?;
        if found.state != AuthorizationState::WaitUserConfirm {
            return Err(Refusal::invalid("当前授权状态不允许用户确认"));
        }
        if !answer.accept {
            return Ok(json!({"errMsg": "requestMerchantTransfer:fail cancel"}));
        }
        authorization::grant(core, world, &number, now);
        Ok(world.authorizations.get(&number).map_or(Value::Null, views::authorization_view))
    })
}

fn authorization_key(world: &World, answer: &Answer) -> Option<String> {
    match (&answer.package_info, &answer.mchid, &answer.out_authorization_no) {
        (Some(package), ..) => {
            let mut all = world.authorizations.iter();
            all.find(|(_, it)| it.package_info == *package).map(|(key, _)| key.clone())
        }
        (None, Some(mchid), Some(number)) => Some(key(mchid, number)),
        _ => None,
    }
}
