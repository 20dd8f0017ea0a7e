//! What a shopper can ask back, and asking for it.

use super::super::Mall;
use super::{claims, decide, timers};
use crate::base::{
    Actor, AfterSaleId, AfterSaleLineId, By, Code, ImageId, LineId, Money, OrderId, Problem, Quantity,
    ReasonId, Result, TenantId, Text, Timestamp,
};
use crate::infra::db::Tx;
use crate::mall::after_sale::{
    self, AfterSale, AfterSaleKind, AfterSaleLine, AfterSaleReason, AfterSaleState,
};
use crate::mall::order::{self, Line, Order, OrderState};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most pictures of a case.
const MOST_IMAGES: usize = 9;

/// The most cases that a shopper opens for one order.
const MOST_CASES: i64 = 50;

/// What a shopper asks for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestInput {
    /// Of which order.
    pub order_id: OrderId,
    /// `cancel` for pieces that were not sent; `refund_only` or `return_refund` for others.
    pub kind: AfterSaleKind,
    /// Of which lines, each once.
    lines: Vec<Pieces>,
    /// Why, one of `GET /after-sale-reasons`.
    reason_id: ReasonId,
    /// Why, in the shopper's own words.
    description: Option<Text<500>>,
    /// What `POST /images` gave, up to nine.
    #[serde(default)]
    image_ids: Vec<ImageId>,
}

/// Pieces of a line.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pieces {
    /// Of which line.
    pub line_id: LineId,
    /// How many.
    pub quantity: Quantity,
}

/// How many pieces of a line `asker` can ask back so; `None` when the order's state does not allow it.
pub(super) fn askable(state: OrderState, line: &Line, kind: AfterSaleKind, asker: Actor) -> Option<i64> {
    match (kind, state) {
        (AfterSaleKind::Cancel, OrderState::Paid) => Some(line.to_ship()),
        // Only so can pieces that were not sent be put back on the shelf after their money was given.
        (AfterSaleKind::Cancel, OrderState::Refunded) if asker == Actor::Operator => Some(line.to_ship()),
        (
            AfterSaleKind::RefundOnly | AfterSaleKind::ReturnRefund,
            OrderState::Paid | OrderState::Shipped | OrderState::Received,
        ) => Some(line.returnable()),
        _ => None,
    }
}

/// Opens a case, for its shopper or in their place; the order and its lines were loaded under the lock of the trade.
pub(super) async fn open(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    (order, lines): (&Order, &[Line]),
    input: &RequestInput,
    by: By<'_>,
) -> Result<AfterSale> {
    let now = mall.core.now();
    let id = AfterSaleId::fresh(now);
    let pieces = pieces(id, (order, lines), input, by.actor, now)?;
    let reason = reason(tx, tenant, input).await?;
    if by.actor == Actor::Shopper && after_sale::count_of_order(tx, tenant, order.id).await? >= MOST_CASES {
        return Err(Code::LimitReached.into());
    }
    if !order::claim_lines(tx, tenant, &claims(input.kind, &pieces)).await? {
        return Err(Code::PiecesNotLeft.into());
    }
    let mut case = case(id, order, &pieces, reason, input, now)?;
    case.due_at = mall.settings.after_sale.due(case.state, now);
    after_sale::insert(tx, tenant, &case, &pieces, by).await?;
    attach(tx, tenant, &case, &input.image_ids).await?;
    timers::watch(tx, tenant, &case, now).await?;
    metrics::counter!("jishi_after_sales_requested_total", "kind" => case.kind.as_str()).increment(1);
    approve_if_plain(mall, tx, tenant, (order, lines), case).await
}

/// Nothing was sent yet and the shop says yes to that anyway: nobody need look at it.
async fn approve_if_plain(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    (order, lines): (&Order, &[Line]),
    case: AfterSale,
) -> Result<AfterSale> {
    let plain = case.kind == AfterSaleKind::Cancel && lines.iter().all(|line| line.shipped == 0);
    let amount = decide::amount(order, &case, None)?;
    if !mall.settings.after_sale.auto_approve_cancel
        || !plain
        || decide::takes_two(mall, tx, tenant, order, amount).await?
    {
        return Ok(case);
    }
    let by = By::new(Actor::System).because("auto_approve_cancel");
    decide::release(mall, tx, tenant, order, case, amount, by).await
}

