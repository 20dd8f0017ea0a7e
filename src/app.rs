//! The composition root: settings in, a running mall out.

use crate::base::{Clock, Money, SystemClock};
use crate::config::{Config, Mode, Tenant, seconds};
use crate::flow::place::{self, Placer};
use crate::flow::quote::{Freight, Reduction, Terms};
use crate::flow::ship::Timers;
use crate::flow::wechat::{Gateway, Gateways, PushDoor};
use crate::flow::{self, Mall, Settings};
use crate::infra::Core;
use crate::infra::crypto::Vault;
use crate::infra::db::{self, Db};
use crate::infra::session;
use crate::mall::{after_sale, tenant};
use anyhow::{Context as _, ensure};
use std::path::Path;
use std::sync::Arc;
use wechat_sdk::mini::{RedisTokens, TokenStore};
use wechat_sdk::push::{EncodingAesKey, MessagePush};
use wechat_sdk::{
    ApiV3Key, AppId, Environment, HttpSettings, MchId, Merchant, MerchantKey, MiniProgram, Secret, Trust,
};
use wechat_sim::{PushSettings, Simulator};

/// A mall with its worker, ready for requests.
#[derive(Debug)]
pub struct App {
    /// What flows need.
    pub mall: Mall,
    /// WeChat in a box, in the demo.
    pub simulator: Option<Simulator>,
}

/// The demo's one tenant.
const DEMO: (&str, &str, &str, &str) = ("main", "集市", "wxdemo0123456789a", "1900000001");
/// Its message pushes: token and `EncodingAESKey`.
const DEMO_PUSH: (&str, &str) = ("demoPushToken", "demoEncodingAesKeyOfTheSimulator0123456789A");

impl App {
    /// Opens everything and brings the schema up to date. `callback_base` is how WeChat reaches us.
    pub async fn open(
        mut config: Config,
        callback_base: &str,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        if config.mode == Mode::Demo {
            make_private(&config.data_dir)
                .with_context(|| format!("cannot make {}", config.data_dir.display()))?;
        }
        let core = open_core(&config, clock.clone()).await?;
        if config.mode == Mode::Production {
            refuse_unsafe(&core.db).await?;
        }
        core.db.migrate().await?;
        let simulator = if config.simulator.enabled {
            Some(start_simulator(&mut config, clock, callback_base).await?)
        } else {
            None
        };
        ensure!(
            !config.tenant.is_empty(),
            "no tenant: add a [tenant.NAME] section, or turn the simulator on"
        );
        let gateways = gateways(&config, &core, callback_base).await?;
        let (placer, requests) = Placer::new();
        let settings = Arc::new(settings(&config));
        let mall = Mall { core, gateways, settings, placer };
        tokio::spawn(place::run(mall.clone(), requests));
        Ok(Self { mall, simulator })
    }
}

