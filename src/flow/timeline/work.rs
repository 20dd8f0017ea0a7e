//! How the trade and the order moved, and the jobs about them.

use super::{Entry, Kind, Story};
use crate::base::{Actor, Result, Timestamp};
use crate::infra::db::Conn;
use crate::infra::http::Language;
use crate::infra::jobs::{self, JobRow};
use crate::mall::notice::Notice;
use crate::mall::order::{self, OrderState, Step, TradeState};
use serde_json::json;

/// The moves of the trade and of this order; other orders of the trade have stories of their own.
pub(super) async fn moves(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let steps = order::history(db, story.tenant, story.order.trade_id).await?;
    let own = steps.iter().filter(|step| step.order_id.is_none_or(|id| id == story.order.id));
    Ok(own.map(|step| move_entry(story, step)).collect())
}

fn move_entry(story: &Story, step: &Step) -> Entry {
    Entry {
        at: step.created_at,
        kind: Kind::Move,
        title: move_title(step, story.language),
        actor: step.actor,
        operator_id: step.operator_id,
        ids: vec![step.order_id.map_or(story.order.trade_id.to_string(), |id| id.to_string())],
        details: json!({ "from": step.from_state, "to": step.to_state, "reason": step.reason }),
    }
}

fn move_title(step: &Step, language: Language) -> String {
    let (who, text) = match step.order_id {
        None => (language.pick("交易", "The trade"), trade_text as fn(&str, Language) -> String),
        Some(_) => (language.pick("订单", "The order"), order_text as fn(&str, Language) -> String),
    };
    let to = text(&step.to_state, language);
    match &step.from_state {
        Some(from) => format!("{who}: {} → {to}", text(from, language)),
        None => format!("{}: {to}", language.pick("下单", "Placed")),
    }
}

fn trade_text(state: &str, language: Language) -> String {
    state.parse::<TradeState>().map_or_else(|_| state.to_owned(), |state| state.text(language).to_owned())
}

fn order_text(state: &str, language: Language) -> String {
    state.parse::<OrderState>().map_or_else(|_| state.to_owned(), |state| state.text(language).to_owned())
}

/// The jobs about the trade, and about the messages to its shopper: put on the list, done or dead.
pub(super) async fn jobs(db: &mut Conn, story: &Story, messages: &[Notice]) -> Result<Vec<Entry>> {
    let mut subjects = vec![story.order.trade_id.uuid()];
    subjects.extend(messages.iter().map(|message| message.id.uuid()));
    let rows = jobs::about(db, story.tenant, &subjects).await?;
    Ok(rows.iter().flat_map(|row| job_steps(row, story.language)).collect())
}

fn job_steps(row: &JobRow, language: Language) -> Vec<Entry> {
    let step = |at: Timestamp, words: &str| Entry {
        at,
        kind: Kind::Job,
        title: format!("{} {}: {words}", language.pick("任务", "The job"), row.kind),
        actor: Actor::System,
        operator_id: None,
        ids: vec![row.id.to_string()],
        details: json!({
            "state": row.state, "run_at": row.run_at, "attempts": row.attempts, "last_error": row.last_error,
        }),
    };
    let listed = step(row.created_at, language.pick("已安排", "put on the list"));
    let done = row.finished_at.map(|at| step(at, language.pick("已完成", "done")));
    // A dead job keeps the time of its last try.
    let dead = (row.state == "dead").then(|| step(row.run_at, language.pick("已放弃", "given up")));
    [Some(listed), done, dead].into_iter().flatten().collect()
}
