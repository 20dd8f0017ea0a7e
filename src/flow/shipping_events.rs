//! What WeChat's order shipping management pushes: reminders, and that a shopper has the goods.

use super::Mall;
use super::ship::{confirm, tell_wechat};
use crate::base::{PaymentId, Result, TenantId};
use crate::infra::db::{Conn, Tx};
use crate::mall::order;
use crate::mall::payment::{self, Payment};
use crate::mall::shipment;
use anyhow::Context as _;
use wechat_sdk::push::{OrderSettled, RemindShipping};
use wechat_sdk::{OutTradeNo, TransactionId};

/// An event of the order shipping management.
#[derive(Debug, Clone, PartialEq)]
pub enum ShippingEvent {
    /// Orders must be reported as shipped from now on (`wxa_trade_controlled`).
    Controlled,
    /// No order was ever reported as shipped (`trade_manage_remind_access_api`).
    RemindAccess,
    /// An order was not reported as shipped for two days (`trade_manage_remind_shipping`).
    RemindShipping(RemindShipping),
    /// An order was shipped, or received and settled (`trade_manage_order_settlement`).
    Settled(OrderSettled),
}

impl ShippingEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::Controlled => "controlled",
            Self::RemindAccess => "remind_access",
            Self::RemindShipping(_) => "remind_shipping",
            Self::Settled(_) => "settled",
        }
    }
}

/// Takes note of an event, in the transaction that marks it as handled. Repeats, and events about what
/// is not ours, change nothing.
pub async fn handle(mall: &Mall, tx: &mut Tx, tenant: TenantId, event: ShippingEvent) -> Result<()> {
    metrics::counter!("jishi_shipping_events_total", "event" => event.name()).increment(1);
    match event {
        ShippingEvent::Controlled => tracing::warn!(%tenant, "WeChat wants to be told what is sent"),
        ShippingEvent::RemindAccess => tracing::warn!(%tenant, "WeChat misses the uploads of what was sent"),
        ShippingEvent::RemindShipping(told) => {
            let numbers = (told.merchant_trade_no.as_ref(), told.transaction_id.as_ref());
            remind(mall, tx, tenant, numbers).await?;
        }
        ShippingEvent::Settled(told) if told.confirm_receive_method.is_some() => {
            let numbers = (told.merchant_trade_no.as_ref(), told.transaction_id.as_ref());
            receipt(mall, tx, tenant, numbers).await?;
        }
        ShippingEvent::Settled(_) => {}
    }
    Ok(())
}

type Numbers<'a> = (Option<&'a OutTradeNo>, Option<&'a TransactionId>);

/// The payment that paid a trade, by either number.
async fn named(db: &mut Conn, tenant: TenantId, (ours, theirs): Numbers<'_>) -> Result<Option<Payment>> {
    let id = ours.and_then(|number| PaymentId::from_suffix(number.as_str()));
    let found = match (id, theirs) {
        (Some(id), _) => payment::payment(db, tenant, id).await?,
        (None, Some(number)) => payment::by_transaction(db, tenant, number.as_str()).await?,
        (None, None) => None,
    };
    if found.is_none() {
        tracing::warn!(%tenant, ?ours, "an event about a payment that is not ours");
    }
    Ok(found.filter(|payment| payment.applied))
}

/// What was sent is told again; otherwise operators learn that WeChat waits.
async fn remind(mall: &Mall, tx: &mut Tx, tenant: TenantId, numbers: Numbers<'_>) -> Result<()> {
    let now = mall.core.now();
    let Some(paid) = locked(tx, tenant, numbers).await? else { return Ok(()) };
    let known = tell_wechat(tx, tenant, paid.trade_id, now).await?;
    let reason = if known { "WeChat had missed the upload" } else { "WeChat waits for the goods to be sent" };
    Ok(shipment::remind(tx, tenant, (paid.id, paid.trade_id), reason, now).await?)
}

async fn receipt(mall: &Mall, tx: &mut Tx, tenant: TenantId, numbers: Numbers<'_>) -> Result<()> {
    let Some(paid) = locked(tx, tenant, numbers).await? else { return Ok(()) };
    confirm(tx, tenant, paid.id, mall.core.now()).await
}

async fn locked(tx: &mut Tx, tenant: TenantId, numbers: Numbers<'_>) -> Result<Option<Payment>> {
    let Some(paid) = named(tx, tenant, numbers).await? else { return Ok(None) };
    order::lock(tx, tenant, paid.trade_id).await?.context("a payment without a trade")?;
    Ok(Some(paid))
}
