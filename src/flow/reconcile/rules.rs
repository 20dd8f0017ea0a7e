//! What a rule may resolve: money that both sides know, and of which only WeChat says that it moved. It
//! is asked for at WeChat by its number, as the polls do, and so pays its trade or goes back.

use crate::base::{Code, Day, DifferenceId, PaymentId, RefundId, Result, TenantId};
use crate::flow::Mall;
use crate::flow::poll;
use crate::flow::refund;
use crate::flow::wechat::Gateway;
use crate::mall::bill::{self, Difference, Resolution, Subject};
use crate::mall::payment::{self, PaymentState, RefundState};
use anyhow::Context as _;

/// How many cases are looked at in one run.
const MOST: i64 = 1000;

/// Asks about every open case, of one day or of all, that WeChat's answer may resolve; `false` when some
/// could not be asked.
pub(super) async fn apply(mall: &Mall, gateway: &Gateway, day: Option<Day>) -> Result<bool> {
    let mut db = mall.core.db.read().await?;
    let cases = bill::open_by_rule(&mut db, gateway.tenant_id, day, MOST).await?;
    drop(db);
    let mut all_asked = true;
    for case in cases {
        match ask(mall, gateway, &case).await {
            Ok(Some(resolution)) => resolve(mall, gateway.tenant_id, case.id, resolution).await?,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(difference = %case.id, error = format!("{error:#}"), "a rule could not be applied");
                all_asked = false;
            }
        }
    }
    Ok(all_asked)
}

async fn ask(mall: &Mall, gateway: &Gateway, case: &Difference) -> anyhow::Result<Option<Resolution>> {
    let id = case.source_id.context("a case of both sides without our id")?;
    match case.subject {
        Subject::Payment => ask_payment(mall, gateway, PaymentId::from_uuid(id)).await,
        _ => ask_refund(mall, gateway.tenant_id, RefundId::from_uuid(id)).await,
    }
}

/// Has money that came settled, if WeChat confirms it.
async fn ask_payment(mall: &Mall, gateway: &Gateway, id: PaymentId) -> anyhow::Result<Option<Resolution>> {
    let tenant = gateway.tenant_id;
    let known = payment::payment(&mut mall.core.db.read().await?, tenant, id).await?;
    let known = known.context("a case about a payment that vanished")?;
    if known.state != PaymentState::Succeeded {
        match poll::ask(mall, gateway, &known).await {
            Err(error) if error.code() == Some(Code::WechatUnavailable) => return Err(error.into()),
            // It does not fit: an operator must look.
            Err(error) => tracing::warn!(payment = %id, %error, "WeChat's answer settles nothing"),
            Ok(_) => {}
        }
    }
    let now = payment::payment(&mut mall.core.db.read().await?, tenant, id).await?;
    let paid = now.filter(|payment| payment.state == PaymentState::Succeeded);
    Ok(paid.map(|payment| if payment.applied { Resolution::Delivered } else { Resolution::Refunded }))
}

/// Has a refund asked about, if it is not known to have ended.
async fn ask_refund(mall: &Mall, tenant: TenantId, id: RefundId) -> anyhow::Result<Option<Resolution>> {
    // Its job goes on as if nothing had been asked.
    refund::drive(mall, tenant, id).await?;
    let after = payment::refund(&mut mall.core.db.read().await?, tenant, id).await?;
    Ok(after.filter(|refund| refund.state == RefundState::Succeeded).map(|_| Resolution::Refunded))
}

async fn resolve(mall: &Mall, tenant: TenantId, id: DifferenceId, resolution: Resolution) -> Result<()> {
    let mut tx = mall.core.db.begin().await?;
    bill::resolve(&mut tx, tenant, id, resolution, None, mall.core.now()).await?;
    tx.commit().await?;
    metrics::counter!("jishi_differences_resolved_by_rule_total").increment(1);
    Ok(())
}
