//! Where parcels are: WeChat's logistics query is asked every few hours, and when a shopper looks.
//! That it does not answer is logged and counted, and nobody's error.

use super::super::wechat::{Gateway, openid};
use crate::base::{ShipmentId, TenantId, Timestamp, TradeId};
use crate::flow::Mall;
use crate::infra::jobs::{Done, Job};
use crate::mall::customer::AddressInput;
use crate::mall::order::{self, Line};
use crate::mall::payment;
use crate::mall::shipment::{self, Contents, Node, ParcelState, Shipment, TraceSource};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;
use wechat_sdk::mini::logistics::{
    Parcel, QueryTrace, TraceWaybill, WaybillGoods, WaybillItem, WaybillStatus,
};
use wechat_sdk::{OpenId, Secret, TransactionId};

/// After this long a parcel is not followed any more.
const LIFE: Duration = Duration::from_hours(30 * 24);
/// At most so often about one parcel.
const PAUSE: Duration = Duration::from_mins(10);
/// Characters of a name.
const LONGEST: usize = 60;

/// Asks where one parcel is, until somebody signed for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshTrace {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub shipment_id: ShipmentId,
    /// Of which trade.
    pub trade_id: TradeId,
}

impl Job<Mall> for RefreshTrace {
    const KIND: &'static str = "refresh_trace";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let (now, pause) = (mall.core.now(), mall.settings.shipping.trace);
        let mut db = mall.core.db.read().await?;
        let sent = shipment::shipment(&mut db, self.tenant_id, self.shipment_id).await?;
        drop(db);
        let sent = sent.context("no such shipment")?;
        if sent.state == ParcelState::Signed || sent.created_at.after(LIFE) <= now {
            return Ok(Done::Finished);
        }
        if sent.created_at.after(pause) > now {
            return Ok(Done::Again(sent.created_at.after(pause)));
        }
        look(mall, self.tenant_id, &sent).await?;
        Ok(Done::Again(now.after(pause)))
    }
}

/// Asks where a parcel is, unless that was done a moment ago or somebody signed for it.
pub(super) async fn look(mall: &Mall, tenant: TenantId, sent: &Shipment) -> anyhow::Result<()> {
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    if !shipment::take_trace_turn(&mut tx, tenant, sent.id, now, now.before(PAUSE)).await? {
        return Ok(());
    }
    tx.commit().await?;
    if let Err(error) = ask(mall, tenant, sent, now).await {
        tracing::warn!(shipment = %sent.id, error = format!("{error:#}"), "a parcel could not be traced");
        metrics::counter!("jishi_trace_failures_total").increment(1);
    }
    Ok(())
}

async fn ask(mall: &Mall, tenant: TenantId, sent: &Shipment, now: Timestamp) -> anyhow::Result<()> {
    let gateway = mall.gateways.of(tenant)?;
    let number = sent.tracking_no.as_deref().context("a parcel without a number")?;
    let (token, openid) = token(mall, &gateway, sent, number).await?;
    let told = gateway.mini(&mall.core, sent, &QueryTrace::new(token).openid(openid)).await?;
    let Some(state) = state(&told.waybill_info.status) else { return Ok(()) };
    let mut tx = mall.core.db.begin().await?;
    if shipment::move_on(&mut tx, tenant, sent.id, (number, state), now).await? {
        let text = state.as_str().to_owned();
        let node = Node { shipment_id: sent.id, at: now, source: TraceSource::Wechat, text };
        shipment::add_node(&mut tx, tenant, &node).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// `None`: nothing that we did not know.
fn state(status: &WaybillStatus) -> Option<ParcelState> {
    match status {
        WaybillStatus::Collected => Some(ParcelState::Collected),
        WaybillStatus::InTransit => Some(ParcelState::InTransit),
        WaybillStatus::OutForDelivery => Some(ParcelState::Delivering),
        WaybillStatus::Signed | WaybillStatus::SignedByProxy => Some(ParcelState::Signed),
        WaybillStatus::Abnormal => Some(ParcelState::Abnormal),
        _ => None,
    }
}

/// WeChat's name of the waybill, which it gives for the parcel and the payment, and for whom it is.
async fn token(
    mall: &Mall,
    gateway: &Gateway,
    sent: &Shipment,
    number: &str,
) -> anyhow::Result<(Secret, OpenId)> {
    let (tenant, place) = (gateway.tenant_id, format!("shipment/waybill_token_sealed/{}", sent.id));
    let mut db = mall.core.db.read().await?;
    let trade = order::trade(&mut db, tenant, sent.trade_id).await?.context("a shipment without a trade")?;
    let openid = openid(&mut db, tenant, trade.customer_id).await?;
    if let Some(sealed) = &sent.waybill_token_sealed {
        return Ok((mall.core.vault.open(&place, sealed)?.into(), openid));
    }
    drop(db);
    let call = introduction(mall, tenant, sent, (number, openid.clone())).await?;
    let token = gateway.mini(&mall.core, sent, &call).await?.waybill_token;
    let sealed = mall.core.vault.seal(&place, token.expose());
    let mut tx = mall.core.db.begin().await?;
    shipment::keep_token(&mut tx, tenant, sent.id, (number, &sealed)).await?;
    tx.commit().await?;
    Ok((token, openid))
}

async fn introduction(
    mall: &Mall,
    tenant: TenantId,
    sent: &Shipment,
    (number, openid): (&str, OpenId),
) -> anyhow::Result<TraceWaybill> {
    let mut db = mall.core.db.read().await?;
    let trade = order::trade(&mut db, tenant, sent.trade_id).await?.context("a shipment without a trade")?;
    let paid = payment::applied_to(&mut db, tenant, trade.id).await?.context("sent, but not paid")?;
    let shipments = shipment::shipments_of(&mut db, tenant, sent.order_id).await?;
    let inside = shipments.into_iter().find(|(other, _)| other.id == sent.id).context("it vanished")?.1;
    let lines = order::lines_of(&mut db, tenant, &[sent.order_id]).await?;
    let place = format!("trade/address_sealed/{}", trade.id);
    let address: AddressInput = serde_json::from_str(&mall.core.vault.open(&place, &trade.address_sealed)?)?;
    let paid = TransactionId::new(paid.transaction_id.context("a payment without a number")?)?;
    let goods = WaybillGoods::from(items(&inside, &lines));
    let mut parcel = Parcel::new(openid, Secret::from(address.phone.reveal()), number, paid, goods)
        .order_detail_path(format!("{}?id={}", mall.settings.shipping.page, sent.order_id));
    if let Some(carrier) = &sent.carrier_code {
        parcel = parcel.delivery_id(carrier);
    }
    Ok(TraceWaybill::new(parcel))
}

fn items(inside: &[Contents], lines: &[Line]) -> Vec<WaybillItem> {
    let named = |piece: &Contents| lines.iter().find(|line| line.id == piece.line_id);
    let item =
        |line: &Line| WaybillItem::new(line.title.chars().take(LONGEST).collect::<String>(), &line.image_url);
    inside.iter().filter_map(named).map(item).collect()
}
