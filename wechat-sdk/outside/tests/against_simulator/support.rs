//! A shop with both clients of the SDK, and a WeChat in a box that it speaks to.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wechat_sdk::mini::login::CodeToSession;
use wechat_sdk::pay::MerchantBuilder;
use wechat_sdk::pay::transactions::{JsapiPrepay, Order};
use wechat_sdk::push::{EncodingAesKey, MessagePush, Push, PushContent, PushQuery, Reply};
use wechat_sdk::{
    ApiV3Key, AppId, Environment, Fen, HttpSettings, MchId, Merchant, MerchantKey, MiniProgram, OpenId,
    OutTradeNo, PayEvent, PayOperation, Secret, TransactionId, Trust, VerifyError,
};
use wechat_sim::{MerchantKit, PaidTransaction, PushFormat, PushMode, PushSettings, Settings, Simulator};

pub const APP: &str = "wx0123456789abcdef";
pub const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const MCHID: &str = "1900000001";

type Told = Result<PayEvent, String>;

/// One shop, its WeChat and its letter box.
pub struct Shop {
    pub sim: Simulator,
    pub kit: MerchantKit,
    pub mini: MiniProgram,
    pub merchant: Merchant,
    /// Where notifications of WeChat Pay go.
    pub notify_url: String,
    letters: Mutex<UnboundedReceiver<Told>>,
}

/// A shop that trusts the public key of WeChat Pay.
pub async fn shop() -> Shop {
    shop_with(Settings::default(), by_public_key, |builder| builder).await
}

/// The trust that new merchants have.
pub fn by_public_key(kit: &MerchantKit) -> Trust {
    Trust::new().public_key(&kit.public_key_id, &kit.public_key_pem).unwrap()
}

/// A shop whose simulator, trust and client are somehow special.
pub async fn shop_with(
    settings: Settings,
    trust: fn(&MerchantKit) -> Trust,
    change: fn(MerchantBuilder) -> MerchantBuilder,
) -> Shop {
    let sim = Simulator::start(settings).await.unwrap();
    sim.app(APP, APP_SECRET);
    let kit = sim.merchant(MCHID).await;
    sim.bind(APP, MCHID);
    let mini = MiniProgram::builder(app(), Secret::new(APP_SECRET)).base_url(sim.base_url()).build().unwrap();
    let merchant = change(client_of(&sim, &kit).trust(trust(&kit))).build().unwrap();
    let (tell, letters) = unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let notify_url = format!("http://{}/pay", listener.local_addr().unwrap());
    let server = axum::Router::new().route("/pay", post(notified)).with_state((merchant.clone(), tell));
    tokio::spawn(async move { axum::serve(listener, server).await });
    Shop { sim, kit, mini, merchant, notify_url, letters: Mutex::new(letters) }
}

/// A merchant's client as it is before it trusts anybody.
pub fn client_of(sim: &Simulator, kit: &MerchantKit) -> MerchantBuilder {
    let key = MerchantKey::from_pem(&kit.merchant_private_key_pem, &kit.merchant_serial).unwrap();
    let api_v3 = ApiV3Key::new(kit.api_v3_key.as_str()).unwrap();
    Merchant::builder(MchId::new(kit.mchid.as_str()).unwrap(), key, api_v3).base_url(sim.base_url())
}

/// Stores nothing, but answers as a shop does: what is not believed is refused.
async fn notified(
    State((merchant, tell)): State<(Merchant, UnboundedSender<Told>)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let read = match merchant.verify_notification(&headers, &body).await {
        Ok(notification) => notification.event().map_err(|error| error.to_string()),
        Err(VerifyError::Probe) => return StatusCode::UNAUTHORIZED,
        Err(error) => Err(error.to_string()),
    };
    let status = if read.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::INTERNAL_SERVER_ERROR };
    let _ = tell.send(read);
    status
}

impl Shop {
    /// The next notification, checked and read by the SDK.
    pub async fn told(&self) -> PayEvent {
        let mut letters = self.letters.lock().await;
        let told = tokio::time::timeout(Duration::from_secs(20), letters.recv()).await;
        told.expect("a notification comes").unwrap().unwrap()
    }

    /// Sends a call of WeChat Pay that works.
    pub async fn pay<O: PayOperation>(&self, call: O) -> O::Output {
        match self.merchant.send(&call).await {
            Ok(output) => output,
            Err(error) => panic!("{}: {error}; {:#?}", O::NAME, self.sim.requests().first()),
        }
    }

    /// Sends a call of WeChat Pay that is refused; the code of the refusal.
    pub async fn refused<O: PayOperation>(&self, call: O) -> String
    where
        O::Output: std::fmt::Debug,
    {
        let error = self.merchant.send(&call).await.expect_err("the call is refused");
        error.api().unwrap_or_else(|| panic!("{error:?}")).code.to_string()
    }

    /// Sends a call of the mini program that works.
    pub async fn ask<O: wechat_sdk::MiniOperation>(&self, call: O) -> O::Output {
        match self.mini.send(&call).await {
            Ok(output) => output,
            Err(error) => panic!("{}: {error}; {:#?}", O::NAME, self.sim.requests().first()),
        }
    }

