//! What a merchant says to a complaint.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{images, owned, tell};
use crate::core::Core;
use crate::pay::refusal::Refusal;
use crate::pay::shape::{Field, Rule, may, need};
use crate::pay::{Given, PayCall, Reply};
use crate::world::{Complaint, ComplaintState, Decision, Operator, World};

/// What is said about the complaints of others.
const DENIED: &str = "您暂无权限为该投诉单提交商户回复";

const RESPONSE: &[Field] = &[
    need("complainted_mchid", Rule::Text(64)),
    need("response_content", Rule::Text(500)),
    may("response_images", images::IDS),
    may("jump_url", Rule::Text(512)),
    may("jump_url_text", Rule::Text(10)),
    may(
        "mini_program_jump_info",
        Rule::Object(&[
            need("appid", Rule::Text(64)),
            need("path", Rule::Text(512)),
            need("text", Rule::Text(64)),
        ]),
    ),
];

#[derive(Debug, Deserialize)]
struct Words {
    complainted_mchid: String,
    response_content: String,
    #[serde(default)]
    response_images: Vec<String>,
    jump_url: Option<String>,
    jump_url_text: Option<String>,
}

impl Words {
    /// A link and its text come together.
    fn check(&self, core: &Core) -> Result<(), Refusal> {
        let (url, label) = match (&self.jump_url, &self.jump_url_text) {
            (None, None) => return Ok(()),
            (None, Some(label)) => {
                return Err(Refusal::body("/jump_url_text", &json!(label), "需与 jump_url 同时传入"));
            }
            (Some(url), label) => (url, label),
        };
        if !url.starts_with("https://") {
            return Err(Refusal::body("/jump_url", &json!(url), "需为 https 链接"));
        }
        if label.is_none() {
            return Err(Refusal::body("/jump_url_text", &Value::Null, "传入 jump_url 时必填"));
        }
        if core.settings.complaint_links {
            return Ok(());
        }
        let denied = "此商户号暂不支持发送外部链接，如有需要请联系对接的微信支付行业运营评估配置";
        Err(Refusal::new(403, "NO_AUTH", denied).explained("Settings::complaint_links allows links"))
    }
}

pub(super) fn respond(call: &PayCall<'_>) -> Reply {
    let (_, words): (Value, Words) = call.read(RESPONSE)?;
    words.check(call.core)?;
    call.core.change(|world, now| {
        named(world, call, &words.complainted_mchid)?;
        let pictures = images::show(world, &call.mchid, &words.response_images, "/response_images")?;
        answer(call.core, world, call.argument(), &words.response_content, pictures, now)?;
        Ok(Given::Nothing)
    })
}

/// The complaint has to be the merchant's, and it has to name itself.
pub(super) fn named(world: &World, call: &PayCall<'_>, mchid: &str) -> Result<(), Refusal> {
    owned(world, call, call.argument(), DENIED)?;
    if mchid == call.mchid { Ok(()) } else { Err(Refusal::new(403, "NO_AUTH", DENIED)) }
}

/// Notes an answer; the first one takes the complaint up.
pub(super) fn answer(
    core: &Core,
    world: &mut World,
    id: &str,
    text: &str,
    pictures: Vec<String>,
    now: i64,
) -> Result<(), Refusal> {
    let complaint = world.complaints.get_mut(id).ok_or_else(super::missing)?;
    take_up(complaint);
    complaint.note(now, Operator::Merchant, "MERCHANT_RESPONSE", text).images = pictures;
    tell(core, world, id, "MERCHANT_RESPONSE", now);
    Ok(())
}

pub(super) fn take_up(complaint: &mut Complaint) {
    complaint.unanswered = false;
    if complaint.state == ComplaintState::Pending {
        complaint.state = ComplaintState::Processing;
    }
}

pub(super) fn complete(call: &PayCall<'_>) -> Reply {
    let body = call.body(&[need("complainted_mchid", Rule::Text(64))])?;
    call.core.change(|world, now| {
        named(world, call, body["complainted_mchid"].as_str().unwrap_or_default())?;
        finish(call.core, world, call.argument(), now)?;
        Ok(Given::Nothing)
    })
}

/// The merchant says that all is done.
pub(super) fn finish(core: &Core, world: &mut World, id: &str, now: i64) -> Result<(), Refusal> {
    let complaint = world.complaints.get_mut(id).ok_or_else(super::missing)?;
    if !complaint.is_open() {
        return Err(wrong_state("the complaint is processed already"));
    }
    if complaint.state == ComplaintState::Pending && core.settings.complaint_answer_first {
        return Err(wrong_state("the complaint has not been answered yet"));
    }
    complaint.state = ComplaintState::Processed;
    complaint.note(now, Operator::Merchant, "MERCHANT_CONFIRM_COMPLETE", "");
    tell(core, world, id, "MERCHANT_CONFIRM_COMPLETE", now);
    Ok(())
}

fn wrong_state(explanation: &str) -> Refusal {
    Refusal::invalid("当前单据状态不支持操作，请检查是否重复调用").explained(explanation)
}

const PROGRESS: &[Field] = &[
    need("action", Rule::Choice(&["APPROVE", "REJECT"])),
    may("launch_refund_day", Rule::Integer(0, i32::MAX as i64)),
    may("reject_reason", Rule::Text(200)),
    may("reject_media_list", images::IDS),
    may("remark", Rule::Text(200)),
];

#[derive(Debug, Deserialize)]
struct Progress {
    action: Decision,
    reject_reason: Option<String>,
    #[serde(default)]
    reject_media_list: Vec<String>,
    remark: Option<String>,
}

/// Grants or refuses the refund that was asked for; granting it refunds nothing yet.
pub(super) fn decide(call: &PayCall<'_>) -> Reply {
    let (_, progress): (Value, Progress) = call.read(PROGRESS)?;
    call.core.change(|world, now| {
        undecided(owned(world, call, call.argument(), DENIED)?)?;
        let pictures = images::show(world, &call.mchid, &progress.reject_media_list, "/reject_media_list")?;
        let complaint = world.complaints.get_mut(call.argument()).ok_or_else(super::missing)?;
        let action = decided(complaint, &progress, pictures, now);
        tell(call.core, world, call.argument(), action, now);
        Ok(Given::Nothing)
    })
}

fn undecided(complaint: &Complaint) -> Result<(), Refusal> {
    if complaint.apply_refund_amount.is_none() {
        return Err(wrong_state("the complaint asks for no refund"));
    }
    if complaint.decision.is_some() || !complaint.is_open() {
        return Err(wrong_state("it was decided already, or the complaint is processed"));
    }
    Ok(())
}

/// A refused refund ends the complaint; a granted one ends it when the money has come.
fn decided(complaint: &mut Complaint, progress: &Progress, pictures: Vec<String>, now: i64) -> &'static str {
    take_up(complaint);
    complaint.decision = Some(progress.action);
    match progress.action {
        Decision::Approve => {
            let remark = progress.remark.as_deref().unwrap_or_default();
            complaint.note(now, Operator::Merchant, "MERCHANT_APPROVE_REFUND", remark);
            "MERCHANT_APPROVE_REFUND"
        }
        Decision::Reject => {
            complaint.state = ComplaintState::Processed;
            let reason = progress.reject_reason.as_deref().unwrap_or_default();
            // The name is misspelled in the protocol.
            complaint.note(now, Operator::Merchant, "MERCHANT_REFUSE_RERUND", reason).images = pictures;
            "MERCHANT_REJECT_REFUND"
        }
    }
}
