//! After-sales: a shopper asks for something back, operators decide, goods and money go back.
//!
//! Every step is one transaction that locks the trade first. Asking claims the pieces of the order's
//! lines; a case that ends for nothing lets them go. Money goes back by [`refund`](super::refund);
//! how that ends comes back here ([`finished`]).

mod decide;
mod goodwill;
mod images;
mod operators;
mod request;
mod returns;
mod settings;
mod shoppers;
mod timers;
mod view;

pub use self::timers::TimeOutAfterSale;

use super::notice::announce;
use super::{Mall, ship};
use crate::base::{Actor, AfterSaleId, By, Money, OrderId, Problem, Result, TenantId, Timestamp};
use crate::infra::db::Tx;
use crate::mall::after_sale::{self, AfterSale, AfterSaleKind, AfterSaleLine, AfterSaleState};
use crate::mall::notice::Event;
use crate::mall::order::{self, Claim, OrderState};
use anyhow::Context as _;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

/// The rules of after-sales.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Whether an order of which nothing was sent is cancelled as soon as its shopper asks for it.
    pub auto_approve_cancel: bool,
    /// More than this of an order goes back, in however many parts, only when two operators say so;
    /// nothing: one is always enough.
    pub second_person_above: Money,
    /// How long an operator may take to decide.
    pub decide_within: Duration,
    /// How long a shopper may take to send the goods back.
    pub return_within: Duration,
    /// How long an operator may take to inspect what was sent back.
    pub inspect_within: Duration,
}

impl Terms {
    /// When a case that comes to `state` at `now` times out there.
    fn due(&self, state: AfterSaleState, now: Timestamp) -> Option<Timestamp> {
        match state {
            AfterSaleState::Requested => Some(now.after(self.decide_within)),
            AfterSaleState::Approved => Some(now.after(self.return_within)),
            AfterSaleState::Returned => Some(now.after(self.inspect_within)),
            _ => None,
        }
    }
}

/// What shoppers may do.
pub fn shop() -> OpenApiRouter<Mall> {
    shoppers::routes().merge(images::shop())
}

/// What operators may do.
pub fn admin() -> OpenApiRouter<Mall> {
    operators::routes().merge(goodwill::routes()).merge(settings::routes()).merge(images::admin())
}

pub use self::images::LARGEST_BODY;

/// The case as it is under the lock of its trade.
async fn locked(tx: &mut Tx, tenant: TenantId, id: AfterSaleId) -> Result<AfterSale> {
    let known = after_sale::case(tx, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    order::lock(tx, tenant, known.trade_id).await?.context("an after-sale without a trade")?;
    Ok(after_sale::case(tx, tenant, id).await?.context("an after-sale that vanished")?)
}

/// Moves a case on and sets its timer. One that ends for nothing forgets consents and lets its claims go.
async fn go(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    case: AfterSale,
    to: AfterSaleState,
    by: By<'_>,
) -> Result<AfterSale> {
    let now = mall.core.now();
    let mut case = AfterSale { due_at: mall.settings.after_sale.due(to, now), ..case };
    if to.is_void() {
        (case.first_consent_by, case.first_consent_amount) = (None, None);
    }
    let case = after_sale::advance(tx, tenant, case, to, by, now).await?;
    if to.is_void() {
        let lines = after_sale::lines_of(tx, tenant, &[case.id]).await?;
        order::release_lines(tx, tenant, &claims(case.kind, &lines)).await?;
    }
    timers::watch(tx, tenant, &case, now).await?;
    Ok(case)
}

fn claims(kind: AfterSaleKind, lines: &[AfterSaleLine]) -> Vec<Claim> {
    let claim = |line: &AfterSaleLine| Claim {
        line_id: line.line_id,
        quantity: line.quantity,
        amount: line.amount,
        cancels: kind == AfterSaleKind::Cancel,
    };
    lines.iter().map(claim).collect()
}

/// The money of a case went back. The trade is locked.
pub async fn finished(tx: &mut Tx, tenant: TenantId, id: AfterSaleId, now: Timestamp) -> Result<()> {
    let case =
        after_sale::case(tx, tenant, id).await?.context("a refund for an after-sale that is not there")?;
    let by = By::new(Actor::Wechat);
    let case = after_sale::advance(tx, tenant, case, AfterSaleState::Done, by, now).await?;
    look_at_order(tx, tenant, &case, now).await
}

/// Whether the case still waits for its money: then a closed refund may be tried again. The trade is locked.
///
/// Errors: 409 `after_sale_state`.
pub async fn awaits_refund(tx: &mut Tx, tenant: TenantId, id: AfterSaleId) -> Result<()> {
    let case = after_sale::case(tx, tenant, id).await?.context("a refund for a case that is not there")?;
    decide::check_move(&case, AfterSaleState::Refunding)
}

/// Money of a case went or is to go back, or was settled otherwise: what becomes of its order.
async fn look_at_order(tx: &mut Tx, tenant: TenantId, case: &AfterSale, now: Timestamp) -> Result<()> {
    let is_over = end_if_over(tx, tenant, case.order_id, now).await?;
    if is_over || case.kind != AfterSaleKind::Cancel {
        return Ok(());
    }
    // Nothing may be left to send now.
    ship::reconsider(tx, tenant, case.order_id, By::new(Actor::System), now).await
}

/// Ends an order of which nothing was sent, nothing will be, and nobody waits for anything any more.
/// Others are over when all their money went back.
async fn end_if_over(tx: &mut Tx, tenant: TenantId, id: OrderId, now: Timestamp) -> Result<bool> {
    let (order, lines) = order::order(tx, tenant, id).await?.context("an after-sale without an order")?;
    let nothing_left = lines.iter().all(|line| line.cancelled == line.quantity);
    if order.state != OrderState::Paid || !nothing_left || after_sale::open_of(tx, tenant, id).await? {
        return Ok(false);
    }
    if order.total == Money::ZERO {
        let by = By::new(Actor::System);
        order::move_order(tx, tenant, &order, OrderState::Refunded, by, now).await?;
    } else {
        ship::complete(tx, tenant, &order, now).await?;
    }
    Ok(true)
}

/// An operator, or a timer in their place, has decided: the shopper is told.
async fn decided(tx: &mut Tx, tenant: TenantId, case: &AfterSale, now: Timestamp) -> Result<()> {
    metrics::counter!("jishi_after_sales_decided_total", "state" => case.state.as_str()).increment(1);
    if case.kind == AfterSaleKind::Goodwill {
        return Ok(());
    }
    let event = Event::AfterSaleDecided {
        after_sale_id: case.id,
        order_id: case.order_id,
        approved: !case.state.is_void(),
        reason: case.reject_reason.clone().unwrap_or_default(),
        decided_at: now,
    };
    announce(tx, tenant, case.customer_id, &event, now).await
}