fn pieces(
    case: AfterSaleId,
    (order, lines): (&Order, &[Line]),
    input: &RequestInput,
    asker: Actor,
    now: Timestamp,
) -> Result<Vec<AfterSaleLine>> {
    if input.kind == AfterSaleKind::Goodwill {
        return Err(Problem::field("kind", "is for operators").into());
    }
    if input.lines.is_empty() {
        return Err(Problem::field("lines", "must not be empty").into());
    }
    let mut pieces: Vec<AfterSaleLine> = vec![];
    for (place, asked) in input.lines.iter().enumerate() {
        let line = lines
            .iter()
            .find(|line| line.id == asked.line_id)
            .filter(|line| pieces.iter().all(|other| other.line_id != line.id))
            .ok_or_else(|| {
                Problem::field(format!("lines[{place}].line_id"), "is not another line of the order")
            })?;
        let (quantity, id) = (asked.quantity.get(), AfterSaleLineId::fresh(now));
        let left = left(order, line, input.kind, asker)?;
        if quantity > left {
            let detail = format!("of {}, {left} pieces are left for {}", line.id, input.kind);
            return Err(Problem::with(Code::PiecesNotLeft, detail).into());
        }
        let amount = line.worth_of(quantity);
        pieces.push(AfterSaleLine {
            id,
            after_sale_id: case,
            line_id: line.id,
            quantity,
            amount,
            restocked: 0,
        });
    }
    Ok(pieces)
}

fn left(order: &Order, line: &Line, kind: AfterSaleKind, asker: Actor) -> Result<i64, Problem> {
    askable(order.state, line, kind, asker).ok_or_else(|| {
        let detail = format!("{} is {}: {kind} is not possible", order.id, order.state);
        Problem::with(Code::OrderNotRefundable, detail)
    })
}

async fn reason(tx: &mut Tx, tenant: TenantId, input: &RequestInput) -> Result<AfterSaleReason> {
    let reason = after_sale::reason(tx, tenant, input.reason_id).await?;
    let fits = |reason: &AfterSaleReason| reason.enabled && reason.kind == input.kind;
    let reason = reason.filter(fits);
    Ok(reason.ok_or_else(|| Problem::field("reason_id", "is not a reason for this kind of after-sale"))?)
}

fn case(
    id: AfterSaleId,
    order: &Order,
    pieces: &[AfterSaleLine],
    reason: AfterSaleReason,
    input: &RequestInput,
    now: Timestamp,
) -> Result<AfterSale> {
    let worth =
        Money::sum(pieces.iter().map(|line| line.amount)).context("pieces worth more than an amount")?;
    Ok(AfterSale {
        reason_id: Some(reason.id),
        reason: reason.text,
        reason_en: reason.text_en,
        description: input.description.clone().map(String::from),
        ..blank(id, order, input.kind, worth, now)
    })
}

/// A new case without a reason.
pub(super) fn blank(
    id: AfterSaleId,
    order: &Order,
    kind: AfterSaleKind,
    worth: Money,
    now: Timestamp,
) -> AfterSale {
    AfterSale {
        id,
        trade_id: order.trade_id,
        order_id: order.id,
        customer_id: order.customer_id,
        kind,
        state: AfterSaleState::Requested,
        reason_id: None,
        reason: String::new(),
        reason_en: None,
        description: None,
        worth,
        amount: None,
        first_consent_by: None,
        first_consent_amount: None,
        decided_by: None,
        reject_reason: None,
        return_address_sealed: None,
        return_carrier: None,
        return_tracking_no: None,
        returned_at: None,
        received_at: None,
        due_at: None,
        created_at: now,
        updated_at: now,
    }
}

async fn attach(tx: &mut Tx, tenant: TenantId, case: &AfterSale, images: &[ImageId]) -> Result<()> {
    if images.len() > MOST_IMAGES {
        return Err(Problem::field("image_ids", format!("must be at most {MOST_IMAGES}")).into());
    }
    if after_sale::attach_images(tx, tenant, (case.customer_id, case.id), images).await? {
        return Ok(());
    }
    Err(Problem::field("image_ids", "must be pictures of yours that no other case names, each once").into())
}
