//! From a paid order to goods in the shopper's hands: shipments by operators, one by one or from a
//! CSV file; their traces; what WeChat's order shipping management is told; receipt and completion.
//!
//! Whatever is sent is decided under the trade's lock, by the lines' own counts. What WeChat is told
//! and when an order moves on by itself are jobs, enqueued in the same transaction.

mod import;
mod receipt;
mod routes;
mod rows;
mod shopper;
mod timers;
mod trace;
mod upload;
mod views;
mod wish;

pub use self::import::LARGEST_FILE;
pub(super) use self::receipt::confirm;
pub use self::receipt::receive;
pub use self::shopper::shop;
pub use self::timers::{AutoComplete, AutoReceive, RemindReceipt, complete};
pub use self::trace::RefreshTrace;
pub use self::upload::UploadShipping;

use super::Mall;
use super::notice::announce;
use crate::base::{
    By, Code, LineId, OperatorId, OrderId, Problem, Quantity, Result, ShipmentId, TenantId, Text, Timestamp,
    TradeId,
};
use crate::infra::db::Tx;
use crate::infra::jobs;
use crate::mall::after_sale;
use crate::mall::notice::Event;
use crate::mall::order::{self, Line, Order, OrderState};
use crate::mall::payment;
use crate::mall::shipment::{self, Kind, ParcelState, Shipment, Way};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// How orders move on by themselves.
#[derive(Debug, Clone)]
pub struct Timers {
    /// From sent to received.
    pub auto_receive: Duration,
    /// From received to completed.
    pub auto_complete: Duration,
    /// From sent to WeChat's asking the shopper; never if there is none.
    pub remind_receipt: Option<Duration>,
    /// How often it is asked where a parcel is.
    pub trace: Duration,
    /// The mini program's page of an order.
    pub page: String,
}

/// The routes of operators.
pub fn admin() -> OpenApiRouter<Mall> {
    routes::admin().merge(import::admin())
}

/// Pieces of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Piece {
    /// Of which line.
    line_id: LineId,
    /// How many; everything that is left of it unless said.
    quantity: Option<Quantity>,
}

/// What is to be sent, and how.
#[derive(Debug, Clone)]
struct Dispatch {
    way: Way,
    /// Everything that is left of the order unless said.
    pieces: Option<Vec<Piece>>,
    note: Option<Text<200>>,
}

/// Sends pieces of an order. Errors: 404, 409 `order_not_shippable` and `nothing_to_ship`, 422 for lines
/// that make no sense; nothing was written then.
async fn ship(
    tx: &mut Tx,
    tenant: TenantId,
    (id, by): (OrderId, OperatorId),
    dispatch: &Dispatch,
    now: Timestamp,
) -> Result<Shipment> {
    let (order, lines) = order::locked(tx, tenant, id).await?;
    // On its way with something left: a cancellation of that was taken back.
    if !matches!(order.state, OrderState::Paid | OrderState::Shipped) {
        return Err(Problem::with(Code::OrderNotShippable, format!("{id} is {}", order.state)).into());
    }
    if order.is_given_back() {
        let detail = format!("all that was paid for {id} goes back");
        return Err(Problem::with(Code::OrderNotShippable, detail).into());
    }
    let pieces = resolve(&lines, dispatch.pieces.as_deref())?;
    let shipment = new_shipment(&order, &lines, (&pieces, dispatch, by), now);
    shipment::insert(tx, tenant, &shipment, &pieces).await?;
    if !order::ship_lines(tx, tenant, &pieces).await? {
        return Err(Code::NothingToShip.into());
    }
    if shipment.kind == Kind::Express {
        let job = RefreshTrace { tenant_id: tenant, shipment_id: shipment.id, trade_id: order.trade_id };
        jobs::enqueue::<Mall, _>(tx, &job, now, now).await?;
    }
    reconsider(tx, tenant, id, By::operator(by), now).await?;
    tell_shopper(tx, tenant, &order, &shipment).await?;
    Ok(shipment)
}

/// The shopper is told once for an order: of its first parcel.
async fn tell_shopper(tx: &mut Tx, tenant: TenantId, order: &Order, shipment: &Shipment) -> Result<()> {
    let event = Event::Shipped {
        order_id: order.id,
        carrier: shipment.carrier_name().unwrap_or_default().to_owned(),
        tracking_number: shipment.tracking_no.clone().unwrap_or_default(),
        shipped_at: shipment.created_at,
    };
    announce(tx, tenant, order.customer_id, &event, shipment.created_at).await
}

