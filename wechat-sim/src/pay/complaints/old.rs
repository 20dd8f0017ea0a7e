//! The calls of before 2021, which name payments instead of complaints; on the same data.

use serde::Deserialize;
use serde_json::{Value, json};

use super::query::{Page, between, days, sealed_phone};
use super::{answer, images, shopper};
use crate::pay::refusal::Refusal;
use crate::pay::shape::{Field, Rule, may, need};
use crate::pay::{Given, PayCall, Reply};
use crate::wire::text;
use crate::world::{Complaint, Negotiation, World};

pub(super) fn list(call: &PayCall<'_>) -> Reply {
    let asked = Page::read(call, 10, 50)?;
    let days = days(call)?;
    call.core.read(|world| {
        let all = between(world, &call.mchid, days);
        let data: Vec<Value> = asked.cut(&all).iter().map(|complaint| view(world, complaint)).collect();
        Ok(asked.answer(&data, all.len()).into())
    })
}

pub(super) fn detail(call: &PayCall<'_>) -> Reply {
    call.core.read(|world| {
        let complaint = about(world, &call.mchid, call.argument())?;
        let mut body = view(world, complaint);
        body["complaint_handle_state"] = json!(complaint.state);
        Ok(body.into())
    })
}

/// The newest complaint about a payment.
fn about<'a>(world: &'a World, mchid: &str, transaction_id: &str) -> Result<&'a Complaint, Refusal> {
    let wanted =
        |complaint: &&Complaint| complaint.mchid == mchid && complaint.transaction_id == transaction_id;
    let found = world.complaints.values().filter(wanted).max_by_key(|complaint| complaint.created_at);
    found.ok_or_else(super::missing)
}

fn view(world: &World, complaint: &Complaint) -> Value {
    let state = match complaint {
        Complaint { withdrawn: true, .. } => "PAYER_CANCELED",
        _ if shopper::is_refunded(world, complaint) => "MERCHANT_REFUNDED",
        _ => "PAYER_COMPLAINTED",
    };
    let mut body = json!({
        "transaction_id": complaint.transaction_id,
        "out_trade_no": complaint.out_trade_no,
        "amount": complaint.amount,
        "complaint_time": text::rfc3339(complaint.created_at),
        "complaint_detail": complaint.detail,
        "complaint_state": state,
    });
    if let Some(sealed) = sealed_phone(world, complaint) {
        body["payer_phone"] = json!(sealed);
    }
    body
}

pub(super) fn history(call: &PayCall<'_>) -> Reply {
    call.core.read(|world| {
        let complaint = about(world, &call.mchid, call.argument())?;
        let records: Vec<Value> =
            complaint.history.iter().rev().filter_map(|record| negotiation(call, record)).collect();
        Ok(json!({"complaint_negotiation_history": records}).into())
    })
}

/// `None` for what these calls have no word for.
fn negotiation(call: &PayCall<'_>, record: &Negotiation) -> Option<Value> {
    let kind = match record.kind.as_str() {
        "PLATFORM_RESPONSE" => "RESPONSE_BY_PLATFORM",
        "MERCHANT_CONFIRM_COMPLETE" => "MERCHANT_LAUNCH_CONFIRM_PROCESS",
        "USER_CREATE_COMPLAINT_SYSTEM_MESSAGE" => "CREATE_COMPLAINT_SYSTEM_MESSAGE",
        "COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE" => "SELLER_REFUND_SYSTEM_MESSAGE",
        known @ ("USER_CREATE_COMPLAINT"
        | "USER_CONTINUE_COMPLAINT"
        | "USER_REVOKE_COMPLAINT"
        | "USER_RESPONSE"
        | "MERCHANT_RESPONSE") => known,
        _ => return None,
    };
    Some(json!({
        "operate_user": record.operator,
        "operate_time": text::rfc3339(record.at),
        "operate_type": kind,
        "operate_details": record.details,
        "image_list": images::urls(call.request, &record.images),
    }))
}

const FEEDBACK: &[Field] = &[
    need("transaction_id", Rule::Text(32)),
    need("complainted_mchid", Rule::Text(64)),
    may("feedback_type", Rule::Integer(0, i32::MAX as i64)),
    need("feedback_content", Rule::Text(200)),
    may("feedback_images", images::IDS),
    may("launch_confirm_process", Rule::Boolean),
];

#[derive(Debug, Deserialize)]
struct Wish {
    transaction_id: String,
    complainted_mchid: String,
    feedback_content: String,
    #[serde(default)]
    feedback_images: Vec<String>,
    #[serde(default)]
    launch_confirm_process: bool,
}

/// An answer, and the end of the complaint where the merchant says so.
pub(super) fn feedback(call: &PayCall<'_>) -> Reply {
    let (_, wish): (Value, Wish) = call.read(FEEDBACK)?;
    call.own_mchid("/complainted_mchid", &wish.complainted_mchid)?;
    call.core.change(|world, now| {
        let id = about(world, &call.mchid, &wish.transaction_id)?.id.clone();
        let pictures = images::show(world, &call.mchid, &wish.feedback_images, "/feedback_images")?;
        answer::answer(call.core, world, &id, &wish.feedback_content, pictures, now)?;
        if wish.launch_confirm_process {
            answer::finish(call.core, world, &id, now)?;
        }
        Ok(Given::Nothing)
    })
}
