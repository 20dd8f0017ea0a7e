//! The access token: asked for as rarely as can be, and replaced exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use wechat_sdk::mini::user::GetPhoneNumber;
use wechat_sdk::mini::{Fence, ForceLimit, MemoryTokens, Saved, StoreError, Token, TokenStore};
use wechat_sdk::{AppId, Error, MiniProgram, Outcome, Secret};

use crate::support::*;

const TOKEN: &str = "/cgi-bin/stable_token";
const PHONE: &str = "/wxa/business/getuserphonenumber";

/// A WeChat with one current token: `t1`, `t2`… A forced refresh makes the next one.
#[derive(Debug)]
struct WeChat {
    current: AtomicU32,
    life: i64,
    refusal: i64,
}

impl WeChat {
    fn new(refusal: i64) -> Arc<Self> {
        Self::living(refusal, 7200)
    }

    fn living(refusal: i64, life: i64) -> Arc<Self> {
        Arc::new(Self { current: AtomicU32::new(1), life, refusal })
    }

    fn answer(&self, request: &Request<Bytes>) -> Answer {
        if request.uri().path() == TOKEN {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            assert_eq!(body["secret"], APP_SECRET);
            let forced = u32::from(body["force_refresh"] == true);
            let current = self.current.fetch_add(forced, Ordering::SeqCst) + forced;
            return answer(200, &json!({"access_token": format!("t{current}"), "expires_in": self.life}));
        }
        let current = format!("access_token=t{}", self.current.load(Ordering::SeqCst));
        if request.uri().query() != Some(&current) {
            return answer(200, &json!({"errcode": self.refusal, "errmsg": "invalid credential"}));
        }
        answer(200, &phone())
    }

    fn rotate(&self) {
        self.current.fetch_add(1, Ordering::SeqCst);
    }

    fn net(self: &Arc<Self>) -> Arc<Net> {
        let wechat = self.clone();
        Net::slow(Duration::from_millis(5), move |_, request| wechat.answer(request))
    }
}

fn phone() -> Value {
    json!({"errcode": 0, "errmsg": "ok", "phone_info": {"phoneNumber": "13580006666",
        "purePhoneNumber": "13580006666", "countryCode": 86, "watermark": {"appid": "wx1", "timestamp": 1}}})
}

fn mini(net: &Arc<Net>) -> MiniProgram {
    mini_builder(net, &Watch::at(NOW)).build().unwrap()
}

