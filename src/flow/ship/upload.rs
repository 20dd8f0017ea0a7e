//! The job that tells WeChat's order shipping management what was sent of a payment. As long as that
//! does not know, the money of the payment stays frozen.
//!
//! WeChat is asked first, every time: so an answer that was lost costs nothing, and the one second
//! shipping of a payment is not used up by a repeat.

use super::super::wechat::{Gateway, openid};
use super::receipt::confirm;
use super::wish::{Step, Wish};
use crate::base::{PaymentId, Result, TenantId, Timestamp, TradeId};
use crate::flow::Mall;
use crate::infra::jobs::{Done, Job};
use crate::mall::customer::AddressInput;
use crate::mall::order::{self, Line, OrderState};
use crate::mall::payment::{self, Payment};
use crate::mall::shipment::{self, Told, Upload, UploadState};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;
use wechat_sdk::mini::shipping::{OrderKey, Payer, UploadShippingInfo};
use wechat_sdk::mini::shipping_orders::GetShippingOrder;
use wechat_sdk::{OpenId, Outcome, TransactionId};

/// How long one upload may take: longer than its calls with their repeats.
const HOLD: Duration = Duration::from_mins(2);
/// When another one runs.
const WAIT: Duration = Duration::from_secs(5);

/// Nothing is new to WeChat.
const UNCHANGED: &str = "10060023";
/// WeChat does not know the payment yet: it comes to the shipping management a little later.
const NOT_VISIBLE: &str = "10060001";

/// Tells WeChat what was sent of one payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UploadShipping {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub payment_id: PaymentId,
    /// Of which trade.
    pub trade_id: TradeId,
}

impl Job<Mall> for UploadShipping {
    const KIND: &'static str = "upload_shipping";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let now = mall.core.now();
        let mut tx = mall.core.db.begin().await?;
        if !shipment::hold(&mut tx, self.tenant_id, self.payment_id, now, now.after(HOLD)).await? {
            return Ok(Done::Again(now.after(WAIT)));
        }
        tx.commit().await?;
        match tell(mall, self.tenant_id, self.payment_id).await {
            Ok(told) => note(mall, self.tenant_id, self.payment_id, &told).await?,
            Err(failure) => return keep_reason(mall, self.tenant_id, self.payment_id, failure).await,
        }
        Ok(Done::Finished)
    }
}

/// Why WeChat was not told.
enum Failure {
    /// Trying again may help.
    Passing(anyhow::Error),
    /// Only a person can help.
    Lasting(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Passing(error.into())
    }
}

fn refused(error: wechat_sdk::Error) -> Failure {
    let passes = error.is_retryable() || error.outcome() == Outcome::Unknown || error.has_code(NOT_VISIBLE);
    if passes { Failure::Passing(error.into()) } else { Failure::Lasting(error.into()) }
}

/// What there is to tell about a payment.
struct Sent {
    known: Upload,
    wish: Option<Wish>,
    paid: Payment,
    openid: OpenId,
    phone: String,
}

/// Tells WeChat what is new, if anything is.
async fn tell(mall: &Mall, tenant: TenantId, id: PaymentId) -> Result<Told, Failure> {
    let gateway = mall.gateways.of(tenant)?;
    let sent = load(mall, tenant, id).await?;
    let stays = |state| Told { state, news: None, reshipped: sent.known.reshipped };
    if sent.known.state == UploadState::Confirmed {
        return Ok(stays(UploadState::Confirmed));
    }
    if !gateway.shipping_management {
        return Ok(stays(UploadState::Needless));
    }
    let Some(wish) = &sent.wish else { return Ok(stays(UploadState::Waiting)) };
    let digest = wish.digest()?;
    if sent.known.digest.as_ref() == Some(&digest) {
        return Ok(stays(reached(wish)));
    }
    let number = TransactionId::new(sent.paid.transaction_id.clone().context("a payment without a number")?)?;
    let asked = GetShippingOrder::by_transaction_id(number.clone());
    let told = gateway.mini(&mall.core, &sent.paid, &asked).await.map_err(refused)?.order;
    let at = after(sent.known.uploaded_at, mall.core.now());
    match wish.next(&told) {
        Step::Confirmed => Ok(stays(UploadState::Confirmed)),
        Step::Needless => Ok(stays(UploadState::Needless)),
        Step::Known => Ok(Told { news: Some((digest, at)), ..stays(reached(wish)) }),
        Step::Spent => Err(Failure::Lasting(anyhow::anyhow!(
            "WeChat's one correction of this payment's shipping was used before; correct it in WeChat's own pages"
        ))),
        Step::Upload { split, again } => {
            upload(mall, &gateway, &sent, wish, (number, split, at)).await?;
            let reshipped = sent.known.reshipped || again;
            Ok(Told { state: reached(wish), news: Some((digest, at)), reshipped })
        }
    }
}

