//! What the shopper was told, and what operators did.

use super::{Entry, Kind, Story};
use crate::base::{Actor, Result};
use crate::infra::db::Conn;
use crate::mall::after_sale;
use crate::mall::notice::{self, Notice, State};
use crate::mall::payment::{self, ActionKind, RefundAction, Way};
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

/// What operators did about the refunds of the trade.
pub(super) async fn operators(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let actions = payment::actions_of_trade(db, story.tenant, story.order.trade_id).await?;
    Ok(actions.iter().map(|action| action_entry(story, action)).collect())
}

fn action_entry(story: &Story, action: &RefundAction) -> Entry {
    let (chinese, english) = match (action.kind, action.way) {
        (ActionKind::Take, _) => ("跟进退款", "A refund was taken in hand"),
        (ActionKind::Retry, _) => ("重新退款", "A refund was tried again"),
        (ActionKind::Redirect, Some(Way::Merchant)) => {
            ("异常退款退至商户账户", "A refund was sent to the merchant's own account")
        }
        (ActionKind::Redirect, _) => ("异常退款退至顾客银行卡", "A refund was sent to a card of the shopper"),
    };
    Entry {
        at: action.created_at,
        kind: Kind::Operator,
        title: story.language.pick(chinese, english).to_owned(),
        actor: Actor::Operator,
        operator_id: Some(action.operator_id),
        ids: vec![action.refund_id.to_string()],
        details: json!(action),
    }
}