fn forced(net: &Net) -> usize {
    let asked = net.seen().into_iter().filter(|request| request.uri().path() == TOKEN);
    asked.filter(|request| String::from_utf8_lossy(request.body()).contains("\"force_refresh\":true")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_callers_ask_once() {
    let net = WeChat::new(40001).net();
    let mini = mini(&net);
    assert_eq!(net.seen().len(), 0, "building sends nothing");
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let mini = mini.clone();
            tokio::spawn(async move { mini.access_token().await.unwrap() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().expose(), "t1");
    }
    assert_eq!(net.seen().len(), 1);
}

#[tokio::test]
async fn a_phone_number_is_read() {
    let net = WeChat::new(40001).net();
    let info = mini(&net).send(&GetPhoneNumber::new("the code")).await.unwrap();
    let info = info.phone_info;
    assert_eq!((info.pure_phone_number.expose(), info.country_code.as_str()), ("13580006666", "86"));
    assert_eq!(net.seen()[1].body(), r#"{"code":"the code"}"#);
}

#[tokio::test]
async fn a_refused_token_is_replaced_exactly_once() {
    for code in [40001, 40014, 42001] {
        let wechat = WeChat::new(code);
        let net = wechat.net();
        let mini = mini(&net);
        mini.access_token().await.unwrap();
        wechat.rotate();
        mini.send(&GetPhoneNumber::new("c")).await.unwrap();
        assert_eq!((net.count(PHONE), net.count(TOKEN), forced(&net)), (2, 2, 0), "{code}");
    }
}

#[tokio::test]
async fn a_token_that_stays_refused_is_forced_once_and_not_looped_over() {
    for code in [40001, 40014, 42001] {
        let net = Net::new(move |number, request| match request.uri().path() {
            TOKEN => {
                let forced = String::from_utf8_lossy(request.body()).contains("\"force_refresh\":true");
                let token = if forced { format!("forced{number}") } else { "t1".to_owned() };
                answer(200, &json!({"access_token": token, "expires_in": "7200"}))
            }
            _ => answer(200, &json!({"errcode": code, "errmsg": "invalid credential"})),
        });
        let mini = mini(&net);
        let error = mini.send(&GetPhoneNumber::new("c")).await.unwrap_err();
        assert!(error.has_code(&code.to_string()), "{error}");
        assert_eq!(error.outcome(), Outcome::NotDone);
        assert_eq!((net.count(PHONE), forced(&net)), (2, 1));
        // Forced refreshes are at least 30 s apart, so the next failing calls do not force.
        for _ in 0..5 {
            mini.send(&GetPhoneNumber::new("c")).await.unwrap_err();
        }
        assert_eq!(forced(&net), 1);
        assert!(net.count(PHONE) <= 2 + 5 * 2, "no loop");
    }
}

#[tokio::test]
async fn a_token_killed_elsewhere_is_forced() {
    let killed = AtomicU32::new(0);
    let net = Net::new(move |_, request| match request.uri().path() {
        TOKEN if String::from_utf8_lossy(request.body()).contains("\"force_refresh\":true") => {
            killed.store(1, Ordering::SeqCst);
            answer(200, &json!({"access_token": "t2", "expires_in": 7200}))
        }
        TOKEN => answer(200, &json!({"access_token": "t1", "expires_in": 7200})),
        _ if killed.load(Ordering::SeqCst) == 0 => answer(200, &json!({"errcode": 40001, "errmsg": "x"})),
        _ => answer(200, &phone()),
    });
    let mini = mini(&net);
    mini.send(&GetPhoneNumber::new("c")).await.unwrap();
    assert_eq!((net.count(PHONE), net.count(TOKEN), forced(&net)), (2, 3, 1));
    assert_eq!(mini.access_token().await.unwrap().expose(), "t2");
}

#[tokio::test]
async fn other_refusals_keep_the_token() {
    let net = Net::new(|_, request| match request.uri().path() {
        TOKEN => answer(200, &json!({"access_token": "t1", "expires_in": 7200})),
        _ => answer(200, &json!({"errcode": 40029, "errmsg": "x"})),
    });
    mini(&net).send(&GetPhoneNumber::new("c")).await.unwrap_err();
    assert_eq!(net.seen().len(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_an_error_of_the_token_and_is_not_looped_over() {
    let net =
        Net::new(|_, _| answer(200, &json!({"errcode": 40125, "errmsg": "invalid appsecret rid: a-b"})));
    let error = mini(&net).send(&GetPhoneNumber::new("c")).await.unwrap_err();
    assert!(matches!(error, Error::Token(_)) && !error.has_code("40125"), "{error}");
    assert_eq!(error.api().unwrap().code.number(), Some(40125));
    assert_eq!((error.outcome(), error.is_retryable(), net.seen().len()), (Outcome::NotDone, false, 1));
}

#[tokio::test]
async fn a_token_is_renewed_early_while_the_old_one_serves() {
    let wechat = WeChat::new(40001);
    let net = wechat.net();
    let watch = Watch::at(NOW);
    let mini = mini_builder(&net, &watch).build().unwrap();
    mini.access_token().await.unwrap();
    watch.pass(7200 - 300 - 61);
    mini.access_token().await.unwrap();
    assert_eq!(net.count(TOKEN), 1, "too early to renew");
    watch.pass(62);
    wechat.rotate();
    let (first, second) = tokio::join!(mini.access_token(), mini.access_token());
    assert_eq!((first.unwrap().expose(), second.unwrap().expose()), ("t2", "t1"));
    assert_eq!(net.count(TOKEN), 2);
}

#[tokio::test]
async fn an_unchanged_token_is_asked_about_again_after_a_minute() {
    let net = WeChat::living(40001, 200).net();
    let watch = Watch::at(NOW);
    let mini = mini_builder(&net, &watch).build().unwrap();
    for (pass, asked) in [(0, 1), (59, 1), (1, 2), (30, 2), (30, 3)] {
        watch.pass(pass);
        mini.access_token().await.unwrap();
        assert_eq!(net.count(TOKEN), asked);
    }
}

#[tokio::test]
async fn an_early_renewal_that_fails_leaves_the_old_token() {
    let net = Net::new(|number, _| match number {
        0 => answer(200, &json!({"access_token": "t1", "expires_in": 7200})),
        _ => answer(200, &json!({"errcode": 45011, "errmsg": "limit"})),
    });
    let watch = Watch::at(NOW);
    let mini = mini_builder(&net, &watch).build().unwrap();
    mini.access_token().await.unwrap();
    watch.pass(7000);
    assert_eq!(mini.access_token().await.unwrap().expose(), "t1");
    watch.pass(201);
    let error = mini.access_token().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

async fn share(first: Arc<dyn TokenStore>, second: Arc<dyn TokenStore>) {
    let wechat = WeChat::new(42001);
    let net = wechat.net();
    let watch = Watch::at(NOW);
    let one = mini_builder(&net, &watch).token_store(first).build().unwrap();
    let two = mini_builder(&net, &watch).token_store(second).build().unwrap();
    let (a, b) = tokio::join!(one.access_token(), two.access_token());
    assert_eq!((a.unwrap().expose(), b.unwrap().expose()), ("t1", "t1"));
    assert_eq!(net.count(TOKEN), 1, "one asks, both have it");
    wechat.rotate();
    one.send(&GetPhoneNumber::new("c")).await.unwrap();
    two.send(&GetPhoneNumber::new("c")).await.unwrap();
    assert_eq!((net.count(TOKEN), net.count(PHONE)), (2, 4), "the second takes the token of the first");
}

async fn keep_order(store: &dyn TokenStore) {
    let app = AppId::new("wx0").unwrap();
    let token = |value: &str| Token { value: Secret::new(value), expires_at: NOW + 7200 };
    let minute = Duration::from_mins(1);
    let early = store.lease(&app, Duration::from_secs(1), NOW).await.unwrap().unwrap();
    assert_eq!(store.lease(&app, minute, NOW).await.unwrap(), None, "one lease at a time");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let late = store.lease(&app, minute, NOW + 2).await.unwrap().unwrap();
    assert!(late > early);
    assert_eq!(store.save(&app, &token("late"), late, NOW).await.unwrap(), Saved::Yes);
    assert_eq!(store.save(&app, &token("early"), early, NOW).await.unwrap(), Saved::TooLate);
    assert_eq!(store.load(&app).await.unwrap(), Some(token("late")));
    store.invalidate(&app, &Secret::new("early")).await.unwrap();
    assert_eq!(store.load(&app).await.unwrap(), Some(token("late")), "only the current one is removed");
    store.invalidate(&app, &Secret::new("late")).await.unwrap();
    assert_eq!(store.load(&app).await.unwrap(), None);
    let held = store.lease(&app, minute, NOW + 2).await.unwrap().expect("saving ended the lease");
    store.release(&app, late).await.unwrap();
    assert_eq!(store.lease(&app, minute, NOW + 2).await.unwrap(), None, "a former lease ends nothing");
    store.release(&app, held).await.unwrap();
    assert!(store.lease(&app, minute, NOW + 2).await.unwrap().is_some());
}

#[tokio::test]
async fn two_clients_share_a_token_in_memory() {
    let store = Arc::new(MemoryTokens::new());
    share(store.clone(), store).await;
    keep_order(&MemoryTokens::new()).await;
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn two_clients_share_a_token_in_redis() {
    #[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
    let Ok(url) = std::env::var("REDIS_URL") else {
        println!("skipped: REDIS_URL is not set");
        return;
    };
    let prefix = format!("wechat-sdk-test-{}", std::process::id());
    let open = || wechat_sdk::mini::RedisTokens::new(&url, prefix.clone()).unwrap();
    share(Arc::new(open()), Arc::new(open())).await;
    keep_order(&open()).await;
    let app = AppId::new("wxshort").unwrap();
    let store = open();
    let fence = store.lease(&app, Duration::from_secs(5), NOW).await.unwrap().unwrap();
    let token = Token { value: Secret::new("short"), expires_at: NOW + 1 };
    assert_eq!(store.save(&app, &token, fence, NOW).await.unwrap(), Saved::Yes);
    assert!(store.load(&app).await.unwrap().is_some());
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(store.load(&app).await.unwrap(), None, "the entry does not outlive the token");
}

/// A store whose server is gone.
#[derive(Debug)]
struct Gone;

#[async_trait]
impl TokenStore for Gone {
    async fn load(&self, _: &AppId) -> Result<Option<Token>, StoreError> {
        Err(StoreError::new("gone"))
    }

    async fn lease(&self, _: &AppId, _: Duration, _: i64) -> Result<Option<Fence>, StoreError> {
        Err(StoreError::new("gone"))
    }

    async fn save(&self, _: &AppId, _: &Token, _: Fence, _: i64) -> Result<Saved, StoreError> {
        Err(StoreError::new("gone"))
    }

    async fn release(&self, _: &AppId, _: Fence) -> Result<(), StoreError> {
        Err(StoreError::new("gone"))
    }

    async fn take_forced(&self, _: &AppId, _: ForceLimit, _: i64) -> Result<bool, StoreError> {
        Err(StoreError::new("gone"))
    }

    async fn invalidate(&self, _: &AppId, _: &Secret) -> Result<(), StoreError> {
        Err(StoreError::new("gone"))
    }
}

#[tokio::test]
async fn a_store_that_is_gone_is_an_empty_store() {
    let wechat = WeChat::new(40001);
    let net = wechat.net();
    let mini = mini_builder(&net, &Watch::at(NOW)).token_store(Arc::new(Gone)).build().unwrap();
    mini.access_token().await.unwrap();
    mini.access_token().await.unwrap();
    assert_eq!(net.count(TOKEN), 1);
    wechat.rotate();
    mini.send(&GetPhoneNumber::new("c")).await.unwrap();
}

/// A process that died while it held the lease does not stop the others.
#[tokio::test]
async fn an_abandoned_lease_delays_but_does_not_stop() {
    let store = Arc::new(MemoryTokens::new());
    let app = AppId::new("wxd678efh567hg6787").unwrap();
    store.lease(&app, Duration::from_mins(1), NOW).await.unwrap().unwrap();
    let net = WeChat::new(40001).net();
    let mini = mini_builder(&net, &Watch::at(NOW)).token_store(store).build().unwrap();
    assert_eq!(mini.access_token().await.unwrap().expose(), "t1");
}