fn new_shipment(
    order: &Order,
    lines: &[Line],
    (pieces, dispatch, by): (&[(LineId, i64)], &Dispatch, OperatorId),
    now: Timestamp,
) -> Shipment {
    let left: i64 = lines.iter().map(Line::to_ship).sum();
    let sent: i64 = pieces.iter().map(|(_, quantity)| quantity).sum();
    Shipment {
        id: ShipmentId::fresh(now),
        trade_id: order.trade_id,
        order_id: order.id,
        kind: dispatch.way.kind(),
        carrier_code: dispatch.way.carrier_code().map(str::to_owned),
        tracking_no: dispatch.way.tracking_no().map(str::to_owned),
        state: ParcelState::Sent,
        takes_rest: left == sent,
        note: dispatch.note.as_ref().map(|note| note.as_str().to_owned()),
        operator_id: Some(by),
        waybill_token_sealed: None,
        created_at: now,
        updated_at: now,
    }
}

/// How many pieces of which lines that is.
fn resolve(lines: &[Line], wanted: Option<&[Piece]>) -> Result<Vec<(LineId, i64)>, Problem> {
    let Some(wanted) = wanted else { return rest(lines) };
    if wanted.is_empty() {
        return Err(Problem::field("lines", "must name at least one line; leave it out for the whole rest"));
    }
    let named = |(place, piece): (usize, &Piece)| {
        let field = format!("lines[{place}].line_id");
        if wanted[..place].iter().any(|earlier| earlier.line_id == piece.line_id) {
            return Err(Problem::field(field, "is named twice"));
        }
        let line = lines.iter().find(|line| line.id == piece.line_id);
        let line = line.ok_or_else(|| Problem::field(field, "is not a line of this order"))?;
        taken(line, piece.quantity)
    };
    wanted.iter().enumerate().map(named).collect()
}

fn rest(lines: &[Line]) -> Result<Vec<(LineId, i64)>, Problem> {
    let left = lines.iter().map(|line| (line.id, line.to_ship())).filter(|(_, left)| *left > 0);
    let left: Vec<_> = left.collect();
    if left.is_empty() { Err(Problem::new(Code::NothingToShip)) } else { Ok(left) }
}

fn taken(line: &Line, quantity: Option<Quantity>) -> Result<(LineId, i64), Problem> {
    let left = line.to_ship();
    let wanted = quantity.map_or(left.max(1), Quantity::get);
    if wanted > left {
        let detail = format!("{left} of {} are left to be sent, not {wanted}", line.id);
        return Err(Problem::with(Code::NothingToShip, detail));
    }
    Ok((line.id, wanted))
}

/// Looks again at an order of which something was sent, or will not be sent after all: when nothing is
/// left to send it is on its way, and WeChat is told whatever is new. The trade must be locked.
pub async fn reconsider(
    tx: &mut Tx,
    tenant: TenantId,
    id: OrderId,
    by: By<'_>,
    now: Timestamp,
) -> Result<()> {
    let (order, lines) = order::order(tx, tenant, id).await?.context("an order that vanished")?;
    let sent = lines.iter().any(|line| line.shipped > 0) && lines.iter().all(|line| line.to_ship() == 0);
    // What is asked to be cancelled may still have to be sent.
    let decided = !after_sale::cancels_undecided(tx, tenant, id).await?;
    if order.state == OrderState::Paid && sent && decided {
        order::move_order(tx, tenant, &order, OrderState::Shipped, by, now).await?;
        // They know themselves when they are due.
        let receive = AutoReceive { tenant_id: tenant, order_id: id, trade_id: order.trade_id };
        jobs::enqueue::<Mall, _>(tx, &receive, now, now).await?;
        let remind = RemindReceipt { tenant_id: tenant, order_id: id, trade_id: order.trade_id };
        jobs::enqueue::<Mall, _>(tx, &remind, now, now).await?;
    }
    tell_wechat(tx, tenant, order.trade_id, now).await.map(drop)
}

/// WeChat is to be told what was sent of a trade; `false` when nothing was.
pub(super) async fn tell_wechat(
    tx: &mut Tx,
    tenant: TenantId,
    trade: TradeId,
    now: Timestamp,
) -> Result<bool> {
    if shipment::shipments_of_trade(tx, tenant, trade).await?.is_empty() {
        return Ok(false);
    }
    let paid = payment::applied_to(tx, tenant, trade).await?.context("goods were sent that nobody paid")?;
    shipment::wanted(tx, tenant, (paid.id, trade), now).await?;
    let job = UploadShipping { tenant_id: tenant, payment_id: paid.id, trade_id: trade };
    jobs::enqueue::<Mall, _>(tx, &job, now, now).await?;
    Ok(true)
}
