//! Settings: `config.example.toml` is the defaults, then a file, then the environment.

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Every setting with its default and one sentence.
pub const EXAMPLE: &str = include_str!("../config.example.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub mode: Mode,
    pub data_dir: PathBuf,
    pub http: Http,
    pub database: Database,
    pub redis: Redis,
    pub security: Security,
    pub trade: Trade,
    pub payment: Payment,
    pub order: Order,
    pub after_sale: AfterSale,
    pub reconciliation: Reconciliation,
    pub messages: Messages,
    pub jobs: Jobs,
    pub wechat: Wechat,
    pub simulator: Simulator,
    pub log: Log,
    pub tenant: BTreeMap<String, Tenant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Demo,
    Production,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub bind: SocketAddr,
    pub ops_bind: SocketAddr,
    pub public_url: String,
    pub timeout: u64,
    pub body_limit: usize,
    pub max_connections: usize,
    pub idle: u64,
    pub drain: u64,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: String,
    pub max_connections: u32,
    pub acquire_timeout: u64,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    pub url: String,
    pub prefix: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    pub key: String,
    pub access_token: u64,
    pub refresh_token: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    pub timeout: u64,
    pub remind_ahead: u64,
    pub freight: i64,
    pub free_freight_from: i64,
    pub reduce_from: i64,
    pub reduce_by: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    #[serde(deserialize_with = "list")]
    pub poll: Vec<u64>,
    pub refund_poll: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub auto_receive: u64,
    pub auto_complete: u64,
    pub remind_receipt: u64,
    pub trace: u64,
    pub page: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterSale {
    pub auto_approve_cancel: bool,
    pub second_person_above: i64,
    pub decide_within: u64,
    pub return_within: u64,
    pub inspect_within: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    pub hour: u64,
    pub retry: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    #[serde(deserialize_with = "list")]
    pub keywords: Vec<String>,
    pub keep: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    pub tick: f64,
    pub lease: u64,
    pub batch: u16,
    pub keep_answers: u64,
    pub keep_done: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wechat {
    pub api_url: String,
    pub api_backup_url: String,
    pub pay_url: String,
    pub pay_backup_url: String,
    pub connect_timeout: u64,
    pub timeout: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulator {
    pub enabled: bool,
    pub bind: SocketAddr,
    pub speed: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub filter: String,
    pub format: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    pub name: String,
    pub app_id: String,
    pub app_secret: String,
    pub mch_id: String,
    pub merchant_serial: String,
    pub merchant_key: String,
    pub api_v3_key: String,
    #[serde(default)]
    pub former_api_v3_key: String,
    #[serde(default)]
    pub push_token: String,
    #[serde(default)]
    pub push_aes_key: String,
    #[serde(default)]
    pub former_push_aes_key: String,
    #[serde(default)]
    pub public_key_id: String,
    #[serde(default)]
    pub public_key: String,
    #[serde(default, deserialize_with = "list")]
    pub certificates: Vec<String>,
    #[serde(default = "yes")]
    pub shipping_management: bool,
}

fn yes() -> bool {
    true
}

macro_rules! redacted {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
redacted!(Database, Redis, Security, Tenant);

const DAYS_30: u64 = 30 * 86_400;
const YEAR: u64 = 366 * 86_400;

/// A list, or text with commas as the environment has it.
fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + FromStr<Err: fmt::Display>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given<T> {
        List(Vec<T>),
        Text(String),
    }
    match Given::deserialize(from)? {
        Given::List(items) => Ok(items),
        Given::Text(text) => {
            text.split(',').map(|item| item.trim().parse().map_err(serde::de::Error::custom)).collect()
        }
    }
}

/// A number of seconds.
pub fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

impl Config {
    /// The defaults, the file (which must be there when it is named), the environment.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        Self::layered(file, config::Environment::with_prefix("JISHI"))
    }

    /// The same with `environment` in place of the process's own.
    pub fn load_with(file: Option<&Path>, environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let given = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self::layered(file, config::Environment::with_prefix("JISHI").source(Some(given)))
    }

    fn layered(file: Option<&Path>, environment: config::Environment) -> anyhow::Result<Self> {
        let mut builder =
            config::Config::builder().add_source(config::File::from_str(EXAMPLE, config::FileFormat::Toml));
        builder = match file {
            Some(file) => builder.add_source(config::File::from(file)),
            None => {
                builder.add_source(config::File::new("jishi.toml", config::FileFormat::Toml).required(false))
            }
        };
        // Values stay text until the field says what it is: a key of digits only is not a number.
        let environment = environment.prefix_separator("_").separator("__");
        let settings: Self = builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .context("the settings cannot be read; config.example.toml names them all")?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!((0.01..=3600.0).contains(&self.jobs.tick), "jobs.tick must be 0.01 to 3600 s");
        ensure!(self.jobs.batch > 0, "jobs.batch must be at least 1");
        ensure!(
            self.jobs.lease >= 2 * self.wechat.timeout || self.mode == Mode::Demo,
            "jobs.lease must be at least twice wechat.timeout: a job calls WeChat while it is leased"
        );
        ensure!(self.jobs.keep_answers >= 600, "jobs.keep_answers must be at least 600 s");
        ensure!((1..=DAYS_30).contains(&self.trade.timeout), "trade.timeout must be 1 s to 30 days");
        ensure!(self.payment.refund_poll > 0, "payment.refund_poll must be positive");
        ensure!(self.order.trace >= 600, "order.trace must be at least 600 s");
        ensure!(self.reconciliation.hour < 24, "reconciliation.hour must be 0 to 23");
        ensure!(self.reconciliation.retry >= 60, "reconciliation.retry must be at least 60 s");
        ensure!(self.security.access_token > 0, "security.access_token must be positive");
        ensure!(self.security.refresh_token > 0, "security.refresh_token must be positive");
        ensure!(self.payment.poll.first().is_some_and(|age| *age > 0), "payment.poll needs ages above 0");
        ensure!(self.payment.poll.is_sorted(), "payment.poll must be ages in rising order");
        ensure!(self.trade.freight >= 0, "trade.freight must not be negative");
        ensure!(self.trade.reduce_by >= 0, "trade.reduce_by must not be negative");
        ensure!(
            self.after_sale.second_person_above >= 0,
            "after_sale.second_person_above must not be negative"
        );
        let after_sale = &self.after_sale;
        for within in [after_sale.decide_within, after_sale.return_within, after_sale.inspect_within] {
            ensure!((1..=YEAR).contains(&within), "the time-outs of after_sale must be 1 s to a year");
        }
        ensure!(
            self.http.timeout > 0 && self.http.idle > 0 && self.wechat.timeout > 0,
            "time-outs must be positive"
        );
        ensure!(self.http.max_connections > 0, "http.max_connections must be positive");
        ensure!(
            self.messages.keywords.iter().all(|keyword| !keyword.trim().is_empty()),
            "messages.keywords must not contain an empty one: it would fit every text"
        );
        let mut merchants = BTreeMap::new();
        for (name, tenant) in &self.tenant {
            if let Some(other) = merchants.insert(&tenant.mch_id, name) {
                bail!(
                    "[tenant.{other}] and [tenant.{name}] have one mch_id: each would reconcile the other's money"
                );
            }
            ensure!(
                !tenant.push_token.is_empty() || tenant.push_aes_key.is_empty(),
                "[tenant.{name}]: push_aes_key needs a push_token"
            );
            ensure!(
                !tenant.push_aes_key.is_empty() || tenant.former_push_aes_key.is_empty(),
                "[tenant.{name}]: former_push_aes_key needs a push_aes_key"
            );
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            ensure!(
                name.bytes().all(plain),
                "[tenant.{name}]: the name stands in paths; use letters, digits, - and _"
            );
        }
        if !self.http.public_url.is_empty() {
            let plain = !self.http.public_url.contains(['?', '#', ' ']);
            let web =
                self.http.public_url.starts_with("http://") || self.http.public_url.starts_with("https://");
            ensure!(
                plain && web && self.http.public_url.len() <= 150,
                "http.public_url must be a plain http(s) URL"
            );
        }
        if self.mode == Mode::Production {
            self.check_production()?;
        }
        Ok(())
    }

    fn check_production(&self) -> anyhow::Result<()> {
        if self.simulator.enabled {
            bail!("production refuses the simulator: set simulator.enabled = false");
        }
        let varied = self.security.key.chars().collect::<std::collections::BTreeSet<_>>().len();
        ensure!(varied >= 8, "production needs a security.key (openssl rand -base64 32)");
        ensure!(!self.database.url.is_empty(), "production needs database.url");
        ensure!(
            self.http.public_url.starts_with("https://"),
            "production needs http.public_url = \"https://…\": WeChat calls it"
        );
        let wechat = &self.wechat;
        let backups =
            [&wechat.api_backup_url, &wechat.pay_backup_url].into_iter().filter(|url| !url.is_empty());
        for url in [&wechat.api_url, &wechat.pay_url].into_iter().chain(backups) {
            ensure!(url.starts_with("https://"), "production speaks https with WeChat, not {url}");
        }
        ensure!(!self.tenant.is_empty(), "production needs at least one [tenant.NAME]");
        for (name, tenant) in &self.tenant {
            ensure!(
                tenant.push_token.is_empty() || !tenant.push_aes_key.is_empty(),
                "[tenant.{name}]: production takes encrypted message pushes only: set push_aes_key"
            );
        }
        Ok(())
    }

    /// Where the database is.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            return format!("sqlite:{}", self.data_dir.join("jishi.db").display());
        }
        self.database.url.clone()
    }
}

