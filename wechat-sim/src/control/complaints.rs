//! Commands about complaints and risky orders.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json::{Reply, parse, split};
use crate::core::Core;
use crate::pay::complaints::shopper::{self, ComplaintOptions, ComplaintStep};
use crate::pay::refusal::Refusal;
use crate::pay::risk::{self, RiskOptions};

/// Which order is meant: by the platform's number, or by the merchant's with the merchant.
#[derive(Deserialize)]
struct Target {
    transaction_id: Option<String>,
    out_trade_no: Option<String>,
    mchid: Option<String>,
}

const TARGET: &[&str] = &["transaction_id", "out_trade_no", "mchid"];

/// A shopper complains.
pub(super) fn open(core: &Core, body: &Value) -> Reply {
    let (target, options): (Target, ComplaintOptions) = split(body, TARGET)?;
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
    let (target, options): (Target, RiskOptions) = split(body, TARGET)?;
    match (target.mchid, target.out_trade_no) {
        (Some(mchid), Some(number)) => risk::plant(core, &mchid, &number, &options),
        _ => Err(Refusal::invalid("mchid and out_trade_no are needed")),
    }
}
