//! The reasons that shoppers can choose from. Cases keep their words, so reasons can go.

mod routes;
mod store;

pub use self::routes::admin;
pub use self::store::{AfterSaleReason, reason, reasons_for};

use super::model::AfterSaleKind;
use crate::base::{ReasonId, Result, TenantId, Timestamp};
use crate::infra::db::Conn;

/// What a new tenant offers: kind, Chinese, English.
const DEFAULTS: &[(AfterSaleKind, &str, &str)] = &[
    (AfterSaleKind::Cancel, "不想要了", "No longer wanted"),
    (AfterSaleKind::Cancel, "拍错/多拍", "Ordered by mistake"),
    (AfterSaleKind::Cancel, "地址或电话填错", "Wrong address or telephone number"),
    (AfterSaleKind::Cancel, "发货太慢", "Takes too long to ship"),
    (AfterSaleKind::RefundOnly, "未收到货", "Not received"),
    (AfterSaleKind::RefundOnly, "少件/漏发", "Pieces are missing"),
    (AfterSaleKind::RefundOnly, "商品破损", "Damaged"),
    (AfterSaleKind::RefundOnly, "与商家协商一致", "Agreed with the shop"),
    (AfterSaleKind::ReturnRefund, "七天无理由退货", "Return within seven days"),
    (AfterSaleKind::ReturnRefund, "质量问题", "Poor quality"),
    (AfterSaleKind::ReturnRefund, "与描述不符", "Not as described"),
    (AfterSaleKind::ReturnRefund, "发错货", "Wrong article sent"),
];

/// Gives a tenant without any reasons the usual ones.
pub async fn ensure_reasons(db: &mut Conn, tenant: TenantId, now: Timestamp) -> Result<()> {
    if !store::reasons(db, tenant, None).await?.is_empty() {
        return Ok(());
    }
    let listed = (0_i64..).zip(DEFAULTS).map(|(position, (kind, text, text_en))| AfterSaleReason {
        id: ReasonId::fresh(now),
        kind: *kind,
        text: (*text).to_owned(),
        text_en: Some((*text_en).to_owned()),
        position,
        enabled: true,
    });
    for reason in listed {
        store::put_reason(db, tenant, &reason).await?;
    }
    Ok(())
}
