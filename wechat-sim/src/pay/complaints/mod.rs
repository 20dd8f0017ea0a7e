//! Complaints of shoppers (消费者投诉 2.0), and the older calls on the same data.

mod answer;
mod images;
mod immediate;
mod notify_url;
mod old;
mod query;
pub(crate) mod shopper;
pub(crate) mod view;

use serde_json::json;

use super::refusal::Refusal;
use super::{PayCall, PayServe, delete, get, post, put};
use crate::core::Core;
use crate::notify::pay_events;
use crate::operation::Operation;
use crate::world::{Complaint, World};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    get("complaints", "/v3/merchant-service/complaints-v2", query::list),
    get("complaint", "/v3/merchant-service/complaints-v2/{complaint_id}", query::detail),
    get(
        "complaint_history",
        "/v3/merchant-service/complaints-v2/{complaint_id}/negotiation-historys",
        query::history,
    ),
    post("complaint_response", "/v3/merchant-service/complaints-v2/{complaint_id}/response", answer::respond),
    post(
        "complaint_response_immediate",
        "/v3/merchant-service/complaints-v2/{complaint_id}/response-immediate-service",
        immediate::respond,
    ),
    post(
        "complaint_complete",
        "/v3/merchant-service/complaints-v2/{complaint_id}/complete",
        answer::complete,
    ),
    post(
        "complaint_refund_progress",
        "/v3/merchant-service/complaints-v2/{complaint_id}/update-refund-progress",
        answer::decide,
    ),
    post("complaint_image_upload", "/v3/merchant-service/images/upload", images::upload).upload(),
    get("complaint_image", "/v3/merchant-service/images/{media_id}", images::download),
    post("complaint_url_create", URL, notify_url::create),
    get("complaint_url", URL, notify_url::query),
    put("complaint_url_update", URL, notify_url::update),
    delete("complaint_url_delete", URL, notify_url::remove),
    get("complaints_old", "/v3/merchant-service/complaints", old::list),
    get("complaint_old", "/v3/merchant-service/complaints/{transaction_id}", old::detail),
    get(
        "complaint_history_old",
        "/v3/merchant-service/complaints/{transaction_id}/negotiation-historys",
        old::history,
    ),
    post("complaint_feedback_old", "/v3/merchant-service/feedbacks", old::feedback),
];

const URL: &str = "/v3/merchant-service/complaint-notifications";

/// A complaint of the merchant that asks.
fn own<'a>(world: &'a World, call: &PayCall<'_>, id: &str) -> Result<&'a Complaint, Refusal> {
    owned(world, call, id, "您暂无权限查询该投诉单的信息")
}

/// A complaint of the merchant that calls; `denied` is what is said about the complaints of others.
fn owned<'a>(world: &'a World, call: &PayCall<'_>, id: &str, denied: &str) -> Result<&'a Complaint, Refusal> {
    let complaint = world.complaints.get(id).ok_or_else(missing)?;
    if complaint.mchid == call.mchid { Ok(complaint) } else { Err(Refusal::new(403, "NO_AUTH", denied)) }
}

fn missing() -> Refusal {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", "投诉单不存在")
}

/// Tells the merchant what happened to a complaint, if it said where to.
fn tell(core: &Core, world: &mut World, id: &str, action: &str, now: i64) {
    let Some(mchid) = world.complaints.get(id).map(|complaint| complaint.mchid.clone()) else { return };
    let Some(url) = world.complaint_urls.get(&mchid).cloned() else { return };
    let event = match action {
        "CREATE_COMPLAINT" => ("COMPLAINT.CREATE", "complaint", "产生新投诉"),
        _ => ("COMPLAINT.STATE_CHANGE", "complaint", "投诉单状态变化"),
    };
    let plaintext = json!({"complaint_id": id, "action_type": action});
    pay_events::post_event(core, world, (&mchid, &url), event, plaintext, now);
}
