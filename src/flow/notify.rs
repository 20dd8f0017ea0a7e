//! WeChat's signed call-backs. Verified on the raw bytes, matched with what we know, written down,
//! and only then answered with 204; anything else is a 4xx or 5xx, and WeChat repeats it.

use super::Mall;
use super::refund::{Report, look_at, note_in};
use super::settle::{Amount, Taken, settle};
use super::wechat::Gateway;
use crate::base::{CallbackId, Code, Error, Money, PaymentId, Problem, RefundId, Result, Timestamp};
use crate::infra::db::Tx;
use crate::infra::http::Path;
use crate::mall::callback::{self, Outcome, Received};
use crate::mall::payment::{self, Payment, Refund};
use anyhow::Context as _;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat_sdk::pay::RefundNotice;
use wechat_sdk::pay::refunds::RefundStatus;
use wechat_sdk::pay::transactions::Transaction;
use wechat_sdk::{Notification, PayEvent};

/// The routes.
pub fn routes() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(payments)).routes(routes!(refunds))
}

/// A payment succeeded
#[utoipa::path(post, path = "/{tenant}/payments", tag = "call-backs", security(()), params(("tenant" = String, Path)),
    request_body = serde_json::Value, responses((status = 204)))]
async fn payments(state: State<Mall>, path: Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    receive(state, path, &headers, &body).await
}

/// A refund ended
#[utoipa::path(post, path = "/{tenant}/refunds", tag = "call-backs", security(()), params(("tenant" = String, Path)),
    request_body = serde_json::Value, responses((status = 204)))]
async fn refunds(state: State<Mall>, path: Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    receive(state, path, &headers, &body).await
}

async fn receive(
    State(mall): State<Mall>,
    Path(slug): Path<String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    match take(&mall, &slug, headers, body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refuse(&slug, &error),
    }
}

/// WeChat wants `{"code": "FAIL", "message": …}`.
fn refuse(slug: &str, error: &Error) -> Response {
    let code = error.code().unwrap_or(Code::Internal);
    metrics::counter!("jishi_callbacks_refused_total", "code" => code.as_str()).increment(1);
    tracing::warn!(tenant = slug, %error, "a call-back was refused");
    let status = StatusCode::from_u16(code.status()).expect("codes have HTTP statuses");
    (status, Json(json!({ "code": "FAIL", "message": code.as_str() }))).into_response()
}

async fn take(mall: &Mall, slug: &str, headers: &HeaderMap, body: &[u8]) -> Result<()> {
    let came = mall.core.now();
    let gateway = mall.gateways.by_slug(slug).ok_or_else(|| Problem::not_found("the tenant"))?;
    let verified = gateway.merchant.verify_notification(headers, body).await;
    let notice = verified.map_err(|error| Problem::with(Code::CallbackUntrusted, error.to_string()))?;
    let event = notice.event().map_err(|error| Problem::with(Code::CallbackMismatch, error.to_string()))?;
    let mut tx = mall.core.db.begin().await?;
    let (subject, told) = match &event {
        PayEvent::Paid(report) => {
            (report.out_trade_no.as_str().to_owned(), paid(mall, &mut tx, &gateway, report).await?)
        }
        PayEvent::Refund(report) => {
            (report.out_refund_no.as_str().to_owned(), refunded(mall, &mut tx, &gateway, report).await?)
        }
        _ => (String::new(), Err("jishi does not handle this event".to_owned())),
    };
    if told.is_err() {
        // What the event began must not stay; that it came does.
        drop(tx);
        tx = mall.core.db.begin().await?;
    }
    callback::record(&mut tx, gateway.tenant_id, &received(came, &notice, subject, &told)).await?;
    tx.commit().await?;
    told.map_err(|reason| Problem::with(Code::CallbackMismatch, reason).into())
}

fn received(came: Timestamp, notice: &Notification, subject: String, told: &Taken) -> Received {
    Received {
        id: CallbackId::fresh(came),
        notification_id: notice.id.clone(),
        event_type: notice.event_type.clone(),
        subject,
        outcome: if told.is_ok() { Outcome::Done } else { Outcome::Rejected },
        detail: told.as_ref().err().cloned(),
        times: 1,
        received_at: came,
    }
}

async fn paid(mall: &Mall, tx: &mut Tx, gateway: &Gateway, report: &Transaction) -> Result<Taken> {
    let Some(id) = PaymentId::from_suffix(report.out_trade_no.as_str()) else {
        return Ok(Err("the out_trade_no is none of ours".to_owned()));
    };
    settle(mall, tx, gateway, id, report, Amount::MustMatch).await
}

/// How a report contradicts what we know of the refund and its payment.
fn other_refund(
    gateway: &Gateway,
    paid: &Payment,
    known: &Refund,
    report: &RefundNotice,
) -> Option<&'static str> {
    let (amount, number) = (&report.amount, known.wechat_refund_id.as_deref());
    let contradictions = [
        (report.mchid.as_str() != gateway.mch_id, "the merchant number is another"),
        (report.out_trade_no.as_str() != paid.id.suffix(), "the payment is another"),
        (
            paid.transaction_id.as_deref() != Some(report.transaction_id.as_str()),
            "the transaction is another",
        ),
        (paid.paid_amount != Some(Money::fen(amount.total.0)), "the amount of the payment is another"),
        (known.amount != Money::fen(amount.refund.0), "the amount is another"),
        (number.is_some_and(|number| number != report.refund_id.as_str()), "the refund_id is another"),
    ];
    contradictions.into_iter().find(|(is_other, _)| *is_other).map(|(_, reason)| reason)
}

async fn refunded(mall: &Mall, tx: &mut Tx, gateway: &Gateway, report: &RefundNotice) -> Result<Taken> {
    let id = RefundId::from_suffix(report.out_refund_no.as_str());
    let known = match id {
        Some(id) => payment::refund(tx, gateway.tenant_id, id).await?,
        None => None,
    };
    let Some(known) = known else { return Ok(Err("there is no such refund".to_owned())) };
    let paid = payment::payment(tx, gateway.tenant_id, known.payment_id).await?;
    let paid = paid.context("a refund without a payment")?;
    if let Some(reason) = other_refund(gateway, &paid, &known, report) {
        return Ok(Err(reason.to_owned()));
    }
    if matches!(report.status, RefundStatus::Abnormal) {
        // It may be older than a redirection: WeChat's answer decides.
        if !known.state.has_ended() {
            let now = mall.core.now();
            look_at(tx, gateway.tenant_id, &known, (now, now)).await?;
        }
        return Ok(Ok(()));
    }
    let told = Report { status: report.status.clone(), refund_id: report.refund_id.to_string() };
    note_in(mall, tx, gateway, known.id, &told).await?;
    Ok(Ok(()))
}
