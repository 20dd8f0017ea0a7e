//! Buys something from login to refund, against a WeChat in a box:
//!
//! `cargo run -p wechat-sdk --example buy`

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wechat_sdk::mini::login::CodeToSession;
use wechat_sdk::pay::refunds::{CreateRefund, QueryRefund};
use wechat_sdk::pay::transactions::{JsapiPrepay, Order, QueryByOutTradeNo};
use wechat_sdk::{
    ApiV3Key, AppId, Fen, MchId, Merchant, MerchantKey, MiniProgram, OutRefundNo, OutTradeNo, PayEvent,
    Secret, Trust,
};
use wechat_sim::{Settings, Simulator};

const APP: &str = "wx0123456789abcdef";
const APP_SECRET: &str = "a-secret-of-thirty-two-characters";

/// Takes notifications: checks and opens them, passes them on, and answers. A shop stores them before it answers.
async fn notified(
    State((merchant, told)): State<(Merchant, UnboundedSender<PayEvent>)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let event = match merchant.verify_notification(&headers, &body).await {
        Ok(notification) => notification.event(),
        Err(error) => {
            println!("   refused: {error}");
            return StatusCode::UNAUTHORIZED;
        }
    };
    if event.is_ok_and(|event| told.send(event).is_ok()) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // WeChat in a box, with one mini program and one merchant.
    let wechat = Simulator::start(Settings::default()).await?;
    wechat.app(APP, APP_SECRET);
    let keys = wechat.merchant("1900000001").await;
    wechat.bind(APP, &keys.mchid);

    // The two clients. Building them sends nothing.
    let app = AppId::new(APP)?;
    let mini =
        MiniProgram::builder(app.clone(), Secret::new(APP_SECRET)).base_url(wechat.base_url()).build()?;
    let own = MerchantKey::from_pem(&keys.merchant_private_key_pem, &keys.merchant_serial)?;
    let merchant = Merchant::builder(MchId::new(keys.mchid)?, own, ApiV3Key::new(keys.api_v3_key)?)
        .trust(Trust::new().public_key(&keys.public_key_id, &keys.public_key_pem)?)
        .base_url(wechat.base_url())
        .build()?;

    // Where WeChat Pay sends its notifications.
    let (tell, mut told) = unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let notify_url = format!("http://{}/pay", listener.local_addr()?);
    let server = axum::Router::new().route("/pay", post(notified)).with_state((merchant.clone(), tell));
    tokio::spawn(async move { axum::serve(listener, server).await });

    let code = wechat.login_code(APP, None).code;
    let session = mini.send(&CodeToSession::new(code)).await?;
    println!("1. {} logged in", session.openid);

    let number = OutTradeNo::new("S20260102030405001")?;
    let order = Order::new(app.clone(), "A tin of tea", number.clone(), Fen(9900), notify_url.clone())
        .attach("example");
    let prepaid = merchant.send(&JsapiPrepay::new(order, session.openid)).await?;
    let sheet = merchant.request_payment(&app, &prepaid.prepay_id)?;
    println!("2. the payment sheet opens with {}", sheet.package);

    wechat.pay(merchant.id().as_str(), number.as_str()).map_err(|refused| format!("{refused:?}"))?;
    let Some(PayEvent::Paid(paid)) = told.recv().await else { return Err("no payment was notified".into()) };
    println!(
        "3. notified of {} fen as {:?}",
        paid.amount.map_or(0, |amount| amount.total.0),
        paid.transaction_id
    );

    let asked = merchant.send(&QueryByOutTradeNo::new(number.clone())).await?;
    println!("4. WeChat Pay says {}", asked.trade_state);

    let refund_number = OutRefundNo::new("R20260102030405001")?;
    let refund =
        CreateRefund::of_out_trade_no(number, refund_number.clone(), Fen(100), Fen(9900), notify_url);
    let refund = merchant.send(&refund.reason("a dent in the tin")).await?;
    println!("5. the refund {} is {}", refund.refund_id, refund.status);
    let Some(PayEvent::Refund(back)) = told.recv().await else { return Err("no refund was notified".into()) };
    let asked = merchant.send(&QueryRefund::new(refund_number)).await?;
    println!("6. notified of {}, and WeChat Pay says {}", back.status, asked.status);
    wechat.shutdown().await;
    Ok(())
}
