//! Looking at complaints.

use serde_json::{Value, json};

use super::{images, own, shopper};
use crate::pay::prepay::DAY;
use crate::pay::refusal::Refusal;
use crate::pay::{PayCall, Reply};
use crate::wire::day::Day;
use crate::wire::text;
use crate::world::{Complaint, Negotiation, World};

/// Newest first.
pub(super) fn list(call: &PayCall<'_>) -> Reply {
    let asked = Page::read(call, 10, 50)?;
    let days = days(call)?;
    if call.parameter("complainted_mchid").is_some_and(|mchid| mchid != call.mchid) {
        return Err(Refusal::new(403, "NO_AUTH", "您暂无权限查询该商户的投诉信息"));
    }
    call.core.read(|world| {
        let all = between(world, &call.mchid, days);
        let data: Vec<Value> =
            asked.cut(&all).iter().map(|complaint| view(world, call, complaint, false)).collect();
        Ok(asked.answer(&data, all.len()).into())
    })
}

/// The complaints of a merchant between two moments, newest first.
pub(super) fn between<'a>(world: &'a World, mchid: &str, (from, to): (i64, i64)) -> Vec<&'a Complaint> {
    let wanted =
        |complaint: &&Complaint| complaint.mchid == mchid && (from..to).contains(&complaint.created_at);
    let mut found: Vec<&Complaint> = world.complaints.values().filter(wanted).collect();
    found.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    found
}

/// The first and the last moment of the days asked for, the last one excluded.
pub(super) fn days(call: &PayCall<'_>) -> Result<(i64, i64), Refusal> {
    let (from, to) = (day(call, "begin_date")?, day(call, "end_date")?);
    let refuse = |issue| {
        let text = call.parameter("end_date").unwrap_or_default();
        Err(Refusal::url("end_date", &text, issue, "query"))
    };
    if to < from {
        return refuse("早于开始日期");
    }
    if to.start() - from.start() > 30 * DAY {
        refuse("查询日期跨度超过30天")
    } else {
        Ok((from.start(), to.next().start()))
    }
}

fn day(call: &PayCall<'_>, name: &str) -> Result<Day, Refusal> {
    let text = call.needed_parameter(name)?;
    Day::parse(&text).ok_or_else(|| Refusal::url(name, &text, "不是合法的日期", "query"))
}

pub(super) fn detail(call: &PayCall<'_>) -> Reply {
    call.core.read(|world| Ok(view(world, call, own(world, call, call.argument())?, true).into()))
}

/// Newest first.
pub(super) fn history(call: &PayCall<'_>) -> Reply {
    let asked = Page::read(call, 100, 300)?;
    call.core.read(|world| {
        let complaint = own(world, call, call.argument())?;
        let all: Vec<&Negotiation> = complaint.history.iter().rev().collect();
        let data: Vec<Value> = asked.cut(&all).iter().map(|record| negotiation(call, record)).collect();
        Ok(asked.answer(&data, all.len()).into())
    })
}

/// Which part of a list is asked for.
#[derive(Debug)]
pub(super) struct Page {
    limit: i64,
    offset: i64,
}

impl Page {
    pub(super) fn read(call: &PayCall<'_>, usual: i64, most: i64) -> Result<Self, Refusal> {
        Ok(Self {
            limit: call.count("limit", (1, most))?.unwrap_or(usual),
            offset: call.count("offset", (0, i64::MAX))?.unwrap_or(0),
        })
    }

    pub(super) fn cut<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let from = usize::try_from(self.offset).map_or(all.len(), |from| from.min(all.len()));
        let count = usize::try_from(self.limit).map_or(all.len(), |limit| limit.min(all.len() - from));
        &all[from..from + count]
    }

    /// The number of all is told with the first page only.
    pub(super) fn answer(&self, data: &[Value], all: usize) -> Value {
        let mut body = json!({"data": data, "limit": self.limit, "offset": self.offset});
        if self.offset == 0 {
            body["total_count"] = json!(all);
        }
        body
    }
}

/// The phone number, sealed for the merchant.
pub(super) fn sealed_phone(world: &World, complaint: &Complaint) -> Option<String> {
    let merchant = world.merchants.get(&complaint.mchid)?;
    merchant.keys.merchant.key.seal_oaep(complaint.phone.as_ref()?.as_bytes())
}

fn view(world: &World, call: &PayCall<'_>, complaint: &Complaint, whole: bool) -> Value {
    let mut body = json!({
        "complaint_id": complaint.id,
        "complaint_time": text::rfc3339(complaint.created_at),
        "complaint_detail": complaint.detail,
        "complaint_state": complaint.state,
        "complainted_mchid": complaint.mchid,
        "complaint_order_info": [{
            "transaction_id": complaint.transaction_id,
            "out_trade_no": complaint.out_trade_no,
            "amount": complaint.amount,
        }],
        "complaint_full_refunded": shopper::is_refunded(world, complaint),
        "incoming_user_response": complaint.unanswered,
        "problem_description": complaint.problem_description,
        "problem_type": complaint.problem_type,
        "user_complaint_times": complaint.times,
        "user_tag_list": complaint.user_tags,
        "in_platform_service": complaint.in_platform_service,
        "need_immediate_service": complaint.need_immediate_service,
        "is_agent_mode": complaint.is_agent_mode,
    });
    if let Some(sealed) = sealed_phone(world, complaint) {
        body["payer_phone"] = json!(sealed);
    }
    if let Some(amount) = complaint.apply_refund_amount {
        body["apply_refund_amount"] = json!(amount);
    }
    if !complaint.images.is_empty() {
        body["complaint_media_list"] = json!([media("USER_COMPLAINT_IMAGE", call, &complaint.images)]);
    }
    if whole {
        body["payer_openid"] = json!(complaint.openid);
    }
    body
}

fn media(kind: &str, call: &PayCall<'_>, ids: &[String]) -> Value {
    json!({"media_type": kind, "media_url": images::urls(call.request, ids)})
}

/// One object of pictures here, where a complaint has a list of such objects.
fn negotiation(call: &PayCall<'_>, record: &Negotiation) -> Value {
    let mut body = json!({
        "log_id": record.log_id,
        "operator": record.operator,
        "operate_time": text::rfc3339(record.at),
        "operate_type": record.kind,
    });
    if !record.details.is_empty() {
        body["operate_details"] = json!(record.details);
    }
    if !record.images.is_empty() {
        let created = record.kind == "USER_CREATE_COMPLAINT";
        let kind = if created { "USER_COMPLAINT_IMAGE" } else { "OPERATION_IMAGE" };
        body["complaint_media_list"] = media(kind, call, &record.images);
        body["image_list"] = json!(images::urls(call.request, &record.images));
    }
    for (name, member) in &record.more {
        body[name] = member.clone();
    }
    body
}
