//! Cases as their viewers see them.

use super::super::Mall;
use crate::base::{AfterSaleId, ImageId, Money, OperatorId, Result, TenantId};
use crate::infra::db::{Conn, Json};
use crate::infra::http::{Language, Operator};
use crate::mall::after_sale::{
    self, AfterSale, AfterSaleAction, AfterSaleLine, AfterSaleStep, ReturnAddress,
};
use crate::mall::order::{self, Line};
use crate::mall::payment::{self, Refund};
use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Who looks at a case.
#[derive(Debug, Clone, Copy)]
pub(super) enum Viewer {
    /// Whose it is.
    Shopper,
    /// One who may decide.
    Operator(OperatorId),
}

/// An after-sale.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CasePage {
    #[serde(flatten)]
    case: AfterSale,
    /// The kind for people.
    kind_text: &'static str,
    /// The state for people.
    state_text: &'static str,
    /// The reason for people.
    reason_text: String,
    /// What its viewer may do with it now.
    actions: Vec<AfterSaleAction>,
    lines: Vec<CaseLine>,
    /// The evidence: `GET /images/{id}`.
    image_ids: Vec<ImageId>,
    /// Where the goods go, once a return was approved.
    return_address: Option<ReturnAddress>,
}

/// Pieces of an article.
#[derive(Debug, Serialize, ToSchema)]
struct CaseLine {
    #[serde(flatten)]
    pieces: AfterSaleLine,
    /// The product's name.
    title: String,
    /// What tells it from the others.
    #[schema(value_type = Vec<Object>)]
    specs: Json<Value>,
    /// Its picture.
    image_url: String,
}

/// An after-sale with everything that operators know of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseFile {
    #[serde(flatten)]
    page: CasePage,
    /// The first of two operators who let a large amount go.
    first_consent_by: Option<OperatorId>,
    /// How much they meant.
    first_consent_amount: Option<Money>,
    /// Who decided.
    decided_by: Option<OperatorId>,
    /// Everything that happened to it, oldest first.
    history: Vec<AfterSaleStep>,
    /// The refunds that give its money back; those that WeChat closed included.
    refunds: Vec<Refund>,
}

/// Many cases, with four statements for all of them.
pub(super) async fn pages(
    mall: &Mall,
    db: &mut Conn,
    tenant: TenantId,
    cases: Vec<AfterSale>,
    (viewer, language): (Viewer, Language),
) -> Result<Vec<CasePage>> {
    let ids: Vec<_> = cases.iter().map(|case| case.id).collect();
    let orders: Vec<_> = cases.iter().map(|case| case.order_id).collect();
    let lines = after_sale::lines_of(db, tenant, &ids).await?;
    let ordered = order::lines_of(db, tenant, &orders).await?;
    let images = after_sale::images_of(db, tenant, &ids).await?;
    let stuck = payment::without_live_refund(db, tenant, &ids).await?;
    let page = |case: AfterSale| {
        let pieces: Vec<_> = lines.iter().filter(|line| line.after_sale_id == case.id).cloned().collect();
        let unstocked = pieces.iter().any(|line| line.restocked == 0);
        Ok(CasePage {
            kind_text: case.kind.text(language),
            state_text: case.state_text(language),
            reason_text: case.reason_text(language).to_owned(),
            actions: match viewer {
                Viewer::Shopper => case.actions_of_shopper(),
                Viewer::Operator(id) => case.actions_of_operator(id, unstocked, stuck.contains(&case.id)),
            },
            lines: pieces.into_iter().map(|pieces| named(pieces, &ordered)).collect::<Result<_>>()?,
            image_ids: images_of(&images, case.id),
            return_address: address(mall, &case)?,
            case,
        })
    };
    cases.into_iter().map(page).collect()
}

/// One case.
pub(super) async fn page(
    mall: &Mall,
    db: &mut Conn,
    tenant: TenantId,
    case: AfterSale,
    seen: (Viewer, Language),
) -> Result<CasePage> {
    let pages = pages(mall, db, tenant, vec![case], seen).await?;
    Ok(pages.into_iter().next().context("a page for each case")?)
}

/// One case with everything that operators know of it.
pub(super) async fn file(
    mall: &Mall,
    db: &mut Conn,
    who: Operator,
    case: AfterSale,
    language: Language,
) -> Result<CaseFile> {
    let history = after_sale::history(db, who.tenant_id, case.id).await?;
    let refunds = payment::refunds_of_trade(db, who.tenant_id, case.trade_id).await?;
    Ok(CaseFile {
        first_consent_by: case.first_consent_by,
        first_consent_amount: case.first_consent_amount,
        decided_by: case.decided_by,
        history,
        refunds: refunds.into_iter().filter(|refund| refund.after_sale_id == Some(case.id)).collect(),
        page: page(mall, db, who.tenant_id, case, (Viewer::Operator(who.id), language)).await?,
    })
}

fn named(pieces: AfterSaleLine, ordered: &[Line]) -> Result<CaseLine> {
    let line = ordered.iter().find(|line| line.id == pieces.line_id).context("a line that vanished")?;
    Ok(CaseLine {
        title: line.title.clone(),
        specs: line.specs.clone(),
        image_url: line.image_url.clone(),
        pieces,
    })
}

fn images_of(images: &[(AfterSaleId, ImageId)], case: AfterSaleId) -> Vec<ImageId> {
    images.iter().filter(|(of, _)| *of == case).map(|(_, image)| *image).collect()
}

fn address(mall: &Mall, case: &AfterSale) -> Result<Option<ReturnAddress>> {
    let sealed = case.return_address_sealed.as_deref();
    sealed.map(|sealed| after_sale::open_snapshot(&mall.core.vault, case.id, sealed)).transpose()
}
