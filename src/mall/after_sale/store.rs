use super::model::{AfterSale, AfterSaleKind, AfterSaleLine, AfterSaleState};
use crate::base::{AfterSaleId, AfterSaleLineId, CustomerId, Money, OrderId, Page, Paging, TenantId};
use crate::infra::db::{Conn, Result};

/// A case. Whoever changes it has locked its trade and loads it again.
pub async fn case(db: &mut Conn, tenant: TenantId, id: AfterSaleId) -> Result<Option<AfterSale>> {
    db.query(
        "select id, trade_id, order_id, customer_id, kind, state, reason_id, reason, reason_en, description, worth,
           amount, first_consent_by, first_consent_amount, decided_by, reject_reason, return_address_sealed,
           return_carrier, return_tracking_no, returned_at, received_at, due_at, created_at, updated_at
         from after_sale where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .optional()
    .await
}

/// Cases of one shopper. What an operator gives is theirs to see once it is on its way.
pub async fn cases_of_customer(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    state: Option<AfterSaleState>,
    paging: Paging,
) -> Result<Page<AfterSale>> {
    db.query(
        "select id, trade_id, order_id, customer_id, kind, state, reason_id, reason, reason_en, description, worth,
           amount, first_consent_by, first_consent_amount, decided_by, reject_reason, return_address_sealed,
           return_carrier, return_tracking_no, returned_at, received_at, due_at, created_at, updated_at
         from after_sale where tenant_id = $1 and customer_id = $2 and (state = $3 or $3 is null)
           and (kind <> 'goodwill' or state in ('refunding', 'done'))",
    )
    .bind(tenant)
    .bind(customer)
    .bind(state)
    .page("id", paging, |row: &AfterSale| row.id.uuid())
    .await
}

/// Cases for operators.
pub async fn cases(
    db: &mut Conn,
    tenant: TenantId,
    (order, customer): (Option<OrderId>, Option<CustomerId>),
    (kind, state): (Option<AfterSaleKind>, Option<AfterSaleState>),
    paging: Paging,
) -> Result<Page<AfterSale>> {
    db.query(
        "select id, trade_id, order_id, customer_id, kind, state, reason_id, reason, reason_en, description, worth,
           amount, first_consent_by, first_consent_amount, decided_by, reject_reason, return_address_sealed,
           return_carrier, return_tracking_no, returned_at, received_at, due_at, created_at, updated_at
         from after_sale where tenant_id = $1 and (order_id = $2 or $2 is null)
           and (customer_id = $3 or $3 is null) and (kind = $4 or $4 is null) and (state = $5 or $5 is null)",
    )
    .bind(tenant)
    .bind(order)
    .bind(customer)
    .bind(kind)
    .bind(state)
    .page("id", paging, |row: &AfterSale| row.id.uuid())
    .await
}

/// Whether a case of the order is open: its money may still go back.
pub async fn open_of(db: &mut Conn, tenant: TenantId, order: OrderId) -> Result<bool> {
    let open: i64 = db
        .query(
            "select count(*) from after_sale where tenant_id = $1 and order_id = $2
               and state in ('requested', 'approved', 'returned', 'refunding')",
        )
        .bind(tenant)
        .bind(order)
        .scalar()
        .await?;
    Ok(open > 0)
}

/// Whether nobody has decided yet if pieces of the order are still to be sent.
pub async fn cancels_undecided(db: &mut Conn, tenant: TenantId, order: OrderId) -> Result<bool> {
    let open: i64 = db
        .query(
            "select count(*) from after_sale where tenant_id = $1 and order_id = $2 and kind = 'cancel'
               and state = 'requested'",
        )
        .bind(tenant)
        .bind(order)
        .scalar()
        .await?;
    Ok(open > 0)
}

/// How much was let go of an order in all its cases, whether it went back already or not.
pub async fn let_go_of(db: &mut Conn, tenant: TenantId, order: OrderId) -> Result<Money> {
    db.query(
        "select cast(coalesce(sum(amount), 0) as bigint) from after_sale
         where tenant_id = $1 and order_id = $2 and state in ('refunding', 'done')",
    )
    .bind(tenant)
    .bind(order)
    .scalar()
    .await
}

/// How many cases the shopper has opened for an order.
pub async fn count_of_order(db: &mut Conn, tenant: TenantId, order: OrderId) -> Result<i64> {
    db.query("select count(*) from after_sale where tenant_id = $1 and order_id = $2 and kind <> 'goodwill'")
        .bind(tenant)
        .bind(order)
        .scalar()
        .await
}

pub(super) async fn insert_case(db: &mut Conn, tenant: TenantId, case: &AfterSale) -> Result<()> {
    db.query(
        "insert into after_sale (tenant_id, id, trade_id, order_id, customer_id, kind, state, reason_id, reason,
           reason_en, description, worth, due_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
    )
    .bind(tenant)
    .bind(case.id)
    .bind(case.trade_id)
    .bind(case.order_id)
    .bind(case.customer_id)
    .bind(case.kind)
    .bind(case.state)
    .bind(case.reason_id)
    .bind(&case.reason)
    .bind(case.reason_en.clone())
    .bind(case.description.clone())
    .bind(case.worth)
    .bind(case.due_at)
    .bind(case.created_at)
    .execute()
    .await
    .map(drop)
}

/// Saves what may change of a case that stands at `from`.
pub async fn save(db: &mut Conn, tenant: TenantId, from: AfterSaleState, case: &AfterSale) -> Result<()> {
    let saved = db
        .query(
            "update after_sale set state = $4, amount = $5, first_consent_by = $6, first_consent_amount = $7,
               decided_by = $8, reject_reason = $9, return_address_sealed = $10, return_carrier = $11,
               return_tracking_no = $12, returned_at = $13, received_at = $14, due_at = $15, updated_at = $16
             where tenant_id = $1 and id = $2 and state = $3",
        )
        .bind(tenant)
        .bind(case.id)
        .bind(from)
        .bind(case.state)
        .bind(case.amount)
        .bind(case.first_consent_by)
        .bind(case.first_consent_amount)
        .bind(case.decided_by)
        .bind(case.reject_reason.clone())
        .bind(case.return_address_sealed.clone())
        .bind(case.return_carrier.clone())
        .bind(case.return_tracking_no.clone())
        .bind(case.returned_at)
        .bind(case.received_at)
        .bind(case.due_at)
        .bind(case.updated_at)
        .execute()
        .await?;
    // The trade is locked: it can only be missing when it was not loaded under the lock.
    if saved == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

pub(super) async fn insert_lines(db: &mut Conn, tenant: TenantId, lines: &[AfterSaleLine]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    db.query(
        "insert into after_sale_line (tenant_id, id, after_sale_id, line_id, quantity, amount)
         values {rows:uuid,uuid,uuid,uuid,bigint,bigint}",
    )
    .rows(lines, |query, line| {
        query
            .bind(tenant)
            .bind(line.id)
            .bind(line.after_sale_id)
            .bind(line.line_id)
            .bind(line.quantity)
            .bind(line.amount)
    })
    .execute()
    .await
    .map(drop)
}

/// The lines of many cases.
pub async fn lines_of(db: &mut Conn, tenant: TenantId, cases: &[AfterSaleId]) -> Result<Vec<AfterSaleLine>> {
    if cases.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select id, after_sale_id, line_id, quantity, amount, restocked from after_sale_line
         where tenant_id = $1 and after_sale_id in (values {rows:uuid}) order by id",
    )
    .bind(tenant)
    .rows(cases, |query, case| query.bind(*case))
    .all()
    .await
}

/// Pieces of a case's line are put back on the shelf; `false` when that was done before.
pub async fn mark_restocked(
    db: &mut Conn,
    tenant: TenantId,
    line: AfterSaleLineId,
    quantity: i64,
) -> Result<bool> {
    let marked = db
        .query(
            "update after_sale_line set restocked = $3
             where tenant_id = $1 and id = $2 and restocked = 0 and quantity >= $3",
        )
        .bind(tenant)
        .bind(line)
        .bind(quantity)
        .execute()
        .await?;
    Ok(marked == 1)
}
