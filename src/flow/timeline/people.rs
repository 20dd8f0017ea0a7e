//! What the shopper was told.

use super::{Entry, Kind, Story};
use crate::base::{Actor, Result};
use crate::infra::db::Conn;
use crate::mall::after_sale;
use crate::mall::notice::{self, Notice, State};
use serde_json::json;

/// Every message about the trade, the order, its refunds and after-sales.
pub(super) fn notices(story: &Story, told: &[Notice]) -> Vec<Entry> {
    told.iter().map(|notice| notice_entry(story, notice)).collect()
}

/// The rows of them.
pub(super) async fn told(db: &mut Conn, story: &Story) -> Result<Vec<Notice>> {
    let mut subjects = story.money_ids();
    subjects.push(story.order.trade_id.uuid());
    let cases = after_sale::told_of(db, story.tenant, story.order.id).await?;
    subjects.extend(
        cases.iter().filter(|told| told.step.from_state.is_none()).map(|told| told.after_sale_id.uuid()),
    );
    Ok(notice::about(db, story.tenant, &subjects).await?)
}

fn notice_entry(story: &Story, notice: &Notice) -> Entry {
    let ended = match notice.state {
        State::Waiting | State::Sending => story.language.pick("待发送", "to be sent"),
        State::Sent => story.language.pick("已发送", "sent"),
        State::Skipped => story.language.pick("未发送", "not sent"),
        State::Failed => story.language.pick("发送失败", "failed"),
    };
    Entry {
        at: notice.sent_at.unwrap_or(notice.created_at),
        kind: Kind::Notice,
        title: format!("{} {}: {ended}", story.language.pick("订阅消息", "The message"), notice.kind),
        actor: Actor::System,
        operator_id: None,
        ids: vec![notice.id.to_string(), story.name(notice.subject_id)],
        details: json!(notice),
    }
}
