//! From an unpaid trade to the five parameters of `wx.requestPayment`.
//!
//! The intent is committed before WeChat is called, with the number it will have there for ever;
//! asking again gives the same payment. A payment lives as long as its trade can be paid.

use super::Mall;
use super::close::close_payment;
use super::poll::{PollPayment, ask};
use super::trades::{TradePage, page};
use super::wechat::{Gateway, openid, unavailable};
use crate::base::{Code, Error, Money, PaymentId, Problem, Result, Timestamp, TradeId};
use crate::infra::db::Tx;
use crate::infra::http::{Json, Language, Path, Shopper};
use crate::infra::idempotency::{self, Answer, Asked};
use crate::infra::jobs;
use crate::mall::order::{self, TradeRow, TradeState};
use crate::mall::payment::{self, Payment, PaymentState};
use anyhow::Context as _;
use axum::extract::State;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat_sdk::pay::transactions::{JsapiPrepay, Order};
use wechat_sdk::{Fen, OpenId, OutTradeNo, PrepayId};

/// A `prepay_id` works for two hours; it is asked for anew a little earlier.
const PREPAY_LIFE: Duration = Duration::from_mins(110);

/// What WeChat says of an `out_trade_no` that cannot be prepaid again.
const NUMBER_IS_SPENT: [&str; 4] = ["OUT_TRADE_NO_USED", "ORDERPAID", "ORDER_CLOSED", "INVALID_REQUEST"];
/// A shopper has WeChat asked at most this often about one payment.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// The routes.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(start)).routes(routes!(confirm))
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
/// Safe to repeat: a trade has one open payment at a time. With a key, a repeat gets the same answer
/// as long as the trade can be paid.
#[utoipa::path(post, path = "/trades/{id}/payment", tag = "checkout",
    params(("id" = TradeId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = RequestPayment)))]
async fn start(
    State(mall): State<Mall>,
    who: Shopper,
    asked: Asked,
    Path(id): Path<TradeId>,
) -> Result<Answer> {
    let key = asked.key_if_given(&mall.core, who, &())?;
    if key.is_some() {
        // The kept answer is of use only while the trade can be paid; new work looks for itself.
        let trade = order::trade(&mut mall.core.db.read().await?, who.tenant_id, id).await?;
        payable(trade, who, id, mall.core.now())?;
    }
    idempotency::once(&mall.core, key.as_ref(), parameters(&mall, who, id)).await
}

async fn parameters(mall: &Mall, who: Shopper, id: TradeId) -> Result<RequestPayment> {
    let gateway = mall.gateways.of(who.tenant_id)?;
    let (trade, payment, openid) = intend(mall, &gateway, who, id).await?;
    let prepay_id = match reusable(&payment, mall.core.now()) {
        Some(prepay_id) => prepay_id,
        None => prepay(mall, &gateway, &trade, &payment, openid).await?,
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

/// The shopper's own trade, if it waits for its payment.
fn payable(trade: Option<TradeRow>, who: Shopper, id: TradeId, now: Timestamp) -> Result<TradeRow> {
    let trade = trade.filter(|trade| trade.customer_id == who.id).ok_or_else(|| Problem::not_found(id))?;
    if !trade.is_payable(now) {
        return Err(Code::TradeNotPayable.into());
    }
    Ok(trade)
}

/// `wx.requestPayment` has returned: ask WeChat now
///
/// The call-back may be late or lost. Asks about the trade's open payment, at most every three
/// seconds, and answers with the trade as it is then, also when WeChat does not answer.
#[utoipa::path(post, path = "/trades/{id}/payment/confirm", tag = "checkout", params(("id" = TradeId, Path)),
    responses((status = 200, body = TradePage)))]
async fn confirm(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<TradeId>,
) -> Result<Json<TradePage>> {
    page(&mall, who, id, language).await?;
    let (gateway, now) = (mall.gateways.of(who.tenant_id)?, mall.core.now());
    let mut tx = mall.core.db.begin().await?;
    let asking = payment::ask_now(&mut tx, who.tenant_id, id, now, now.before(ASK_AGAIN)).await?;
    tx.commit().await?;
    if let Some(payment) = asking {
        let silent = ask(&mall, &gateway, &payment).await.err();
        silent.inspect(|error| tracing::warn!(%error, payment = %payment.id, "WeChat could not be asked"));
    }
    Ok(Json(page(&mall, who, id, language).await?))
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
) -> Result<(TradeRow, Payment, OpenId)> {
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    let trade = payable(order::lock(&mut tx, who.tenant_id, id).await?, who, id, now)?;
    let openid = openid(&mut tx, who.tenant_id, who.id).await?;
    let payment = match payment::open_of(&mut tx, who.tenant_id, id).await? {
        Some(payment) => payment,
        None => new_payment(mall, gateway, &mut tx, &trade, now).await?,
    };
    tx.commit().await?;
    Ok((trade, payment, openid))
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
        refunding: Money::ZERO,
        refunds: 0,
        refund_sent_at: None,
        paid_at: None,
        created_at: now,
        updated_at: now,
    };
    payment::insert(tx, gateway.tenant_id, &payment).await?;
    let poll = PollPayment { tenant_id: gateway.tenant_id, trade_id: trade.id, payment_id: payment.id };
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
    openid: OpenId,
) -> Result<String> {
    let order = Order::new(
        gateway.app_id.clone(),
        format!("{} {}", gateway.name, trade.id.suffix()),
        OutTradeNo::new(payment.id.suffix()).context("our own out_trade_no")?,
        Fen(payment.amount.as_fen()),
        format!("{}/payments", gateway.callback_url),
    )
    .time_expire(trade.expires_at.utc());
    let prepaid = match gateway.pay(&mall.core, payment, &JsapiPrepay::new(order, openid)).await {
        Ok(prepaid) => prepaid,
        Err(error) if NUMBER_IS_SPENT.iter().any(|code| error.has_code(code)) => {
            return Err(spent(mall, gateway, trade, payment).await?);
        }
        Err(error) => return Err(unavailable(&error)),
    };
    let prepay_id = prepaid.prepay_id.as_str().to_owned();
    let (tenant, now) = (gateway.tenant_id, mall.core.now());
    let mut tx = mall.core.db.begin().await?;
    let current = order::lock(&mut tx, tenant, trade.id).await?.context("a trade that vanished")?;
    let shown =
        current.is_payable(now) && payment::set_prepaid(&mut tx, tenant, payment.id, &prepay_id, now).await?;
    if !shown {
        return Err(Code::TradeNotPayable.into());
    }
    tx.commit().await?;
    Ok(prepay_id)
}

/// WeChat will not take this number again: it was paid, closed, or came with other words before
/// (a shop that was renamed meanwhile). What became of it is settled; the next payment has a new one.
async fn spent(mall: &Mall, gateway: &Gateway, trade: &TradeRow, payment: &Payment) -> Result<Error> {
    close_payment(mall, gateway, trade, payment).await?;
    let current = order::trade(&mut mall.core.db.read().await?, gateway.tenant_id, trade.id).await?;
    if current.is_some_and(|trade| trade.state == TradeState::Unpaid) {
        let detail = "WeChat had closed this payment; start it again";
        return Ok(Problem::with(Code::WechatUnavailable, detail).into());
    }
    Ok(Code::TradeNotPayable.into())
}
