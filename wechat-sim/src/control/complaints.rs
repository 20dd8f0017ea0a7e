//! Commands about complaints and risky orders.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json::parse;
use crate::core::Core;
use crate::pay::complaints::shopper::{self, ComplaintOptions, ComplaintStep};
use crate::pay::refusal::Refusal;
use crate::pay::risk::{self, RiskOptions};

type Reply = Result<Value, Refusal>;

/// Which order is meant: by the platform's number, or by the merchant's with the merchant.
#[derive(Deserialize)]
struct Target {
    transaction_id: Option<String>,
    out_trade_no: Option<String>,
    mchid: Option<String>,
}

impl Target {
    const NAMES: [&str; 3] = ["transaction_id", "out_trade_no", "mchid"];

    /// The target, and the other members of the body.
    fn split(body: &Value) -> Result<(Self, Value), Refusal> {
        let mut options = body.clone();
        if let Some(members) = options.as_object_mut() {
            members.retain(|name, _| !Self::NAMES.contains(&name.as_str()));
        }
        Ok((parse(body)?, options))
    }
}

/// A shopper complains.
pub(super) fn open(core: &Core, body: &Value) -> Reply {
    let (target, options) = Target::split(body)?;
    let options: ComplaintOptions = parse(&options)?;
    let transaction_id = match (target.transaction_id, target.out_trade_no, target.mchid) {
        (Some(id), _, _) => id,
        (None, Some(number), Some(mchid)) => shopper::payment_of(core, &mchid, &number)?,
        _ => return Err(Refusal::invalid("transaction_id, or out_trade_no and mchid, are needed")),
    };
    shopper::open(core, &transaction_id, &options).map(|view| json!(view))
}

/// The next step of a complaint: `reply`, `continue`, `withdraw`, `ask_platform`, `cancel_platform`,
/// `platform_reply`, `finish_platform`, `refund_done`.
pub(super) fn step(core: &Core, id: &str, name: &str, body: &Value) -> Reply {
    let mut members: Map<String, Value> = parse(body)?;
    members.insert("step".to_owned(), json!(name));
    let step: ComplaintStep = parse(&Value::Object(members))?;
    shopper::step(core, id, &step).map(|view| json!(view))
}

/// The platform finds an order risky.
pub(super) fn risk(core: &Core, body: &Value) -> Reply {
    let (target, options) = Target::split(body)?;
    let options: RiskOptions = parse(&options)?;
    match (target.mchid, target.out_trade_no) {
        (Some(mchid), Some(number)) => risk::plant(core, &mchid, &number, &options),
        _ => Err(Refusal::invalid("mchid and out_trade_no are needed")),
    }
}
