use super::ReturnAddress;
use crate::base::{AfterSaleId, MerchantId, Result, TenantId};
use crate::infra::crypto::Vault;
use crate::infra::db::Conn;

fn place(merchant: MerchantId) -> String {
    format!("return_address/sealed/{merchant}")
}

fn snapshot_place(case: AfterSaleId) -> String {
    format!("after_sale/return_address_sealed/{case}")
}

/// Where goods of a merchant are sent back to.
pub async fn return_address(
    db: &mut Conn,
    vault: &Vault,
    tenant: TenantId,
    merchant: MerchantId,
) -> Result<Option<ReturnAddress>> {
    let row: Option<(String,)> = db
        .query("select sealed from return_address where tenant_id = $1 and merchant_id = $2")
        .bind(tenant)
        .bind(merchant)
        .optional()
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    Ok(Some(serde_json::from_str(&vault.open(&place(merchant), &sealed)?)?))
}

/// Says where goods of a merchant are sent back to from now on.
pub async fn put_return_address(
    db: &mut Conn,
    vault: &Vault,
    tenant: TenantId,
    merchant: MerchantId,
    address: &ReturnAddress,
) -> Result<()> {
    db.query(
        "insert into return_address (tenant_id, merchant_id, sealed) values ($1, $2, $3)
         on conflict (tenant_id, merchant_id) do update set sealed = excluded.sealed",
    )
    .bind(tenant)
    .bind(merchant)
    .bind(vault.seal(&place(merchant), &serde_json::to_string(address)?))
    .execute()
    .await?;
    Ok(())
}

/// Seals the copy that a case keeps.
pub fn seal_snapshot(vault: &Vault, case: AfterSaleId, address: &ReturnAddress) -> Result<String> {
    Ok(vault.seal(&snapshot_place(case), &serde_json::to_string(address)?))
}

/// Opens the copy that a case keeps.
pub fn open_snapshot(vault: &Vault, case: AfterSaleId, sealed: &str) -> Result<ReturnAddress> {
    Ok(serde_json::from_str(&vault.open(&snapshot_place(case), sealed)?)?)
}
