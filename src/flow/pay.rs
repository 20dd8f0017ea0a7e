//! From an unpaid trade to the five parameters of `wx.requestPayment`.
//!
//! The intent is committed before WeChat is called, with the number it will have there for ever;
//! asking again gives the same payment. A payment lives as long as its trade can be paid.

use super::Mall;
use super::poll::PollPayment;
use super::wechat::{Gateway, unavailable};
use crate::base::{Code, CustomerId, PaymentId, Problem, Result, TenantId, Timestamp, TradeId};
use crate::infra::db::Tx;
use crate::infra::http::{Path, Shopper};
use crate::infra::idempotency::{self, Answer, Key};
use crate::infra::jobs;
use crate::mall::order::{self, TradeRow, TradeState};
use crate::mall::payment::{self, Payment, PaymentState};
use anyhow::Context as _;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::FixedOffset;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat_sdk::{Fen, JsapiPrepay, OpenId, OutTradeNo, PrepayId};

/// A `prepay_id` works for two hours; it is asked for anew a little earlier.
const PREPAY_LIFE: Duration = Duration::from_mins(110);

/// The route.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(start))
}

/// The parameters of `wx.requestPayment`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RequestPayment {
    /// Seconds since 1970, as text.
    time_stamp: String,
    /// Random.
    nonce_str: String,
    /// `prepay_id=…`
    package: String,
    /// `RSA`
    sign_type: String,
    /// The merchant's signature.
    pay_sign: String,
}

/// Pay for a trade
///
/// Safe to repeat: a trade has one open payment at a time. With a key, a repeat gets the same answer.
#[utoipa::path(post, path = "/trades/{id}/payment", tag = "checkout",
    params(("id" = TradeId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = RequestPayment)))]
async fn start(
    State(mall): State<Mall>,
    who: Shopper,
    headers: HeaderMap,
    Path(id): Path<TradeId>,
) -> Result<Answer> {
    let asked = format!("POST payment {id}");
    let key = Key::if_given(&headers, who.tenant_id, who.id.uuid(), &[asked.as_bytes()])?;
    idempotency::once(&mall.core, key.as_ref(), parameters(&mall, who, id)).await
}

async fn parameters(mall: &Mall, who: Shopper, id: TradeId) -> Result<RequestPayment> {
    let gateway = mall.gateways.of(who.tenant_id)?;
    let (trade, payment, openid) = intend(mall, &gateway, who, id).await?;
    let prepay_id = match reusable(&payment, mall.core.now()) {
        Some(prepay_id) => prepay_id,
        None => prepay(mall, &gateway, &trade, &payment, &openid).await?,
    };
    let prepay_id = PrepayId::new(prepay_id).context("a prepay_id from WeChat")?;
    let signed = gateway.merchant.request_payment(&gateway.app_id, &prepay_id);
    let signed = signed.context("signing wx.requestPayment")?;
    Ok(RequestPayment {
        time_stamp: signed.time_stamp,
        nonce_str: signed.nonce_str,
        package: signed.package,
        sign_type: signed.sign_type,
        pay_sign: signed.pay_sign,
    })
}

fn reusable(payment: &Payment, now: Timestamp) -> Option<String> {
    let fresh = payment.prepaid_at.is_some_and(|at| at.after(PREPAY_LIFE) > now);
    payment.prepay_id.clone().filter(|_| fresh)
}

/// Commits that this trade is to be paid, with the job that asks WeChat about it until it ends.
async fn intend(
    mall: &Mall,
    gateway: &Gateway,
    who: Shopper,
    id: TradeId,
) -> Result<(TradeRow, Payment, String)> {
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    let trade = order::lock(&mut tx, who.tenant_id, id).await?;
    let trade = trade.filter(|trade| trade.customer_id == who.id).ok_or_else(|| Problem::not_found(id))?;
    let open = trade.state == TradeState::Unpaid && trade.closing_since.is_none() && trade.expires_at > now;
    if !open {
        return Err(Code::TradeNotPayable.into());
    }
    let openid = openid(&mut tx, who.tenant_id, who.id).await?;
    let payment = match payment::open_of(&mut tx, who.tenant_id, id).await? {
        Some(payment) => payment,
        None => new_payment(mall, gateway, &mut tx, &trade, now).await?,
    };
    tx.commit().await?;
    Ok((trade, payment, openid))
}

async fn openid(tx: &mut Tx, tenant: TenantId, customer: CustomerId) -> Result<String> {
    let openid = crate::mall::customer::openid(tx, tenant, customer).await?;
    Ok(openid.with_context(|| format!("{customer} has a token but no row"))?)
}

async fn new_payment(
    mall: &Mall,
    gateway: &Gateway,
    tx: &mut Tx,
    trade: &TradeRow,
    now: Timestamp,
) -> Result<Payment> {
    let payment = Payment {
        id: PaymentId::fresh(now),
        trade_id: trade.id,
        customer_id: trade.customer_id,
        state: PaymentState::Created,
        amount: trade.total,
        app_id: gateway.app_id.as_str().to_owned(),
        mch_id: gateway.mch_id.clone(),
        prepay_id: None,
        prepaid_at: None,
        transaction_id: None,
        paid_amount: None,
        applied: false,
        paid_at: None,
        created_at: now,
        updated_at: now,
    };
    payment::insert(tx, gateway.tenant_id, &payment).await?;
    let poll = PollPayment { tenant_id: gateway.tenant_id, payment_id: payment.id };
    let first = mall.settings.poll.first().copied().unwrap_or(Duration::from_secs(5));
    jobs::enqueue::<Mall, _>(tx, &poll, now, now.after(first)).await?;
    Ok(payment)
}

/// Asks WeChat for a `prepay_id`. Its answer counts only while the payment is open: were the trade
/// closed meanwhile, the shopper must not be able to pay it.
async fn prepay(
    mall: &Mall,
    gateway: &Gateway,
    trade: &TradeRow,
    payment: &Payment,
    openid: &str,
) -> Result<String> {
    let request = JsapiPrepay::new(
        gateway.app_id.clone(),
        &format!("{} {}", gateway.name, trade.id.suffix()),
        OutTradeNo::new(payment.id.suffix()).context("our own out_trade_no")?,
        Fen(payment.amount.as_fen()),
        OpenId::new(openid).context("the openid that WeChat gave")?,
        format!("{}/payments", gateway.callback_url),
    )
    .expires_at(trade.expires_at.utc().with_timezone(&beijing()));
    let prepaid = gateway.merchant.send(&request).await.map_err(|error| unavailable(&error))?;
    let prepay_id = prepaid.prepay_id.as_str().to_owned();
    let mut tx = mall.core.db.begin().await?;
    if !payment::set_prepaid(&mut tx, gateway.tenant_id, payment.id, &prepay_id, mall.core.now()).await? {
        return Err(Code::TradeNotPayable.into());
    }
    tx.commit().await?;
    Ok(prepay_id)
}

fn beijing() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("an offset of eight hours")
}
