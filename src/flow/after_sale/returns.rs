//! Goods on their way back, and back on the shelf.

use super::super::Mall;
use super::decide::{check_move, let_go, order_of};
use super::go;
use crate::base::{Actor, By, Code, LineId, Money, Problem, Quantity, Result, TenantId};
use crate::infra::db::Tx;
use crate::infra::http::Operator;
use crate::mall::after_sale::{self, AfterSale, AfterSaleLine, AfterSaleState};
use crate::mall::{order, stock};
use anyhow::Context as _;

/// The shopper has sent the goods.
pub(super) async fn sent(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    case: AfterSale,
    (carrier, tracking_no): (String, String),
) -> Result<AfterSale> {
    let case = AfterSale {
        return_carrier: Some(carrier),
        return_tracking_no: Some(tracking_no),
        returned_at: Some(mall.core.now()),
        ..case
    };
    check_move(&case, AfterSaleState::Approved)?;
    go(mall, tx, tenant, case, AfterSaleState::Returned, By::new(Actor::Shopper)).await
}

/// The goods came in. They may come after the money went back.
pub(super) async fn receive(mall: &Mall, tx: &mut Tx, who: Operator, case: AfterSale) -> Result<AfterSale> {
    if !case.may_receive() {
        let detail = format!("no goods of {} are on their way", case.id);
        return Err(Problem::with(Code::AfterSaleState, detail).into());
    }
    let now = mall.core.now();
    let case = AfterSale { received_at: Some(now), updated_at: now, ..case };
    after_sale::save(tx, who.tenant_id, case.state, &case).await?;
    let by = By::operator(who.id).because("goods received");
    after_sale::note(tx, who.tenant_id, &case, by, now).await?;
    Ok(case)
}

/// The goods were inspected and are good.
pub(super) async fn accept(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    case: AfterSale,
    amount: Option<Money>,
) -> Result<AfterSale> {
    check_move(&case, AfterSaleState::Returned)?;
    let received_at = case.received_at.or(Some(mall.core.now()));
    let order = order_of(tx, who.tenant_id, &case).await?;
    let_go(mall, tx, who, &order, AfterSale { received_at, ..case }, amount).await
}

/// Puts pieces back on the shelf, of each line of the case once; `None`: all that were not yet.
pub(super) async fn restock(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    case: &AfterSale,
    wanted: Option<&[(LineId, Quantity)]>,
) -> Result<()> {
    if !case.may_restock() {
        let detail = format!("{} has no pieces that could be put back on the shelf", case.id);
        return Err(Problem::with(Code::AfterSaleState, detail).into());
    }
    let lines = after_sale::lines_of(tx, who.tenant_id, &[case.id]).await?;
    let pieces = match wanted {
        Some(wanted) => chosen(&lines, wanted)?,
        None => lines.iter().filter(|line| line.restocked == 0).map(|line| (line, line.quantity)).collect(),
    };
    put_back(mall, tx, who.tenant_id, case, &pieces).await?;
    let by = By::operator(who.id).because("restocked");
    after_sale::note(tx, who.tenant_id, case, by, mall.core.now()).await
}

fn chosen<'a>(
    lines: &'a [AfterSaleLine],
    wanted: &[(LineId, Quantity)],
) -> Result<Vec<(&'a AfterSaleLine, i64)>> {
    let mut chosen: Vec<(&AfterSaleLine, i64)> = vec![];
    for (place, (id, quantity)) in wanted.iter().enumerate() {
        let found = lines.iter().find(|line| line.line_id == *id);
        let line =
            found.filter(|line| chosen.iter().all(|(other, _)| other.id != line.id)).ok_or_else(|| {
                Problem::field(format!("lines[{place}].line_id"), "is not another line of the case")
            })?;
        if quantity.get() > line.quantity {
            let message = format!("is more than the {} of the case", line.quantity);
            return Err(Problem::field(format!("lines[{place}].quantity"), message).into());
        }
        chosen.push((line, quantity.get()));
    }
    Ok(chosen)
}

async fn put_back(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    case: &AfterSale,
    pieces: &[(&AfterSaleLine, i64)],
) -> Result<()> {
    let ordered = order::lines_of(tx, tenant, &[case.order_id]).await?;
    let mut goods = vec![];
    for (line, quantity) in pieces {
        if !after_sale::mark_restocked(tx, tenant, line.id, *quantity).await? {
            let detail = format!("pieces of {} were put back before", line.line_id);
            return Err(Problem::with(Code::PiecesNotLeft, detail).into());
        }
        let of = ordered.iter().find(|ordered| ordered.id == line.line_id).context("a line that vanished")?;
        goods.push((of.sku_id, *quantity, line.id.uuid()));
    }
    Ok(stock::put_back(tx, tenant, &goods, mall.core.now()).await?)
}