fn reached(wish: &Wish) -> UploadState {
    if wish.is_complete() { UploadState::Uploaded } else { UploadState::Partial }
}

/// The times of uploads rise.
fn after(last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    last.map_or(now, |last| now.max(last.after(Duration::from_millis(1))))
}

async fn upload(
    mall: &Mall,
    gateway: &Gateway,
    sent: &Sent,
    wish: &Wish,
    (number, split, at): (TransactionId, bool, Timestamp),
) -> Result<(), Failure> {
    let call = UploadShippingInfo::new(
        OrderKey::by_transaction_id(number),
        wish.shipment(split, &sent.phone)?,
        // As in WeChat's examples.
        at.in_china(),
        Payer::from(sent.openid.clone()),
    );
    match gateway.mini(&mall.core, &sent.paid, &call).await {
        Err(error) if !error.has_code(UNCHANGED) => Err(refused(error)),
        _ => Ok(()),
    }
}

async fn load(mall: &Mall, tenant: TenantId, id: PaymentId) -> anyhow::Result<Sent> {
    let mut db = mall.core.db.read().await?;
    let known = shipment::upload(&mut db, tenant, id).await?.context("no such upload")?;
    let paid = payment::payment(&mut db, tenant, id).await?.context("an upload without a payment")?;
    let trade = order::trade(&mut db, tenant, paid.trade_id).await?.context("a payment without a trade")?;
    let orders = order::orders_with_lines(&mut db, tenant, trade.id).await?;
    // An order that is still to be sent, or of which that is not decided, is paid and no further.
    let complete = orders.iter().all(|(order, _)| order.state != OrderState::Paid);
    let lines: Vec<Line> = orders.into_iter().flat_map(|(_, lines)| lines).collect();
    let shipments = shipment::shipments_of_trade(&mut db, tenant, trade.id).await?;
    let openid = openid(&mut db, tenant, trade.customer_id).await?;
    let sealed =
        mall.core.vault.open(&format!("trade/address_sealed/{}", trade.id), &trade.address_sealed)?;
    let address: AddressInput = serde_json::from_str(&sealed)?;
    let phone = address.phone.reveal().to_owned();
    Ok(Sent { known, wish: Wish::of(&shipments, &lines, complete), paid, openid, phone })
}

async fn note(mall: &Mall, tenant: TenantId, id: PaymentId, told: &Told) -> anyhow::Result<()> {
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    if told.state == UploadState::Confirmed {
        // It locks the trade, which comes first.
        confirm(&mut tx, tenant, id, now).await?;
    }
    shipment::tell(&mut tx, tenant, id, told, now).await?;
    tx.commit().await?;
    Ok(())
}

/// For operators, and as what the job ends in.
async fn keep_reason(mall: &Mall, tenant: TenantId, id: PaymentId, failure: Failure) -> anyhow::Result<Done> {
    metrics::counter!("jishi_shipping_upload_failures_total").increment(1);
    let (error, hopeless) = match failure {
        Failure::Passing(error) => (error, false),
        Failure::Lasting(error) => (error, true),
    };
    let most = i64::from(<UploadShipping as Job<Mall>>::ATTEMPTS);
    let mut tx = mall.core.db.begin().await?;
    let reason = (&*error.to_string(), hopeless, most);
    shipment::fail(&mut tx, tenant, id, reason, mall.core.now()).await?;
    tx.commit().await?;
    if hopeless { Ok(Done::Hopeless(format!("{error:#}"))) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_uploads_rise_also_within_a_millisecond() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        assert_eq!(after(None, now), now);
        assert!(after(Some(now), now) > now);
        assert_eq!(after(Some(now.before(Duration::from_secs(1))), now), now);
    }
}