/// The database and the keys, without tenants: enough for maintenance.
pub async fn open_core(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Core> {
    let settings = db::Settings {
        url: config.database_url(),
        max_connections: config.database.max_connections,
        acquire_timeout: seconds(config.database.acquire_timeout),
    };
    let db = Db::connect(&settings).await?;
    let vault = Vault::from_base64(&key(config)?)?;
    let sessions = session::Settings {
        access: seconds(config.security.access_token),
        refresh: seconds(config.security.refresh_token),
    };
    Ok(Core { db, clock, vault, sessions })
}

/// Acknowledged is acknowledged: production does not run on a database that may forget.
async fn refuse_unsafe(db: &Db) -> anyhow::Result<()> {
    let found = db.unsafe_settings().await?;
    let named: Vec<_> = found.iter().map(|(name, setting)| format!("{name} = {setting}")).collect();
    ensure!(named.is_empty(), "production refuses a database that may lose commits: {}", named.join(", "));
    Ok(())
}

/// The configured key; the demo makes its own once and keeps it beside its data.
fn key(config: &Config) -> anyhow::Result<String> {
    if !config.security.key.is_empty() || config.mode == Mode::Production {
        return Ok(config.security.key.clone());
    }
    let file = config.data_dir.join("security.key");
    if let Ok(key) = std::fs::read_to_string(&file) {
        return Ok(key);
    }
    let key = Vault::generate();
    write_private(&file, &key).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(key)
}

/// The database lies in it: nobody else's to read.
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

async fn start_simulator(
    config: &mut Config,
    clock: Arc<dyn Clock>,
    callback_base: &str,
) -> anyhow::Result<Simulator> {
    let settings = wechat_sim::Settings {
        bind: config.simulator.bind,
        state_path: Some(config.data_dir.join("wechat-sim.db")),
        speed: config.simulator.speed,
        clock: Arc::new(SimulatorClock(clock)),
        ..wechat_sim::Settings::default()
    };
    let simulator = Simulator::start(settings).await.context("cannot start the WeChat simulator")?;
    let (slug, name, app_id, mch_id) = DEMO;
    let secret = "demo-secret-of-the-simulator-0001";
    simulator.app(app_id, secret);
    let kit = simulator.merchant(mch_id).await;
    simulator.bind(app_id, mch_id);
    let (push_token, push_aes_key) = DEMO_PUSH;
    let pushes = PushSettings {
        url: format!("{callback_base}/callbacks/wechat/{slug}/messages"),
        token: push_token.to_owned(),
        aes_key: push_aes_key.to_owned(),
        ..PushSettings::default()
    };
    // Nobody listens there yet, so the simulator takes the address on trust.
    simulator.set_push(app_id, pushes).await.context("the simulator refuses message pushes")?;
    let url = simulator.base_url();
    for place in [&mut config.wechat.api_url, &mut config.wechat.pay_url] {
        place.clone_from(&url);
    }
    config.wechat.api_backup_url.clear();
    config.wechat.pay_backup_url.clear();
    let demo = Tenant {
        name: name.to_owned(),
        app_id: app_id.to_owned(),
        app_secret: secret.to_owned(),
        mch_id: mch_id.to_owned(),
        merchant_serial: kit.merchant_serial,
        merchant_key: kit.merchant_private_key_pem,
        api_v3_key: kit.api_v3_key,
        public_key_id: kit.public_key_id,
        public_key: kit.public_key_pem,
        certificates: vec![kit.platform_certificate_pem],
        former_api_v3_key: String::new(),
        push_token: push_token.to_owned(),
        push_aes_key: push_aes_key.to_owned(),
        former_push_aes_key: String::new(),
        shipping_management: true,
    };
    let known = config.tenant.insert(slug.to_owned(), demo);
    ensure!(
        known.is_none(),
        "[tenant.{slug}] is the simulator's: set simulator.enabled = false, or take another name"
    );
    Ok(simulator)
}

/// The simulator lives by the mall's clock.
#[derive(Debug)]
struct SimulatorClock(Arc<dyn Clock>);

impl wechat_sim::Clock for SimulatorClock {
    fn now_millis(&self) -> i64 {
        self.0.now().millis()
    }
}

/// So does the SDK.
#[derive(Debug)]
struct SdkClock(Arc<dyn Clock>);

impl wechat_sdk::Clock for SdkClock {
    fn unix_seconds(&self) -> i64 {
        self.0.now().seconds()
    }
}

async fn gateways(config: &Config, core: &Core, callback_base: &str) -> anyhow::Result<Gateways> {
    let http = HttpSettings {
        connect_timeout: seconds(config.wechat.connect_timeout),
        timeout: seconds(config.wechat.timeout),
        ..HttpSettings::default()
    };
    let environment = Environment::system(http)?.with_clock(Arc::new(SdkClock(core.clock.clone())));
    let tokens = token_store(config)?;
    let mut gateways = vec![];
    for (slug, tenant) in &config.tenant {
        let id = register(core, slug, tenant).await?;
        let mini = mini(config, tenant, &environment, tokens.clone());
        let merchant = merchant(config, tenant, &environment);
        gateways.push(Gateway {
            tenant_id: id,
            slug: slug.clone(),
            name: tenant.name.clone(),
            app_id: AppId::new(&tenant.app_id)?,
            mch_id: tenant.mch_id.clone(),
            mini: mini.with_context(|| format!("tenant.{slug}"))?,
            merchant: merchant.with_context(|| format!("tenant.{slug}"))?,
            push: push_door(tenant, &environment).with_context(|| format!("tenant.{slug}"))?,
            shipping_management: tenant.shipping_management,
            callback_url: format!("{callback_base}/callbacks/wechat/{slug}"),
        });
    }
    Ok(Gateways::new(gateways))
}

async fn register(core: &Core, slug: &str, listed: &Tenant) -> anyhow::Result<crate::base::TenantId> {
    let listed = tenant::Listed {
        slug: slug.to_owned(),
        name: listed.name.clone(),
        app_id: listed.app_id.clone(),
        mch_id: listed.mch_id.clone(),
    };
    let mut tx = core.db.begin().await?;
    let id = tenant::ensure(&mut tx, &listed, core.now()).await?;
    after_sale::ensure_reasons(&mut tx, id, core.now()).await?;
    tx.commit().await?;
    Ok(id)
}

fn token_store(config: &Config) -> anyhow::Result<Option<Arc<dyn TokenStore>>> {
    if config.redis.url.is_empty() {
        return Ok(None);
    }
    let store = RedisTokens::new(&config.redis.url, &config.redis.prefix)
        .context("cannot reach Redis; look at redis.url")?;
    Ok(Some(Arc::new(store)))
}

fn backup(url: &str) -> Option<&str> {
    Some(url).filter(|url| !url.is_empty())
}

fn mini(
    config: &Config,
    tenant: &Tenant,
    environment: &Environment,
    tokens: Option<Arc<dyn TokenStore>>,
) -> anyhow::Result<MiniProgram> {
    let mut builder = MiniProgram::builder(AppId::new(&tenant.app_id)?, Secret::new(&tenant.app_secret))
        .environment(environment.clone())
        .base_url(&config.wechat.api_url)
        .backup_url(backup(&config.wechat.api_backup_url));
    if let Some(tokens) = tokens {
        builder = builder.token_store(tokens);
    }
    Ok(builder.build()?)
}

fn merchant(config: &Config, tenant: &Tenant, environment: &Environment) -> anyhow::Result<Merchant> {
    let mut trust = Trust::new();
    if !tenant.public_key_id.is_empty() {
        trust = trust.public_key(&tenant.public_key_id, &Tenant::pem(&tenant.public_key)?)?;
    }
    for certificate in &tenant.certificates {
        trust = trust.certificate(&Tenant::pem(certificate)?)?;
    }
    let key = MerchantKey::from_pem(&Tenant::pem(&tenant.merchant_key)?, &tenant.merchant_serial)?;
    let mut builder = Merchant::builder(MchId::new(&tenant.mch_id)?, key, ApiV3Key::new(&tenant.api_v3_key)?);
    if !tenant.former_api_v3_key.is_empty() {
        builder = builder.former_api_v3_key(ApiV3Key::new(&tenant.former_api_v3_key)?);
    }
    let merchant = builder
        .environment(environment.clone())
        .trust(trust)
        .base_url(&config.wechat.pay_url)
        .backup_url(backup(&config.wechat.pay_backup_url))
        .build()?;
    Ok(merchant)
}

fn push_door(tenant: &Tenant, environment: &Environment) -> anyhow::Result<Option<PushDoor>> {
    if tenant.push_token.is_empty() {
        return Ok(None);
    }
    let (app, token) = (AppId::new(&tenant.app_id)?, Secret::new(&tenant.push_token));
    let mut push = match tenant.push_aes_key.as_str() {
        "" => MessagePush::plain(app, token)?,
        key => MessagePush::secure(app, token, EncodingAesKey::new(key)?)?,
    };
    if !tenant.former_push_aes_key.is_empty() {
        push = push.former_key(EncodingAesKey::new(&tenant.former_push_aes_key)?);
    }
    Ok(Some(PushDoor { push, environment: environment.clone() }))
}

fn settings(config: &Config) -> Settings {
    Settings {
        trade_timeout: seconds(config.trade.timeout),
        poll: config.payment.poll.iter().map(|age| seconds(*age)).collect(),
        refund_poll: seconds(config.payment.refund_poll),
        bills_from: seconds(config.reconciliation.hour * 3600),
        bills_retry: seconds(config.reconciliation.retry),
        keep_answers: seconds(config.jobs.keep_answers),
        keep_done: seconds(config.jobs.keep_done),
        after_sale: flow::after_sale::Terms {
            auto_approve_cancel: config.after_sale.auto_approve_cancel,
            second_person_above: Money::fen(config.after_sale.second_person_above),
            decide_within: seconds(config.after_sale.decide_within),
            return_within: seconds(config.after_sale.return_within),
            inspect_within: seconds(config.after_sale.inspect_within),
        },
        shipping: shipping(config),
        terms: Terms {
            freight: Freight {
                fee: Money::fen(config.trade.freight),
                free_from: Money::fen(config.trade.free_freight_from),
            },
            reduction: Reduction {
                from: Money::fen(config.trade.reduce_from),
                by: Money::fen(config.trade.reduce_by),
            },
        },
        remind_ahead: seconds(config.trade.remind_ahead),
        keywords: config.messages.keywords.clone(),
        keep_messages: seconds(config.messages.keep),
    }
}

fn shipping(config: &Config) -> Timers {
    Timers {
        auto_receive: seconds(config.order.auto_receive),
        auto_complete: seconds(config.order.auto_complete),
        remind_receipt: Some(seconds(config.order.remind_receipt)).filter(|after| !after.is_zero()),
        trace: seconds(config.order.trace),
        page: config.order.page.clone(),
    }
}

/// The clock of a real server.
pub fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
