//! Closing a trade that nobody paid: by its shopper or by time-out.
//!
//! First the trade is marked, so that no payment can start, and a payment that is starting does not
//! reach its shopper. Then WeChat is told to close what is open and asked what became of it: money
//! that came in between pays the trade. Only when nothing can be paid any more, the stock is released.

use super::Mall;
use super::poll::{self, Told, ask};
use super::trades::{OrderPage, TradePage, one_order, page};
use super::wechat::{Gateway, unavailable};
use crate::base::{Actor, Code, OrderId, Problem, Result, TenantId, TradeId};
use crate::infra::http::{Json, Language, Path, Shopper};
use crate::infra::idempotency::{self, Asked, Key};
use crate::infra::jobs::{self, Done, Job};
use crate::mall::order::{self, TradeRow, TradeState};
use crate::mall::payment::{self, Payment, PaymentState};
use crate::mall::stock;
use anyhow::Context as _;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use wechat_sdk::OutTradeNo;
use wechat_sdk::pay::transactions::CloseTransaction;

/// WeChat takes no money this long after `time_expire`, which it may put off by a minute.
const GRACE: Duration = Duration::from_mins(2);

crate::column_enum!(
    /// Why a trade is closed.
    CloseReason {
        /// Nobody paid in time.
        Timeout = "timeout",
        /// The shopper does not want it any more.
        Shopper = "shopper",
    }
);

/// Closes one trade; enqueued when it is placed, due when it expires.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloseTrade {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub trade_id: TradeId,
    /// Why.
    pub reason: CloseReason,
}

impl CloseTrade {
    /// Nobody paid in time.
    pub fn by_timeout(tenant_id: TenantId, trade_id: TradeId) -> Self {
        Self { tenant_id, trade_id, reason: CloseReason::Timeout }
    }
}

impl Job<Mall> for CloseTrade {
    const KIND: &'static str = "close_trade";
    const ATTEMPTS: u32 = 60;

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        close(mall, self.tenant_id, self.trade_id, self.reason).await?;
        Ok(Done::Finished)
    }
}

/// Closes a trade unless it was paid; gives how it ended.
pub async fn close(mall: &Mall, tenant: TenantId, id: TradeId, reason: CloseReason) -> Result<TradeState> {
    let gateway = mall.gateways.of(tenant)?;
    let trade = mark(mall, tenant, id, reason).await?;
    if trade.state != TradeState::Unpaid {
        return Ok(trade.state);
    }
    let payments = payment::payments_of(&mut mall.core.db.read().await?, tenant, id).await?;
    for open in payments.iter().filter(|payment| payment.state.is_open()) {
        close_payment(mall, &gateway, &trade, open).await?;
    }
    finish(mall, tenant, id).await
}

async fn mark(mall: &Mall, tenant: TenantId, id: TradeId, reason: CloseReason) -> Result<TradeRow> {
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    let trade = order::lock(&mut tx, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    if trade.state == TradeState::Unpaid && trade.closing_since.is_none() {
        order::closing(&mut tx, tenant, id, reason.as_str(), now).await?;
        if reason != CloseReason::Timeout {
            // Should we die or WeChat be silent: a job sees it through.
            let job = CloseTrade { tenant_id: tenant, trade_id: id, reason };
            jobs::enqueue::<Mall, _>(&mut tx, &job, now, now.after(Duration::from_secs(10))).await?;
        }
        tx.commit().await?;
    }
    Ok(trade)
}

/// Closes a payment at WeChat and asks what became of it. The answer to closing itself decides
/// nothing: it may be lost, or say that the payment was closed or paid before. Nor does WeChat's
/// not knowing the number, which comes unsigned and may be lag, once a shopper could pay with it.
pub(super) async fn close_payment(
    mall: &Mall,
    gateway: &Gateway,
    trade: &TradeRow,
    open: &Payment,
) -> Result<()> {
    let number = OutTradeNo::new(open.id.suffix()).context("our own out_trade_no")?;
    let closed = gateway.pay(&mall.core, open, &CloseTransaction::new(number)).await;
    let told = ask(mall, gateway, open).await?;
    let never_shown = told == Told::Unknown && open.state == PaymentState::Created;
    let too_late_to_pay = trade.expires_at.after(GRACE) <= mall.core.now();
    match (told, closed) {
        (Told::Ended, _) => Ok(()),
        _ if never_shown || too_late_to_pay => {
            poll::end(mall, gateway, open, PaymentState::Closed).await.map(drop)
        }
        (_, Err(error)) => Err(unavailable(&error)),
        (_, Ok(wechat_sdk::Done)) => {
            Err(Problem::with(Code::WechatUnavailable, "WeChat has not closed the payment yet").into())
        }
    }
}

/// Releases the stock, if nothing can be paid any more.
async fn finish(mall: &Mall, tenant: TenantId, id: TradeId) -> Result<TradeState> {
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    let trade = order::lock(&mut tx, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    if trade.state != TradeState::Unpaid {
        return Ok(trade.state);
    }
    if payment::open_of(&mut tx, tenant, id).await?.is_some() {
        return Err(Problem::with(Code::WechatUnavailable, "a payment of the trade is still open").into());
    }
    // Whoever began it: this run may only be the one that saw it through.
    let by_shopper = trade.close_reason.as_deref() == Some(CloseReason::Shopper.as_str());
    let actor = if by_shopper { Actor::Shopper } else { Actor::System };
    order::mark_closed(&mut tx, tenant, &trade, actor, now).await?;
    stock::release_holds(&mut tx, tenant, id).await?;
    tx.commit().await?;
    Ok(TradeState::Closed)
}

/// The routes.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(cancel)).routes(routes!(cancel_order))
}

/// Cancel an unpaid trade
///
/// Safe to repeat. Answers 409 `trade_not_cancellable` when it was paid meanwhile.
#[utoipa::path(post, path = "/trades/{id}/cancel", tag = "orders",
    params(("id" = TradeId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = TradePage)))]
async fn cancel(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    asked: Asked,
    Path(id): Path<TradeId>,
) -> Result<Json<TradePage>> {
    page(&mall, who, id, language).await?;
    close_for_shopper(&mall, who, id, asked.key_if_given(&mall.core, who, &())?).await?;
    Ok(Json(page(&mall, who, id, language).await?))
}

/// Cancel an unpaid order, with the trade that it belongs to
///
/// Safe to repeat. Answers 409 `trade_not_cancellable` when it was paid meanwhile.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "orders",
    params(("id" = OrderId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = OrderPage)))]
async fn cancel_order(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    asked: Asked,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderPage>> {
    let trade = one_order(&mall, who, id, language).await?.trade_id();
    close_for_shopper(&mall, who, trade, asked.key_if_given(&mall.core, who, &())?).await?;
    Ok(Json(one_order(&mall, who, id, language).await?))
}

/// What is kept for the key is only that it was done: a closed trade shows itself the same for ever.
async fn close_for_shopper(mall: &Mall, who: Shopper, id: TradeId, key: Option<Key>) -> Result<()> {
    let work = async {
        match close(mall, who.tenant_id, id, CloseReason::Shopper).await? {
            TradeState::Paid => Err(Code::TradeNotCancellable.into()),
            _ => Ok(()),
        }
    };
    idempotency::once(&mall.core, key.as_ref(), work).await.map(drop)
}
