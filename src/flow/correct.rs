//! Putting the ledger right by hand: a balanced transaction with a name and a reason under it.

use super::Mall;
use crate::base::{MerchantId, Money, Problem, Result, TenantId, Text};
use crate::infra::db::Conn;
use crate::infra::http::{Json, Operator};
use crate::infra::idempotency::{self, Answer, Asked, Turn};
use crate::mall::ledger::{self, Account, Entry, Posting, Transaction};
use crate::mall::tenant;
use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The most sides of a correction.
const MOST_ENTRIES: usize = 20;

/// The largest amount of a side, in fen: nobody means more, and sums of such fit.
const LARGEST: i64 = 1_000_000_000_000;

/// The routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(correct))
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionInput {
    /// Its sides, at most 20; their amounts add up to nothing.
    entries: Vec<EntryInput>,
    /// Why.
    note: Text<500>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EntryInput {
    /// Where.
    account: Account,
    /// Of whom, for an account of the merchants.
    merchant_id: Option<MerchantId>,
    /// Debit positive, credit negative; in fen.
    amount: Money,
}

/// Put the ledger right
///
/// Nothing that was written is changed: this adds a balanced transaction of kind `correction`.
#[utoipa::path(post, path = "/ledger/corrections", tag = "money", request_body = CorrectionInput,
    params(("Idempotency-Key" = String, Header)), responses((status = 201, body = Transaction)))]
async fn correct(
    State(mall): State<Mall>,
    who: Operator,
    asked: Asked,
    Json(input): Json<CorrectionInput>,
) -> Result<(StatusCode, Answer)> {
    let posting = posting(&input.entries)?;
    let mut once = match idempotency::begin(&mall.core, asked.key(&mall.core, who, &input)?).await? {
        Turn::Again(known) => return Ok((StatusCode::CREATED, known)),
        Turn::First(once) => once,
    };
    check_merchants(&mut once.tx, who.tenant_id, &input.entries).await?;
    let by = (who.id, input.note.as_str());
    let source = ledger::correct(&mut once.tx, who.tenant_id, by, &posting, mall.core.now()).await?;
    let written = ledger::about(&mut once.tx, who.tenant_id, &[source]).await?;
    let written = written.into_iter().next().context("a correction that was not written")?;
    Ok((StatusCode::CREATED, once.end(&mall.core, &written).await?))
}

fn posting(entries: &[EntryInput]) -> Result<Posting> {
    if entries.len() > MOST_ENTRIES {
        return Err(Problem::field("entries", format!("must be at most {MOST_ENTRIES}")).into());
    }
    if let Some(place) =
        entries.iter().position(|entry| entry.amount.as_fen().unsigned_abs() > LARGEST.unsigned_abs())
    {
        return Err(Problem::field(format!("entries[{place}].amount"), "is too large").into());
    }
    let entries = entries.iter().map(|entry| Entry {
        account: entry.account,
        merchant_id: entry.merchant_id,
        amount: entry.amount,
    });
    let wrong = "must add up to nothing, none of them nothing, and name merchants where accounts are theirs";
    Ok(Posting::correction(entries.collect()).ok_or_else(|| Problem::field("entries", wrong))?)
}

async fn check_merchants(db: &mut Conn, tenant: TenantId, entries: &[EntryInput]) -> Result<()> {
    for (place, entry) in entries.iter().enumerate() {
        if let Some(id) = entry.merchant_id
            && !tenant::has_merchant(db, tenant, id).await?
        {
            return Err(Problem::field(format!("entries[{place}].merchant_id"), "is no merchant").into());
        }
    }
    Ok(())
}
