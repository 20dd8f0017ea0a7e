//! Yes or no, how much, and by how many operators.

use super::super::Mall;
use super::super::refund::{Purpose, intend_refund};
use super::{decided, go, look_at_order};
use crate::base::{By, Code, Money, OperatorId, Problem, Result, TenantId};
use crate::infra::db::Tx;
use crate::infra::http::Operator;
use crate::mall::after_sale::{self, AfterSale, AfterSaleKind, AfterSaleState, Consent};
use crate::mall::order::{self, Order};
use crate::mall::payment;
use anyhow::Context as _;

/// An operator says yes. A return is then to be sent back; everything else lets its money go.
pub(super) async fn approve(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    case: AfterSale,
    amount: Option<Money>,
) -> Result<AfterSale> {
    check_move(&case, AfterSaleState::Requested)?;
    let order = order_of(tx, who.tenant_id, &case).await?;
    if case.kind != AfterSaleKind::ReturnRefund {
        return let_go(mall, tx, who, &order, case, amount).await;
    }
    let amount = amount.map(|wish| within(wish, case.worth)).transpose()?;
    let case = AfterSale { amount, decided_by: Some(who.id), ..case };
    await_return(mall, tx, who.tenant_id, &order, case, By::operator(who.id)).await
}

/// The shopper is to send the goods back, and is told where to.
pub(super) async fn await_return(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    order: &Order,
    case: AfterSale,
    by: By<'_>,
) -> Result<AfterSale> {
    let vault = &mall.core.vault;
    let address = after_sale::return_address(tx, vault, tenant, order.merchant_id).await?;
    let address = address.ok_or_else(|| Problem::new(Code::ReturnAddressMissing))?;
    let sealed = after_sale::seal_snapshot(vault, case.id, &address)?;
    let case = AfterSale { return_address_sealed: Some(sealed), ..case };
    let case = go(mall, tx, tenant, case, AfterSaleState::Approved, by).await?;
    decided(tx, tenant, &case, mall.core.now()).await?;
    Ok(case)
}

/// An operator says no, before anything is sent back or after inspecting it.
pub(super) async fn reject(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    case: AfterSale,
    reason: &str,
) -> Result<AfterSale> {
    let by = By::operator(who.id).because(reason);
    let case =
        AfterSale { reject_reason: Some(reason.to_owned()), decided_by: Some(who.id), amount: None, ..case };
    let case = go(mall, tx, who.tenant_id, case, AfterSaleState::Rejected, by).await?;
    decided(tx, who.tenant_id, &case, mall.core.now()).await?;
    Ok(case)
}

/// An operator consents that money goes back. Large amounts wait for the consent of another one.
pub(super) async fn let_go(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    order: &Order,
    case: AfterSale,
    wish: Option<Money>,
) -> Result<AfterSale> {
    let amount = amount(order, &case, wish)?;
    match case.consent(amount, who.id, takes_two(mall, tx, who.tenant_id, order, amount).await?) {
        Consent::Enough => {
            let case = AfterSale { decided_by: Some(who.id), ..case };
            release(mall, tx, who.tenant_id, order, case, amount, By::operator(who.id)).await
        }
        Consent::First => first_consent(mall, tx, who.tenant_id, case, (who.id, amount)).await,
        Consent::SamePerson => Err(Problem::with(
            Code::SecondPersonNeeded,
            format!("you have consented that {amount} go back; another operator must do so too"),
        )
        .into()),
    }
}

async fn first_consent(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    case: AfterSale,
    (operator, amount): (OperatorId, Money),
) -> Result<AfterSale> {
    let now = mall.core.now();
    let case = AfterSale {
        first_consent_by: Some(operator),
        first_consent_amount: Some(amount),
        updated_at: now,
        ..case
    };
    after_sale::save(tx, tenant, case.state, &case).await?;
    let by = By::operator(operator).because("first of two consents");
    after_sale::note(tx, tenant, &case, by, now).await?;
    Ok(case)
}