impl Tenant {
    /// The PEM text that a setting holds or names.
    pub fn pem(setting: &str) -> anyhow::Result<String> {
        if setting.contains("-----BEGIN") {
            return Ok(setting.to_owned());
        }
        std::fs::read_to_string(setting).with_context(|| format!("the PEM file {setting} cannot be read"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_lies_over_the_defaults() {
        let set = [("JISHI_TRADE__TIMEOUT", "7"), ("JISHI_PAYMENT__POLL", "1,2")];
        let config = Config::load_with(None, &set).unwrap();
        assert_eq!((config.trade.timeout, config.payment.poll), (7, vec![1, 2]));
    }

    #[test]
    fn a_key_of_digits_stays_text() {
        let key = "00000000000000000000000000000042";
        let set = [("JISHI_SECURITY__KEY", key), ("JISHI_JOBS__TICK", "0.5")];
        let config = Config::load_with(None, &set).unwrap();
        assert_eq!((config.security.key.as_str(), config.jobs.tick), (key, 0.5));
    }

    #[test]
    fn a_tenant_may_come_from_the_environment_alone() {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let set = [
            ("JISHI_TENANT__SHOP__NAME", "集市"),
            ("JISHI_TENANT__SHOP__APP_ID", "wx0123456789abcdef"),
            ("JISHI_TENANT__SHOP__APP_SECRET", "00000000000000000000000000000000"),
            ("JISHI_TENANT__SHOP__MCH_ID", "1900000001"),
            ("JISHI_TENANT__SHOP__MERCHANT_SERIAL", "12345678901234567890"),
            ("JISHI_TENANT__SHOP__MERCHANT_KEY", "key.pem"),
            ("JISHI_TENANT__SHOP__API_V3_KEY", "01234567890123456789012345678901"),
            ("JISHI_TENANT__SHOP__CERTIFICATES", pem),
        ];
        let config = Config::load_with(None, &set).unwrap();
        let shop = &config.tenant["shop"];
        assert_eq!(
            (shop.mch_id.as_str(), shop.merchant_serial.as_str()),
            ("1900000001", "12345678901234567890")
        );
        assert_eq!(Tenant::pem(&shop.certificates[0]).unwrap().trim(), pem.trim());
    }

    #[test]
    fn two_tenants_do_not_share_a_merchant_number() {
        let tenant = |name: &str, mch_id: &str| {
            let text = |key: &str| (format!("JISHI_TENANT__{name}__{key}"), "x".to_owned());
            let keys = ["NAME", "APP_ID", "APP_SECRET", "MERCHANT_SERIAL", "MERCHANT_KEY", "API_V3_KEY"];
            let number = (format!("JISHI_TENANT__{name}__MCH_ID"), mch_id.to_owned());
            keys.into_iter().map(text).chain([number]).collect::<Vec<_>>()
        };
        for (mch_id, works) in [("1900000002", true), ("1900000001", false)] {
            let set = [tenant("ONE", "1900000001"), tenant("TWO", mch_id)].concat();
            let set: Vec<_> = set.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!(Config::load_with(None, &set).is_ok(), works, "{mch_id}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused() {
        for wrong in [
            ("JISHI_JOBS__BATCH", "0"),
            ("JISHI_PAYMENT__POLL", "0,5"),
            ("JISHI_PAYMENT__POLL", "30,5"),
            ("JISHI_TRADE__TIMEOUT", "99999999999"),
            ("JISHI_HTTP__PUBLIC_URL", "https://shop.example?x=1"),
            ("JISHI_TRADE__FREIGHT", "-1"),
            ("JISHI_MESSAGES__KEYWORDS", "订单,,退款"),
            ("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "-1"),
            ("JISHI_AFTER_SALE__RETURN_WITHIN", "0"),
            ("JISHI_SECURITY__ACCESS_TOKEN", "0"),
        ] {
            assert!(Config::load_with(None, &[wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(Config::load_with(None, &[("JISHI_TRADE__TIMEOT", "7")]).is_err());
    }

    #[test]
    fn production_refuses_the_simulator() {
        let error = Config::load_with(None, &[("JISHI_MODE", "production")]).unwrap_err();
        assert!(error.to_string().contains("simulator"), "{error}");
    }

    #[test]
    fn secrets_do_not_print() {
        let config = Config::load_with(None, &[("JISHI_SECURITY__KEY", "hush")]).unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }
}
