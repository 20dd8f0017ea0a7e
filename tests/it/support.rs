//! A mall with WeChat in a box, and the people who use it.

use jishi::app::App;
use jishi::base::{Clock, ManualClock, SystemClock, TenantId};
use jishi::config::Config;
use jishi::demo::seed;
use jishi::flow::place::{self, Placer};
use jishi::flow::{Mall, invariants};
use jishi::infra::jobs::Worker;
use jishi::infra::session::{self, Realm, Subject};
use jishi::router::router;
use jishi::workers;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;
use wechat_sim::Simulator;

pub const APP: &str = "wxdemo0123456789a";
pub const MCH: &str = "1900000001";

/// Makes a test for each engine: `both!(async fn name(app: TestApp) { … })`, with other settings than the
/// usual ones `both!(with SETTINGS; async fn …)`.
macro_rules! both {
    ($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block) => {
        $crate::support::both!(with &[]; $(#[$meta])* async fn $name($app) $body);
    };
    (with $set:expr; $(#[$meta:meta])* async fn $name:ident($app:ident) $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "some tests need nothing from around")]
            use super::*;

            async fn check($app: $crate::support::TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let app = $crate::support::TestApp::sqlite($set).await;
                let books = app.books();
                check(app).await;
                books.add_up().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let Some(app) = $crate::support::TestApp::postgres($set).await else { return };
                let books = app.books();
                check(app).await;
                books.add_up().await;
            }
        }
    };
}
pub(crate) use both;

/// Where `./test` started PostgreSQL; `None` on a bare `cargo test`.
pub fn postgres_url() -> Option<String> {
    let url = std::env::var("TEST_POSTGRES_URL").ok();
    if url.is_none() {
        println!("skipped: ./test starts a PostgreSQL for this");
    }
    url
}

/// A new empty database on that server.
pub async fn new_database() -> Option<String> {
    let url = postgres_url()?;
    let name = format!("jishi_{}", uuid::Uuid::new_v4().simple());
    let mut admin = sqlx::PgConnection::connect(&url).await.expect("PostgreSQL of ./test");
    let sql = sqlx::AssertSqlSafe(format!("create database {name}"));
    admin.execute(sqlx::raw_sql(sql)).await.expect("create database");
    let (server, _) = url.rsplit_once('/').expect("a database in the url");
    Some(format!("{server}/{name}"))
}

pub struct TestApp {
    pub url: String,
    pub mall: Mall,
    pub sim: Simulator,
    pub tenant: TenantId,
    pub clock: ManualClock,
    worker: Arc<Worker<Mall>>,
    config: Config,
    http: Client,
    folder: Arc<tempfile::TempDir>,
}

/// What is left when the people have gone: the books.
pub struct Books {
    mall: Mall,
    tenant: TenantId,
    _folder: Arc<tempfile::TempDir>,
}

impl Books {
    pub async fn add_up(&self) {
        let mut db = self.mall.core.db.read().await.unwrap();
        let broken: Vec<_> = invariants::check(&mut db, self.tenant).await.unwrap();
        let broken: Vec<_> = broken.into_iter().filter(|finding| !finding.holds).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

impl TestApp {
    pub async fn sqlite(set: &[(&str, &str)]) -> Self {
        Self::start(String::new(), String::new(), set).await
    }

    pub async fn postgres(set: &[(&str, &str)]) -> Option<Self> {
        let url = new_database().await?;
        let redis = std::env::var("TEST_REDIS_URL").unwrap_or_default();
        Some(Self::start(url, redis, set).await)
    }

    pub async fn start(database: String, redis: String, set: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::load_with(None, set).unwrap();
        config.data_dir = folder.path().to_owned();
        config.database.url = database;
        config.redis.url = redis;
        // All tests have the same app: with one name they would take away each other's access tokens.
        config.redis.prefix = uuid::Uuid::new_v4().to_string();
        for bind in [&mut config.http.bind, &mut config.http.ops_bind, &mut config.simulator.bind] {
            bind.set_port(0);
        }
        let clock = ManualClock::at(SystemClock.now());
        let listener = tokio::net::TcpListener::bind(config.http.bind).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = App::open(config.clone(), &url, Arc::new(clock.clone())).await.unwrap();
        seed::seed(&app.mall).await.unwrap();
        let routes = router(&app.mall, &config, &TaskTracker::new());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let worker = Arc::new(workers::worker(&app.mall, &config));
        let tenant = app.mall.gateways.by_app(None).unwrap().tenant_id;
        let sim = app.simulator.expect("the demo has a simulator");
        let http = Client::builder().timeout(Duration::from_mins(1)).build().unwrap();
        Self { url, mall: app.mall, sim, tenant, clock, worker, config, http, folder: Arc::new(folder) }
    }

    /// Another instance on the same database; gives its address.
    pub async fn twin(&self) -> String {
        self.serve(self.mall.clone()).await
    }

    /// Another instance that is set up like `mall`; gives its address.
    pub async fn serve(&self, mall: Mall) -> String {
        let (placer, requests) = Placer::new();
        let mall = Mall { placer, ..mall };
        tokio::spawn(place::run(mall.clone(), requests));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = router(&mall, &self.config, &TaskTracker::new());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        url
    }

    /// What the worker can do.
    pub fn kinds_of_jobs(&self) -> Vec<&'static str> {
        self.worker.kinds().collect()
    }

    /// Where the database is, for other processes.
    pub fn database_url(&self) -> String {
        self.config.database_url()
    }

    pub fn books(&self) -> Books {
        Books { mall: self.mall.clone(), tenant: self.tenant, _folder: self.folder.clone() }
    }

    /// Runs what is due now, and nothing of what comes of it.
    pub async fn one_look(&self) {
        self.worker.tick().await.unwrap();
    }

    /// Runs what is due until nothing is.
    pub async fn run_jobs(&self) {
        for _ in 0..1000 {
            if self.worker.tick().await.unwrap() == 0 {
                return;
            }
        }
        panic!("jobs make jobs without end");
    }

    pub async fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.run_jobs().await;
    }

    pub fn guest(&self) -> Person {
        Person { url: self.url.clone(), http: self.http.clone(), token: String::new() }
    }

    /// A new shopper, logged in.
    pub async fn shopper(&self) -> Person {
        self.shopper_as(None).await
    }

    /// A shopper whom WeChat knows by this openid, or a new one, logged in.
    pub async fn shopper_as(&self, openid: Option<&str>) -> Person {
        let mut person = self.guest();
        let code = self.sim.login_code(APP, openid).code;
        let login = person.post("/api/v1/auth/login", json!({ "code": code })).await;
        assert_eq!(login.status, 200, "{}", login.body);
        login.body["access_token"].as_str().unwrap().clone_into(&mut person.token);
        person
    }

    /// An operator, logged in.
    pub async fn operator(&self) -> Person {
        self.operator_named("test").await
    }

    /// The operator of this name, logged in; elsewhere they are not any more.
    pub async fn operator_named(&self, name: &str) -> Person {
        let password = jishi::mall::operator::new_password(&self.mall.core, self.tenant, name).await.unwrap();
        let mut person = self.guest();
        let login =
            person.post("/admin/v1/auth/login", json!({ "username": name, "password": password })).await;
        assert_eq!(login.status, 200, "{}", login.body);
        login.body["access_token"].as_str().unwrap().clone_into(&mut person.token);
        person
    }

    /// An operator of a mall that has nothing, in the same database.
    pub async fn operator_of_another_tenant(&self) -> Person {
        let core = &self.mall.core;
        let listed = jishi::mall::tenant::Listed {
            slug: "elsewhere".to_owned(),
            name: "别处".to_owned(),
            app_id: "wxelsewhere123456".to_owned(),
            mch_id: "1900000099".to_owned(),
        };
        let mut tx = core.db.begin().await.unwrap();
        let tenant_id = jishi::mall::tenant::ensure(&mut tx, &listed, core.now()).await.unwrap();
        tx.commit().await.unwrap();
        let password = jishi::mall::operator::new_password(core, tenant_id, "test").await.unwrap();
        let id = jishi::mall::operator::check(&core.db, tenant_id, "test", password).await.unwrap();
        let subject = Subject { realm: Realm::Admin, tenant_id, id: id.uuid() };
        let mut tx = core.db.begin().await.unwrap();
        let tokens = session::start(core, &mut tx, subject).await.unwrap();
        tx.commit().await.unwrap();
        Person { token: tokens.access_token, ..self.guest() }
    }

    /// Sets what is on hand of an SKU, as a counted shelf.
    pub async fn set_stock(&self, sku: &str, on_hand: i64) {
        let sku = sku.parse().unwrap();
        let mut tx = self.mall.core.db.begin().await.unwrap();
        let level = jishi::mall::stock::levels(&mut tx, &[(self.tenant, sku)]).await.unwrap()[0];
        let change = on_hand - level.on_hand;
        tx.query("update stock set on_hand = $3 where tenant_id = $1 and sku_id = $2")
            .bind(self.tenant)
            .bind(level.sku_id)
            .bind(on_hand)
            .execute()
            .await
            .unwrap();
        let id = jishi::base::StockMoveId::fresh(self.clock.now());
        tx.query(
            "insert into stock_move (tenant_id, id, sku_id, kind, quantity, source_id, created_at)
             values ($1, $2, $3, 'adjust', $4, $2, $5)",
        )
        .bind(self.tenant)
        .bind(id)
        .bind(level.sku_id)
        .bind(change)
        .bind(self.clock.now())
        .execute()
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// `on_hand` and `reserved` of an SKU.
    pub async fn stock(&self, sku: &str) -> (i64, i64) {
        let mut db = self.mall.core.db.read().await.unwrap();
        let level =
            jishi::mall::stock::levels(&mut db, &[(self.tenant, sku.parse().unwrap())]).await.unwrap()[0];
        (level.on_hand, level.reserved)
    }

    /// The `out_trade_no` of a trade's newest payment.
    pub async fn out_trade_no(&self, trade: &str) -> String {
        let mut db = self.mall.core.db.read().await.unwrap();
        let payments =
            jishi::mall::payment::payments_of(&mut db, self.tenant, trade.parse().unwrap()).await.unwrap();
        payments.last().expect("a payment").id.suffix()
    }

    /// A shopper with an unpaid trade of one piece.
    pub async fn ordered(&self, sku: &str) -> (Person, String) {
        let person = self.shopper().await;
        let answer = person.order(sku, 1, &person.address().await, &key()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        (person, answer.body["id"].as_str().unwrap().to_owned())
    }
}

/// A new idempotency key.
pub fn key() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[derive(Clone)]
pub struct Person {
    url: String,
    http: Client,
    pub token: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Person {
    /// The same person at another instance.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// What a reader of that language gets.
    pub async fn get_in(&self, language: &str, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.header("accept-language", language).send().await.unwrap().json().await.unwrap()
    }

    /// A request of any form.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// A POST with a new idempotency key.
    pub async fn post_once(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string()), Some(&key())).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string()), None).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<String>, key: Option<&str>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// The first SKU of the `place`-th product, and its price.
    pub async fn sku(&self, place: usize) -> (String, i64) {
        let products = self.get("/api/v1/products?limit=100").await.body;
        let id = products["items"][place]["id"].as_str().unwrap().to_owned();
        let page = self.get(&format!("/api/v1/products/{id}")).await.body;
        (page["skus"][0]["id"].as_str().unwrap().to_owned(), page["skus"][0]["price"].as_i64().unwrap())
    }

    pub async fn address(&self) -> String {
        let address = json!({
            "name": "李四", "phone": "13900139000", "province": "北京市", "city": "北京市",
            "district": "海淀区", "detail": "中关村大街一号",
        });
        let answer = self.post("/api/v1/me/addresses", address).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Another address.
    pub async fn address_in(&self, province: &str, city: &str) -> String {
        let address = json!({
            "name": "李四", "phone": "13900139000", "province": province, "city": city,
            "district": "中心区", "detail": "人民路一号",
        });
        let answer = self.post("/api/v1/me/addresses", address).await;
        answer.body["id"].as_str().unwrap().to_owned()
    }

    pub async fn quote(&self, sku: &str, quantity: i64) -> i64 {
        let lines = json!({ "lines": [{ "sku_id": sku, "quantity": quantity }] });
        self.post("/api/v1/checkout/quote", lines).await.body["total"].as_i64().unwrap()
    }

    pub async fn order(&self, sku: &str, quantity: i64, address: &str, key: &str) -> Answer {
        let total = self.quote(sku, quantity).await;
        self.order_for(sku, quantity, address, total, key).await
    }

    pub async fn order_for(&self, sku: &str, quantity: i64, address: &str, total: i64, key: &str) -> Answer {
        let wish = json!({
            "lines": [{ "sku_id": sku, "quantity": quantity }], "address_id": address, "expected_total": total,
        });
        self.send(Method::POST, "/api/v1/trades", Some(wish.to_string()), Some(key)).await
    }

    pub async fn start_payment(&self, trade: &str) -> Answer {
        self.send(Method::POST, &format!("/api/v1/trades/{trade}/payment"), None, None).await
    }

    pub async fn cancel(&self, trade: &str) -> Answer {
        self.send(Method::POST, &format!("/api/v1/trades/{trade}/cancel"), None, None).await
    }

    pub async fn trade(&self, trade: &str) -> Value {
        self.get(&format!("/api/v1/trades/{trade}")).await.body
    }
}
