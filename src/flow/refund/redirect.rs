//! Money that cannot go back the way it came, and where an operator sends it.
//!
//! What they want is written down with their name before WeChat hears of it, and the job that sees the
//! refund through is woken: whatever becomes of the answer, WeChat is asked within a minute.

use super::super::{Mall, wechat};
use super::{Report, drive, look_at, note_in};
use crate::base::{Code, Money, Problem, RefundId, Result, Text};
use crate::infra::db::Tx;
use crate::infra::http::Operator;
use crate::mall::payment::{self, ActionKind, Refund, RefundAction, RefundAnswer, RefundState, Way};
use crate::mall::{after_sale, order};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wechat_sdk::pay::refunds::ApplyAbnormalRefund;
use wechat_sdk::{OutRefundNo, Outcome, RefundId as WechatRefundId};

/// Where the money of an abnormal refund is to go. Not `Debug`, for it holds the number of a card.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Redirection {
    /// To the merchant's own account, to pay the shopper by other means.
    Merchant,
    /// To a debit card of the shopper.
    Shopper {
        /// As WeChat spells it, `ICBC_DEBIT` for instance.
        bank_type: Text<16>,
        /// The number of the card: 8 to 32 digits. It is sent encrypted; only its last four digits are kept.
        bank_account: Text<32>,
        /// Whose card it is. It is sent encrypted and not kept.
        real_name: Text<40>,
    },
}

impl Redirection {
    /// What is kept of it: the way, and the last four digits of the card.
    fn kept(&self) -> Result<(Way, Option<String>)> {
        let Self::Shopper { bank_account, .. } = self else { return Ok((Way::Merchant, None)) };
        let number = bank_account.as_str();
        if number.len() < 8 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problem::field("bank_account", "must be 8 to 32 digits").into());
        }
        Ok((Way::Shopper, Some(number[number.len() - 4..].to_owned())))
    }

    fn call(&self, refund: &Refund) -> anyhow::Result<ApplyAbnormalRefund> {
        let theirs =
            refund.wechat_refund_id.as_deref().context("an abnormal refund without WeChat's number")?;
        let theirs = WechatRefundId::new(theirs).context("the number that WeChat gave")?;
        let ours = OutRefundNo::new(refund.id.suffix()).context("our own out_refund_no")?;
        Ok(match self {
            Self::Merchant => ApplyAbnormalRefund::to_merchant(theirs, ours),
            Self::Shopper { bank_type, bank_account, real_name } => {
                let (bank, account, name) = (bank_type.as_str(), bank_account.as_str(), real_name.as_str());
                ApplyAbnormalRefund::to_user(theirs, ours, bank, account, name)
            }
        })
    }
}

/// Sends the money of an abnormal refund another way.
///
/// Errors: 404; 409 `refund_not_abnormal`, also while nobody knows what became of an earlier redirection;
/// 409 `second_person_needed`; 502 when WeChat does not do as asked.
pub(super) async fn redirect(mall: &Mall, who: Operator, id: RefundId, wish: &Redirection) -> Result<()> {
    let gateway = mall.gateways.of(who.tenant_id)?;
    let (refund, action) = intend(mall, who, id, wish).await?;
    let told = match gateway.pay(&mall.core, &refund, &wish.call(&refund)?).await {
        Ok(told) => told,
        Err(error) => {
            if error.outcome() == Outcome::NotDone {
                look_now(mall, who, id).await;
            }
            return Err(wechat::unavailable(&error));
        }
    };
    let report = Report { status: told.status, refund_id: told.refund_id.to_string() };
    let mut tx = mall.core.db.begin().await?;
    lock(&mut tx, who, &refund).await?;
    payment::accept_redirection(&mut tx, who.tenant_id, &action).await?;
    note_in(mall, &mut tx, &gateway, id, &report).await?;
    Ok(tx.commit().await?)
}

/// WeChat has refused, or a first try went through of which we did not hear: the refund tells.
async fn look_now(mall: &Mall, who: Operator, id: RefundId) {
    if let Err(error) = drive(mall, who.tenant_id, id).await {
        tracing::warn!(refund = %id, error = format!("{error:#}"), "a refused redirection is not settled yet");
    }
}

/// Writes down who wants what, and has WeChat asked soon.
async fn intend(
    mall: &Mall,
    who: Operator,
    id: RefundId,
    wish: &Redirection,
) -> Result<(Refund, RefundAction)> {
    let (way, card_tail) = wish.kept()?;
    let (tenant, now) = (who.tenant_id, mall.core.now());
    let mut tx = mall.core.db.begin().await?;
    let known = payment::refund(&mut tx, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    let refund = lock(&mut tx, who, &known).await?;
    let action = RefundAction {
        way: Some(way),
        card_tail,
        answer: Some(RefundAnswer::None),
        ..RefundAction::new(id, ActionKind::Redirect, who.id, now)
    };
    check_state(&mut tx, who, &refund, &action).await?;
    check_second_person(mall, &mut tx, who, &refund).await?;
    payment::insert_action(&mut tx, tenant, &action).await?;
    look_at(&mut tx, tenant, &refund, (now, now.after(mall.settings.refund_poll))).await?;
    tx.commit().await?;
    Ok((refund, action))
}

async fn lock(tx: &mut Tx, who: Operator, refund: &Refund) -> Result<Refund> {
    order::lock(tx, who.tenant_id, refund.trade_id).await?.context("a refund without a trade")?;
    payment::lock(tx, who.tenant_id, refund.payment_id).await?.context("a refund without a payment")?;
    Ok(payment::lock_refund(tx, who.tenant_id, refund.id).await?.context("a refund that vanished")?)
}

/// Money goes one way at a time: until WeChat has answered, only the same may be asked for again.
async fn check_state(tx: &mut Tx, who: Operator, refund: &Refund, action: &RefundAction) -> Result<()> {
    if refund.state != RefundState::Abnormal {
        let detail = format!("{} is {}", refund.id, refund.state);
        return Err(Problem::with(Code::RefundNotAbnormal, detail).into());
    }
    let before = payment::actions_of(tx, who.tenant_id, refund.id).await?;
    let same = |other: &RefundAction| (other.way, &other.card_tail) == (action.way, &action.card_tail);
    if before.iter().any(|other| other.answer == Some(RefundAnswer::None) && !same(other)) {
        let detail = "nobody knows yet what became of an earlier redirection; look again in a minute";
        return Err(Problem::with(Code::RefundNotAbnormal, detail).into());
    }
    Ok(())
}

/// Where much goes back, whoever decided that may not also say where to.
async fn check_second_person(mall: &Mall, tx: &mut Tx, who: Operator, refund: &Refund) -> Result<()> {
    let (Some(order), Some(case)) = (refund.order_id, refund.after_sale_id) else { return Ok(()) };
    let (order, _) = order::order(tx, who.tenant_id, order).await?.context("a refund without an order")?;
    let case = after_sale::case(tx, who.tenant_id, case).await?.context("a refund without its case")?;
    let limit = mall.settings.after_sale.second_person_above;
    let large = after_sale::needs_two(Money::ZERO, order.refunding, limit);
    if large && case.decided_by == Some(who.id) {
        let detail =
            format!("you decided that {} go back; another operator must say where to", refund.amount);
        return Err(Problem::with(Code::SecondPersonNeeded, detail).into());
    }
    Ok(())
}
