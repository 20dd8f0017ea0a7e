//! Payments, refunds, and what the ledger says of them.

use super::{Entry, Kind, Story};
use crate::base::{Actor, Money, Result, Timestamp};
use crate::infra::db::Conn;
use crate::infra::http::Language;
use crate::mall::ledger;
use crate::mall::payment::{Payment, PaymentState, Refund, RefundState};
use serde_json::json;

/// In Chinese and in English.
type Words = (&'static str, &'static str);

/// Every payment of the trade: meant, known to WeChat, ended.
pub(super) fn payments(story: &Story) -> Vec<Entry> {
    story.payments.iter().flat_map(|payment| payment_steps(payment, story.language)).collect()
}

fn payment_steps(payment: &Payment, language: Language) -> Vec<Entry> {
    let step = |at, actor, (chinese, english): Words, amount: Money| Entry {
        at,
        kind: Kind::Payment,
        title: format!("{} {amount}", language.pick(chinese, english)),
        actor,
        operator_id: None,
        ids: vec![payment.id.to_string()],
        details: json!(payment),
    };
    let meant =
        step(payment.created_at, Actor::Shopper, ("发起支付", "A payment was started:"), payment.amount);
    let known = ("微信已受理支付", "WeChat took the payment up:");
    let known = payment.prepaid_at.map(|at| step(at, Actor::Wechat, known, payment.amount));
    let ended = payment_end(payment)
        .map(|(at, actor, words)| step(at, actor, words, payment.paid_amount.unwrap_or(payment.amount)));
    [Some(meant), known, ended].into_iter().flatten().collect()
}

fn payment_end(payment: &Payment) -> Option<(Timestamp, Actor, Words)> {
    match payment.state {
        PaymentState::Created | PaymentState::Prepaid => None,
        // WeChat counts whole seconds: nothing is paid before it could be.
        PaymentState::Succeeded => Some((
            payment.paid_at.max(payment.prepaid_at).unwrap_or(payment.updated_at),
            Actor::Wechat,
            ("微信收款", "WeChat collected"),
        )),
        PaymentState::Closed => {
            Some((payment.updated_at, Actor::System, ("支付已关闭", "The payment was closed:")))
        }
        PaymentState::Failed => {
            Some((payment.updated_at, Actor::Wechat, ("微信拒绝支付", "WeChat refused the payment:")))
        }
    }
}

/// Every refund of the trade: meant, and where it stands.
pub(super) fn refunds(story: &Story) -> Vec<Entry> {
    story.refunds.iter().flat_map(|refund| refund_steps(refund, story.language)).collect()
}

fn refund_steps(refund: &Refund, language: Language) -> Vec<Entry> {
    let step = |at, actor, (chinese, english): Words| Entry {
        at,
        kind: Kind::Refund,
        title: format!("{} {}", language.pick(chinese, english), refund.amount),
        actor,
        operator_id: None,
        ids: vec![refund.id.to_string(), refund.payment_id.to_string()],
        details: json!(refund),
    };
    let meant = step(refund.created_at, Actor::System, ("决定退款", "A refund was decided:"));
    let since = refund.succeeded_at.unwrap_or(refund.updated_at);
    let stands = refund_words(refund.state).map(|words| step(since, Actor::Wechat, words));
    [Some(meant), stands].into_iter().flatten().collect()
}

fn refund_words(state: RefundState) -> Option<Words> {
    match state {
        RefundState::Created => None,
        RefundState::Submitted => Some(("微信退款处理中", "WeChat works on the refund:")),
        RefundState::Succeeded => Some(("退款成功", "The money went back:")),
        RefundState::Closed => Some(("微信关闭了退款", "WeChat closed the refund:")),
        RefundState::Abnormal => Some(("退款异常，需人工处理", "The refund is abnormal, somebody must act:")),
    }
}

/// The ledger's transactions about the trade's payments and refunds.
pub(super) async fn ledger(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let written = ledger::about(db, story.tenant, &story.money_ids()).await?;
    Ok(written.into_iter().map(|transaction| ledger_entry(story, &transaction)).collect())
}

fn ledger_entry(story: &Story, written: &ledger::Transaction) -> Entry {
    let amounts = written.entries.iter().map(|side| side.amount);
    let moved = Money::sum(amounts.filter(|amount| amount.is_positive()));
    Entry {
        at: written.created_at,
        kind: Kind::Ledger,
        title: format!("{} {}", story.language.pick("记账", "Booked:"), moved.unwrap_or_default()),
        actor: Actor::System,
        operator_id: None,
        ids: vec![written.id.to_string(), story.name(written.source_id)],
        details: json!({ "kind": written.kind, "entries": written.entries }),
    }
}
