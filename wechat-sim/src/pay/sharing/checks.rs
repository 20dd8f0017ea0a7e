//! What a request to share is made of.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::PayCall;
use super::super::refusal::Refusal;
use super::super::shape::{FEN, Field, Rule, may, need};
use super::receivers::known_name;
use super::{ACCOUNT, DESCRIPTION, KIND, MERCHANT, OUT_ORDER_NO, PERSON, TRANSACTION_ID};
use crate::world::World;

const RECEIVER: Rule =
    Rule::Object(&[KIND, ACCOUNT, may("name", Rule::Sealed), need("amount", FEN), DESCRIPTION]);
pub(super) const SHARE: &[Field] = &[
    may("appid", Rule::Text(32)),
    TRANSACTION_ID,
    OUT_ORDER_NO,
    need("receivers", Rule::List(1, 50, &RECEIVER)),
    need("unfreeze_unsplit", Rule::Boolean),
];
pub(super) const UNFREEZE: &[Field] = &[TRANSACTION_ID, OUT_ORDER_NO, DESCRIPTION];

/// A request to share or to unfreeze.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    pub(super) appid: Option<String>,
    pub(super) transaction_id: String,
    pub(super) out_order_no: String,
    #[serde(default)]
    pub(super) receivers: Vec<Target>,
    #[serde(default)]
    pub(super) unfreeze_unsplit: bool,
    pub(super) description: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Target {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) account: String,
    pub(super) name: Option<String>,
    pub(super) amount: i64,
    pub(super) description: String,
}

impl Wish {
    pub(super) fn total(&self) -> i64 {
        self.receivers.iter().fold(0, |sum, receiver| sum.saturating_add(receiver.amount))
    }

    /// What no table of members says.
    pub(super) fn check(&self, call: &PayCall<'_>) -> Result<(), Refusal> {
        match &self.appid {
            Some(app_id) => call.bound_app(app_id)?,
            None if self.receivers.iter().any(|receiver| receiver.kind == PERSON) => {
                return Err(Refusal::body("/appid", &Value::Null, "接收方含个人时必填"));
            }
            None => {}
        }
        let mut seen = BTreeSet::new();
        for (index, receiver) in self.receivers.iter().enumerate() {
            let pointer = format!("/receivers/{index}/account");
            if !seen.insert((&receiver.kind, &receiver.account)) {
                return Err(Refusal::body(&pointer, &json!(receiver.account), "分账接收方重复"));
            }
            if receiver.kind == MERCHANT && receiver.account == call.mchid && self.unfreeze_unsplit {
                let issue = "分账方作为接收方时unfreeze_unsplit应为false";
                return Err(Refusal::body(&pointer, &json!(receiver.account), issue));
            }
        }
        Ok(())
    }

    /// Opens the names, also in the parameters: the same name looks different each time it is sealed.
    pub(super) fn open_names(&mut self, call: &PayCall<'_>, parameters: &mut Value) -> Result<(), Refusal> {
        for (index, receiver) in self.receivers.iter_mut().enumerate() {
            let Some(sealed) = &receiver.name else { continue };
            let name = call.unsealed(&format!("/receivers/{index}/name"), sealed)?;
            parameters["receivers"][index]["name"] = json!(name);
            receiver.name = Some(name);
        }
        Ok(())
    }

    /// Names have to be right; whether strangers are refused here or fail later is a setting.
    pub(super) fn check_receivers(&self, call: &PayCall<'_>, world: &World) -> Result<(), Refusal> {
        for receiver in &self.receivers {
            known_name(world, &receiver.account, receiver.name.as_deref())?;
            let known = world.is_receiver(&call.mchid, &receiver.kind, &receiver.account);
            if call.core.settings.refuse_unrelated_receivers && !known {
                return Err(Refusal::invalid("分账接收方关系不存在，请先添加分账接收方")
                    .explained(format!("{} was not added as {}", receiver.account, receiver.kind)));
            }
        }
        Ok(())
    }
}
