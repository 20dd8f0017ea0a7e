//! What happens to orders by time alone. Each job knows from the order when it is due.

use super::receive;
use crate::base::{Actor, By, OrderId, Result, TenantId, Timestamp, TradeId};
use crate::flow::Mall;
use crate::flow::wechat::Gateway;
use crate::infra::db::Tx;
use crate::infra::jobs::{Done, Job};
use crate::mall::after_sale;
use crate::mall::ledger::{self, Posting};
use crate::mall::order::{self, Order, OrderState};
use crate::mall::payment;
use crate::mall::shipment::{self, Kind, Upload, UploadState};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;
use wechat_sdk::TransactionId;
use wechat_sdk::mini::shipping_orders::NotifyConfirmReceive;

/// How often an order is looked at while something holds it up.
const LOOK_AGAIN: Duration = Duration::from_hours(6);

/// Receives an order that its shopper does not confirm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AutoReceive {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub order_id: OrderId,
    /// Of which trade.
    pub trade_id: TradeId,
}

impl Job<Mall> for AutoReceive {
    const KIND: &'static str = "auto_receive";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let (tenant, now) = (self.tenant_id, mall.core.now());
        let mut tx = mall.core.db.begin().await?;
        let (order, lines) = order::locked(&mut tx, tenant, self.order_id).await?;
        if order.state != OrderState::Shipped {
            return Ok(Done::Finished);
        }
        let due = due(order.shipped_at, &order, mall.settings.shipping.auto_receive);
        if due > now {
            return Ok(Done::Again(due));
        }
        if lines.iter().any(|line| line.to_ship() > 0)
            || after_sale::open_of(&mut tx, tenant, order.id).await?
        {
            return Ok(Done::Again(now.after(LOOK_AGAIN)));
        }
        receive(&mut tx, tenant, &order, By::new(Actor::System), now).await?;
        tx.commit().await?;
        Ok(Done::Finished)
    }
}

/// Completes an order that was received: its merchant is to be paid out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AutoComplete {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub order_id: OrderId,
    /// Of which trade.
    pub trade_id: TradeId,
}

impl Job<Mall> for AutoComplete {
    const KIND: &'static str = "auto_complete";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let (tenant, now) = (self.tenant_id, mall.core.now());
        let mut tx = mall.core.db.begin().await?;
        let (order, _) = order::locked(&mut tx, tenant, self.order_id).await?;
        if order.state != OrderState::Received {
            return Ok(Done::Finished);
        }
        let due = due(order.received_at, &order, mall.settings.shipping.auto_complete);
        if due > now {
            return Ok(Done::Again(due));
        }
        if after_sale::open_of(&mut tx, tenant, order.id).await? {
            return Ok(Done::Again(now.after(LOOK_AGAIN)));
        }
        complete(&mut tx, tenant, &order, now).await?;
        tx.commit().await?;
        Ok(Done::Finished)
    }
}

/// An order is over: what was kept of its money belongs to the merchant. The trade must be locked.
pub async fn complete(tx: &mut Tx, tenant: TenantId, order: &Order, now: Timestamp) -> Result<()> {
    let posting = Posting::completion(order.merchant_id, order.left());
    ledger::post(tx, tenant, order.id.uuid(), &posting, now).await?;
    order::move_order(tx, tenant, order, OrderState::Completed, By::new(Actor::System), now).await
}

/// `span` after the order came to where it is.
fn due(since: Option<Timestamp>, order: &Order, span: Duration) -> Timestamp {
    since.unwrap_or(order.updated_at).after(span)
}

/// Has WeChat ask the shopper to confirm the receipt: once for a payment, and only for parcels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemindReceipt {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub order_id: OrderId,
    /// Of which trade.
    pub trade_id: TradeId,
}

/// WeChat asked before; it is not shipped or is confirmed; no carrier brought it.
const NOTHING_TO_ASK: [&str; 3] = ["10060030", "10060028", "10060032"];

impl Job<Mall> for RemindReceipt {
    const KIND: &'static str = "remind_receipt";
    const ATTEMPTS: u32 = 5;

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let (tenant, now) = (self.tenant_id, mall.core.now());
        let Some(span) = mall.settings.shipping.remind_receipt else { return Ok(Done::Finished) };
        let mut db = mall.core.db.read().await?;
        let (order, _) = order::order(&mut db, tenant, self.order_id).await?.context("no such order")?;
        if order.state != OrderState::Shipped {
            return Ok(Done::Finished);
        }
        let due = due(order.shipped_at, &order, span);
        if due > now {
            return Ok(Done::Again(due));
        }
        let sent = shipment::shipments_of_trade(&mut db, tenant, order.trade_id).await?;
        let upload = shipment::of_trade(&mut db, tenant, order.trade_id).await?;
        let contested = after_sale::open_of(&mut db, tenant, order.id).await?;
        drop(db);
        let parcels = sent.iter().any(|(shipment, _)| shipment.kind == Kind::Express);
        match upload.filter(|upload| parcels && upload.receipt_asked_at.is_none()) {
            Some(_) if contested => Ok(Done::Again(now.after(LOOK_AGAIN))),
            Some(upload) if upload.state == UploadState::Uploaded => ask(mall, tenant, &upload).await,
            // The rest of the trade is still to be sent or told.
            Some(Upload { state: UploadState::Waiting | UploadState::Partial, .. }) => {
                Ok(Done::Again(now.after(LOOK_AGAIN)))
            }
            _ => Ok(Done::Finished),
        }
    }
}

async fn ask(mall: &Mall, tenant: TenantId, upload: &Upload) -> anyhow::Result<Done> {
    let (gateway, now) = (mall.gateways.of(tenant)?, mall.core.now());
    remind(mall, &gateway, upload, now).await?;
    let mut tx = mall.core.db.begin().await?;
    shipment::ask_receipt(&mut tx, tenant, upload.payment_id, now).await?;
    tx.commit().await?;
    Ok(Done::Finished)
}

async fn remind(mall: &Mall, gateway: &Gateway, upload: &Upload, now: Timestamp) -> anyhow::Result<()> {
    let mut db = mall.core.db.read().await?;
    let paid = payment::payment(&mut db, gateway.tenant_id, upload.payment_id).await?;
    drop(db);
    let paid = paid.context("an upload of what nobody paid")?;
    let number = paid.transaction_id.clone().context("a payment without a number")?;
    let call = NotifyConfirmReceive::by_transaction_id(TransactionId::new(number)?, now.seconds());
    match gateway.mini(&mall.core, &paid, &call).await {
        Err(error) if !NOTHING_TO_ASK.iter().any(|code| error.has_code(code)) => Err(error.into()),
        _ => Ok(()),
    }
}