    /// Sends a call of the mini program that is refused; the errcode.
    pub async fn no<O: wechat_sdk::MiniOperation>(&self, call: O) -> i64
    where
        O::Output: std::fmt::Debug,
    {
        let error = self.mini.send(&call).await.expect_err("the call is refused");
        error.api().and_then(|error| error.code.number()).unwrap_or_else(|| panic!("{error:?}"))
    }

    /// Somebody who logged in.
    pub async fn shopper(&self) -> OpenId {
        self.ask(CodeToSession::new(self.sim.login_code(APP, None).code)).await.openid
    }

    /// An order of this shop.
    pub fn order(&self, number: &str, total: i64) -> Order {
        Order::new(app(), "一罐茶", trade_no(number), Fen(total), self.notify_url.as_str())
    }

    /// Announces an order, has it paid and takes the notification.
    pub async fn bought(&self, payer: &OpenId, order: Order, number: &str) -> PaidTransaction {
        self.pay(JsapiPrepay::new(order, payer.clone())).await;
        let paid = self.sim.pay(MCHID, number).unwrap();
        let PayEvent::Paid(told) = self.told().await else { panic!("another notification") };
        assert_eq!(told.transaction_id, Some(transaction(&paid)));
        paid
    }

    /// How often a path was asked for.
    pub fn calls_of(&self, path: &str) -> usize {
        self.sim.requests().iter().filter(|request| request.target.starts_with(path)).count()
    }
}

pub fn app() -> AppId {
    AppId::new(APP).unwrap()
}

pub fn trade_no(number: &str) -> OutTradeNo {
    OutTradeNo::new(number).unwrap()
}

pub fn transaction(paid: &PaidTransaction) -> TransactionId {
    TransactionId::new(paid.transaction_id.as_str()).unwrap()
}

pub const PUSH_TOKEN: &str = "AAAAA";
pub const PUSH_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// What the console of the mini program knows about a letter box for pushes.
pub fn push_settings(url: &str, mode: PushMode, format: PushFormat) -> PushSettings {
    PushSettings {
        url: url.to_owned(),
        token: PUSH_TOKEN.to_owned(),
        aes_key: PUSH_KEY.to_owned(),
        mode,
        format,
        ..PushSettings::default()
    }
}

/// The receiver that fits a mode; the compatible one is read by its encrypted part.
pub fn opener(mode: PushMode) -> MessagePush {
    let token = Secret::new(PUSH_TOKEN);
    if mode == PushMode::Plain {
        return MessagePush::plain(app(), token).unwrap();
    }
    MessagePush::secure(app(), token, EncodingAesKey::new(PUSH_KEY).unwrap()).unwrap()
}

/// A small server that opens pushes with the SDK and hands talk about staff over to staff.
pub struct PushBox {
    pub url: String,
    arrived: Mutex<UnboundedReceiver<Push>>,
}

impl PushBox {
    pub async fn start(opener: MessagePush) -> Self {
        let (tell, arrived) = unbounded_channel();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push?shop=1", listener.local_addr().unwrap());
        let server = axum::Router::new().route("/push", get(echoed).post(pushed)).with_state((opener, tell));
        tokio::spawn(async move { axum::serve(listener, server).await });
        Self { url, arrived: Mutex::new(arrived) }
    }

    /// A letter box that the simulator knows and has verified.
    pub async fn of(shop: &Shop, mode: PushMode, format: PushFormat) -> Self {
        let letters = Self::start(opener(mode)).await;
        shop.sim.configure_push(APP, push_settings(&letters.url, mode, format)).await.unwrap();
        letters
    }

    /// The next push.
    pub async fn next(&self) -> Push {
        let mut arrived = self.arrived.lock().await;
        let push = tokio::time::timeout(Duration::from_secs(20), arrived.recv()).await;
        push.expect("a push comes").unwrap()
    }

    /// The next push of an event.
    pub async fn event(&self, name: &str) -> Push {
        loop {
            let push = self.next().await;
            if push.event() == Some(name) {
                return push;
            }
        }
    }
}

type Opening = (MessagePush, UnboundedSender<Push>);

async fn echoed(State((opener, _)): State<Opening>, RawQuery(query): RawQuery) -> (StatusCode, String) {
    match opener.echo(&PushQuery::parse(&query.unwrap_or_default())) {
        Ok(echo) => (StatusCode::OK, echo.to_owned()),
        Err(error) => (StatusCode::FORBIDDEN, error.to_string()),
    }
}

async fn pushed(
    State((opener, tell)): State<Opening>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let push = match opener.open(&PushQuery::parse(&query.unwrap_or_default()), &body) {
        Ok(push) => push,
        Err(error) => return (StatusCode::FORBIDDEN, [("content-type", "text/plain")], error.to_string()),
    };
    let asks =
        matches!(push.content(), Ok(PushContent::Text(text)) if text.content.expose().contains("人工"));
    let reply = if asks { Reply::ToStaff } else { Reply::Success };
    let environment = Environment::system(HttpSettings::default()).unwrap();
    let reply = opener.reply(&push, &reply, &environment).unwrap();
    let _ = tell.send(push);
    (StatusCode::OK, [("content-type", reply.content_type)], reply.body)
}