/// Whether two operators must consent that `amount` more goes back of an order. Everything that was let
/// go of it counts, also what WeChat closed: that is tried again without being asked for anew.
pub(super) async fn takes_two(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    order: &Order,
    amount: Money,
) -> Result<bool> {
    let before = after_sale::let_go_of(tx, tenant, order.id).await?;
    Ok(after_sale::needs_two(before, amount, mall.settings.after_sale.second_person_above))
}

/// Lets the money of a case go. A case for which nothing is left is done at once.
pub(super) async fn release(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    order: &Order,
    case: AfterSale,
    amount: Money,
    by: By<'_>,
) -> Result<AfterSale> {
    let now = mall.core.now();
    let case = AfterSale { amount: Some(amount), ..case };
    let mut case = go(mall, tx, tenant, case, AfterSaleState::Refunding, by).await?;
    decided(tx, tenant, &case, now).await?;
    if amount == Money::ZERO {
        case = go(mall, tx, tenant, case, AfterSaleState::Done, by).await?;
    } else {
        let paid = payment::applied_to(tx, tenant, case.trade_id).await?;
        let paid = paid.context("a paid trade without the payment that paid it")?;
        let purpose = Purpose::AfterSale { order, id: case.id };
        intend_refund(tx, tenant, paid.id, amount, purpose, now).await?;
    }
    look_at_order(tx, tenant, &case, now).await?;
    Ok(case)
}

/// An operator has settled otherwise what WeChat does not give back. The case is over; what it claimed
/// stays claimed, as its pieces will not be sent, or came back.
///
/// Errors: 409 `after_sale_state` unless WeChat closed all its refunds.
pub(super) async fn settle(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    case: AfterSale,
    how: &str,
) -> Result<AfterSale> {
    check_move(&case, AfterSaleState::Refunding)?;
    if payment::without_live_refund(tx, who.tenant_id, &[case.id]).await?.is_empty() {
        let detail = format!("a refund of {} is on its way; WeChat must have closed all of them", case.id);
        return Err(Problem::with(Code::AfterSaleState, detail).into());
    }
    let case = AfterSale { amount: Some(Money::ZERO), ..case };
    let by = By::operator(who.id).because(how);
    let case = go(mall, tx, who.tenant_id, case, AfterSaleState::Done, by).await?;
    look_at_order(tx, who.tenant_id, &case, mall.core.now()).await?;
    Ok(case)
}

/// The order of a case whose trade is locked.
pub(super) async fn order_of(tx: &mut Tx, tenant: TenantId, case: &AfterSale) -> Result<Order> {
    let (order, _) = order::order(tx, tenant, case.order_id).await?.context("a case without an order")?;
    Ok(order)
}

/// How much goes back: what the operator says, or what was promised or asked for, as far as it is left
/// of what was paid.
pub(super) fn amount(order: &Order, case: &AfterSale, wish: Option<Money>) -> Result<Money> {
    let full = case.amount.unwrap_or(case.worth).min(order.left());
    match wish {
        None => Ok(full),
        Some(wish) if case.kind == AfterSaleKind::Cancel && wish != full => Err(Problem::field(
            "amount",
            format!("must be {} or absent: a cancellation gives back in full", full.as_fen()),
        )
        .into()),
        Some(wish) => within(wish, case.worth),
    }
}

fn within(wish: Money, worth: Money) -> Result<Money> {
    if wish.is_positive() && wish <= worth {
        return Ok(wish);
    }
    Err(Problem::field("amount", format!("must be 1 to {} fen, what the case is worth", worth.as_fen()))
        .into())
}

/// Refuses what cannot be done to a case any more, before anything else is looked at.
pub(super) fn check_move(case: &AfterSale, needed: AfterSaleState) -> Result<()> {
    if case.state == needed {
        return Ok(());
    }
    let detail = format!("{} is {}, not {needed}", case.id, case.state);
    Err(Problem::with(Code::AfterSaleState, detail).into())
}
