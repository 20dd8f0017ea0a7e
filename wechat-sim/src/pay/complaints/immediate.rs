//! Answers of several blocks, to complaints that cannot wait.

use serde_json::{Value, json};

use super::{answer, images, tell};
use crate::pay::refusal::Refusal;
use crate::pay::shape::{Field, Rule, may, need};
use crate::pay::{PayCall, Reply};
use crate::world::{Operator, World};

/// Where the documents name no limit.
const TEXT: Rule = Rule::Text(4096);

const ACTION: Rule = Rule::Object(&[
    may(
        "action_type",
        Rule::Choice(&["ACTION_TYPE_SEND_MESSAGE", "ACTION_TYPE_JUMP_URL", "ACTION_TYPE_JUMP_MINI_PROGRAM"]),
    ),
    may("jump_url", TEXT),
    may("mini_program_jump_info", Rule::Object(&[need("appid", TEXT), may("path", TEXT), may("text", TEXT)])),
    may("message_info", Rule::Object(&[need("content", TEXT), may("custom_data", TEXT)])),
    may("action_id", TEXT),
]);
const INVALID: Rule =
    Rule::Object(&[may("expired_time", Rule::Time(64)), may("multi_clickable", Rule::Boolean)]);
const BUTTON: Rule = Rule::Object(&[may("text", TEXT), may("action", ACTION), may("invalid_info", INVALID)]);
const FAQ: Rule = Rule::Object(&[may("faq_id", TEXT), may("faq_title", TEXT), may("action", ACTION)]);
const BLOCK: Rule = Rule::Object(&[
    need("type", Rule::Choice(&["TEXT", "IMAGE", "LINK", "FAQ_LIST", "BUTTON", "BUTTON_GROUP"])),
    may(
        "text",
        Rule::Object(&[
            may("text", TEXT),
            may("color", Rule::Choice(&["DEFAULT", "SECONDARY"])),
            may("is_bold", Rule::Boolean),
        ]),
    ),
    may(
        "image",
        Rule::Object(&[
            may("media_id", TEXT),
            may("image_style_type", Rule::Choice(&["IMAGE_STYLE_TYPE_NARROW", "IMAGE_STYLE_TYPE_WIDE"])),
        ]),
    ),
    may("link", BUTTON),
    may("faq_list", Rule::Object(&[may("faqs", Rule::List(0, 1000, &FAQ))])),
    may("button", BUTTON),
    may(
        "button_group",
        Rule::Object(&[
            may("buttons", Rule::List(0, 1000, &BUTTON)),
            may("button_layout", Rule::Choice(&["LAYOUT_UNKNOWN", "LAYOUT_HORIZONTAL", "LAYOUT_VERTICAL"])),
            may("invalid_info", INVALID),
        ]),
    ),
]);
const SHAPE: &[Field] = &[
    need("complainted_mchid", Rule::Text(64)),
    need(
        "message",
        Rule::Object(&[
            may("blocks", Rule::List(0, 1000, &BLOCK)),
            may("sender_identity", Rule::Choice(&["UNKNOWN", "MANUAL", "MACHINE"])),
            may("custom_data", Rule::Text(4096)),
        ]),
    ),
    need("idempotent_id", Rule::Text(128)),
];

/// Each idempotent id is worked on once; again it answers the same record.
pub(super) fn respond(call: &PayCall<'_>) -> Reply {
    let mut body = call.body(SHAPE)?;
    let member = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (mchid, once) = (member("complainted_mchid"), member("idempotent_id"));
    check_blocks(&body)?;
    call.core.change(|world, now| {
        answer::named(world, call, &mchid)?;
        let complaint = world.complaints.get(call.argument()).ok_or_else(super::missing)?;
        if let Some(log_id) = complaint.immediate.get(&once) {
            return Ok(json!({"log_id": log_id}).into());
        }
        if !complaint.need_immediate_service {
            let refusal = Refusal::invalid("该投诉单不需要即时服务");
            return Err(refusal.explained("need_immediate_service is false: use /response"));
        }
        let log_id = note(world, call, &mut body["message"], once, now)?;
        Ok(json!({"log_id": log_id}).into())
    })
}

/// Answers the number of the record.
fn note(
    world: &mut World,
    call: &PayCall<'_>,
    message: &mut Value,
    once: String,
    now: i64,
) -> Result<String, Refusal> {
    let pictures = show(world, call, message)?;
    let complaint = world.complaints.get_mut(call.argument()).ok_or_else(super::missing)?;
    answer::take_up(complaint);
    let record = complaint.note(now, Operator::Merchant, "MERCHANT_RESPONSE", "");
    record.images = pictures;
    record.more.insert("normal_message".to_owned(), message.clone());
    let log_id = record.log_id.clone();
    complaint.immediate.insert(once, log_id.clone());
    tell(call.core, world, call.argument(), "MERCHANT_RESPONSE", now);
    Ok(log_id)
}

/// A block holds what its type says.
fn check_blocks(body: &Value) -> Result<(), Refusal> {
    let blocks = body["message"]["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    blocks.iter().enumerate().try_for_each(|(place, block)| {
        let member = block["type"].as_str().unwrap_or_default().to_lowercase();
        if block.get(&member).is_some() {
            return Ok(());
        }
        Err(Refusal::body(&format!("/message/blocks/{place}/{member}"), &Value::Null, "必填"))
    })
}

/// Gives the pictures of a message the ids they can be downloaded by.
fn show(world: &mut World, call: &PayCall<'_>, message: &mut Value) -> Result<Vec<String>, Refusal> {
    let mut shown = Vec::new();
    for (place, block) in message["blocks"].as_array_mut().into_iter().flatten().enumerate() {
        if block["type"] != "IMAGE" {
            continue;
        }
        let id = block["image"]["media_id"].as_str().unwrap_or_default();
        let known = images::show_one(world, &call.mchid, id).ok_or_else(|| {
            Refusal::body(&format!("/message/blocks/{place}/image/media_id"), &json!(id), "图片不存在")
        })?;
        block["image"]["media_id"] = json!(known);
        shown.push(known);
    }
    Ok(shown)
}
