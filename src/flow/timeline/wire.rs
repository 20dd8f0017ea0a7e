//! What went over the wire: our calls to WeChat, and its calls back.

use super::{Entry, Kind, Story};
use crate::base::{Actor, Result};
use crate::infra::db::Conn;
use crate::infra::http::Language;
use crate::mall::call::{self, CallOutcome};
use crate::mall::callback::{self, Outcome, Received};
use serde_json::json;

/// Every call to WeChat about the trade.
pub(super) async fn calls(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let calls = call::of_trade(db, story.tenant, story.order.trade_id).await?;
    Ok(calls.iter().map(|call| call_entry(story, call)).collect())
}

fn call_entry(story: &Story, call: &call::Call) -> Entry {
    let ended = match call.outcome {
        CallOutcome::Ok => story.language.pick("成功", "done"),
        CallOutcome::Refused => story.language.pick("未生效", "without effect"),
        CallOutcome::Unknown => story.language.pick("结果未知", "nobody knows how it ended"),
    };
    let asked = story.language.pick("请求微信", "We asked WeChat");
    Entry {
        at: call.created_at,
        kind: Kind::Call,
        title: format!("{asked} {}: {ended}", call.operation),
        actor: Actor::System,
        operator_id: None,
        ids: vec![call.id.to_string(), story.name(call.subject_id)],
        details: json!({
            "operation": call.operation, "outcome": call.outcome, "status": call.status, "code": call.code,
            "request_id": call.request_id, "took_ms": call.took_ms,
        }),
    }
}

/// Every call-back about the trade's payments and refunds.
pub(super) async fn callbacks(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let received = callback::about(db, story.tenant, &story.money_ids()).await?;
    Ok(received.iter().map(|received| callback_entry(story.language, received)).collect())
}

fn callback_entry(language: Language, received: &Received) -> Entry {
    let ended = match received.outcome {
        Outcome::Done => language.pick("已处理", "taken"),
        Outcome::Rejected => language.pick("已拒绝", "rejected"),
    };
    Entry {
        at: received.received_at,
        kind: Kind::Callback,
        title: format!("{} {}: {ended}", language.pick("微信通知", "WeChat told us"), received.event_type),
        actor: Actor::Wechat,
        operator_id: None,
        ids: vec![received.id.to_string()],
        details: json!(received),
    }
}
