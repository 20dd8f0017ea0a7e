use super::model::{Address, AddressInput, Profile, ProfileInput, masked};
use crate::base::{AddressId, CustomerId, Phone, Result, TenantId, Timestamp};
use crate::infra::crypto::Vault;
use crate::infra::db::Conn;

/// The shopper with this openid; a new one when there is none.
pub async fn upsert(
    db: &mut Conn,
    tenant: TenantId,
    openid: &str,
    unionid: Option<&str>,
    now: Timestamp,
) -> Result<CustomerId> {
    Ok(db
        .query(
            "insert into customer (tenant_id, id, openid, unionid, created_at) values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, openid) do update set unionid = coalesce(excluded.unionid, customer.unionid)
             returning id",
        )
        .bind(tenant)
        .bind(CustomerId::fresh(now))
        .bind(openid)
        .bind(unionid)
        .bind(now)
        .scalar()
        .await?)
}

/// Who the shopper is to WeChat.
pub async fn openid(db: &mut Conn, tenant: TenantId, id: CustomerId) -> Result<Option<String>> {
    let row: Option<(String,)> = db
        .query("select openid from customer where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .optional()
        .await?;
    Ok(row.map(|(openid,)| openid))
}

/// The shopper whom WeChat knows by this openid.
pub async fn by_openid(db: &mut Conn, tenant: TenantId, openid: &str) -> Result<Option<CustomerId>> {
    let row: Option<(CustomerId,)> = db
        .query("select id from customer where tenant_id = $1 and openid = $2")
        .bind(tenant)
        .bind(openid)
        .optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Forgets name, picture and telephone number, because the shopper took a consent back.
pub async fn forget_profile(db: &mut Conn, tenant: TenantId, id: CustomerId, now: Timestamp) -> Result<()> {
    db.query(
        "update customer set nickname = null, avatar_url = null, phone_sealed = null, phone_hash = null,
           revoked_at = $3
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Forgets the addresses. Trades keep the copies that they are delivered by.
pub async fn forget_addresses(db: &mut Conn, tenant: TenantId, id: CustomerId) -> Result<()> {
    db.query("delete from address where tenant_id = $1 and customer_id = $2")
        .bind(tenant)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: CustomerId,
    nickname: Option<String>,
    avatar_url: Option<String>,
    phone_sealed: Option<String>,
    created_at: Timestamp,
}

fn phone_place(id: CustomerId) -> String {
    format!("customer/phone_sealed/{id}")
}

pub(super) async fn profile(
    db: &mut Conn,
    vault: &Vault,
    tenant: TenantId,
    id: CustomerId,
) -> Result<Profile> {
    let row: Row = db
        .query(
            "select id, nickname, avatar_url, phone_sealed, created_at from customer
             where tenant_id = $1 and id = $2",
        )
        .bind(tenant)
        .bind(id)
        .one()
        .await?;
    let phone = row.phone_sealed.map(|sealed| vault.open(&phone_place(id), &sealed)).transpose()?;
    Ok(Profile {
        id: row.id,
        nickname: row.nickname,
        avatar_url: row.avatar_url,
        phone: phone.as_deref().map(masked),
        created_at: row.created_at,
    })
}

pub(super) async fn set_profile(
    db: &mut Conn,
    tenant: TenantId,
    id: CustomerId,
    profile: &ProfileInput,
) -> Result<()> {
    db.query("update customer set nickname = $3, avatar_url = $4 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(profile.nickname.as_ref().map(|text| text.as_str().to_owned()))
        .bind(profile.avatar_url.as_ref().map(|text| text.as_str().to_owned()))
        .execute()
        .await?;
    Ok(())
}

/// Keeps the shopper's telephone number, sealed.
pub async fn set_phone(
    db: &mut Conn,
    vault: &Vault,
    tenant: TenantId,
    id: CustomerId,
    phone: &Phone,
) -> Result<()> {
    db.query("update customer set phone_sealed = $3, phone_hash = $4 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(vault.seal(&phone_place(id), phone.reveal()))
        .bind(vault.lookup("customer.phone", phone.reveal()))
        .execute()
        .await?;
    Ok(())
}

/// An address as it lies in its table.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SealedAddress {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub id: AddressId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The sealed [`AddressInput`].
    pub sealed: String,
    /// Whether it is used unless another is named. Beside the seal, as choosing another changes it.
    pub is_default: bool,
}

fn address_place(id: AddressId) -> String {
    format!("address/sealed/{id}")
}

/// Opens an address.
pub fn open_address(vault: &Vault, row: &SealedAddress) -> Result<AddressInput> {
    let fields: AddressInput = serde_json::from_str(&vault.open(&address_place(row.id), &row.sealed)?)?;
    Ok(AddressInput { is_default: row.is_default, ..fields })
}

/// Holds a shopper's row until the transaction ends: what is counted or unique among their own rows
/// is decided by one request at a time.
pub async fn lock(db: &mut Conn, tenant: TenantId, id: CustomerId) -> Result<()> {
    let _held: Option<(CustomerId,)> = db
        .query("select id from customer where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .for_update()
        .optional()
        .await?;
    Ok(())
}

pub(super) async fn addresses(
    db: &mut Conn,
    vault: &Vault,
    tenant: TenantId,
    customer: CustomerId,
) -> Result<Vec<Address>> {
    let rows: Vec<SealedAddress> = db
        .query(
            "select tenant_id, id, customer_id, sealed, is_default from address
             where tenant_id = $1 and customer_id = $2 order by id desc",
        )
        .bind(tenant)
        .bind(customer)
        .all()
        .await?;
    rows.iter().map(|row| Ok(Address { id: row.id, fields: open_address(vault, row)? })).collect()
}

/// A shopper's address: the named one, otherwise the default. `None`: there is none, or it is not theirs.
pub async fn address(
    db: &mut Conn,
    vault: &Vault,
    (tenant, customer): (TenantId, CustomerId),
    id: Option<AddressId>,
) -> Result<Option<Address>> {
    let row: Option<SealedAddress> = db
        .query(
            "select tenant_id, id, customer_id, sealed, is_default from address
             where tenant_id = $1 and customer_id = $2 and (id = $3 or ($3 is null and is_default))",
        )
        .bind(tenant)
        .bind(customer)
        .bind(id)
        .optional()
        .await?;
    row.map(|row| Ok(Address { id: row.id, fields: open_address(vault, &row)? })).transpose()
}

/// Many addresses at once, whoever owns them: the caller compares `customer_id`.
pub async fn addresses_for(db: &mut Conn, wanted: &[(TenantId, AddressId)]) -> Result<Vec<SealedAddress>> {
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    Ok(db
        .query(
            "select tenant_id, id, customer_id, sealed, is_default from address
             where (tenant_id, id) in (values {rows:uuid,uuid})",
        )
        .rows(wanted, |query, (tenant, id)| query.bind(*tenant).bind(*id))
        .all()
        .await?)
}

pub(super) async fn count_addresses(db: &mut Conn, tenant: TenantId, customer: CustomerId) -> Result<i64> {
    Ok(db
        .query("select count(*) from address where tenant_id = $1 and customer_id = $2")
        .bind(tenant)
        .bind(customer)
        .scalar()
        .await?)
}

pub(super) async fn put_address(
    db: &mut Conn,
    vault: &Vault,
    (tenant, customer): (TenantId, CustomerId),
    id: AddressId,
    fields: &AddressInput,
    now: Timestamp,
) -> Result<bool> {
    if fields.is_default {
        db.query(
            "update address set is_default = false where tenant_id = $1 and customer_id = $2 and is_default",
        )
        .bind(tenant)
        .bind(customer)
        .execute()
        .await?;
    }
    let changed = db
        .query(
            "insert into address (tenant_id, id, customer_id, sealed, is_default, created_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (tenant_id, id) do update set sealed = excluded.sealed, is_default = excluded.is_default
             where address.customer_id = excluded.customer_id",
        )
        .bind(tenant)
        .bind(id)
        .bind(customer)
        .bind(vault.seal(&address_place(id), &serde_json::to_string(fields)?))
        .bind(fields.is_default)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}

pub(super) async fn owns_address(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    id: AddressId,
) -> Result<bool> {
    let found: i64 = db
        .query("select count(*) from address where tenant_id = $1 and customer_id = $2 and id = $3")
        .bind(tenant)
        .bind(customer)
        .bind(id)
        .scalar()
        .await?;
    Ok(found == 1)
}

pub(super) async fn delete_address(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    id: AddressId,
) -> Result<bool> {
    let gone = db
        .query("delete from address where tenant_id = $1 and customer_id = $2 and id = $3")
        .bind(tenant)
        .bind(customer)
        .bind(id)
        .execute()
        .await?;
    Ok(gone == 1)
}
