//! `wechat-sim`: WeChat in a box, on the command line.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Parser;
use wechat_sim::{Chaos, MerchantKit, Settings, Simulator};

/// Simulates WeChat's mini-program servers and WeChat Pay v3, so that a shop can be built and tested without
/// them. Point the base URL of any SDK at it, and look at <http://127.0.0.1:9001/_control/> with a browser.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  wechat-sim
      one mini program wxdemo0123456789a (secret demo-secret) and one merchant 1900000001, in memory
  wechat-sim --data sim.db --keys keys
      the same, and all of it is still there after a restart; the merchant's keys lie in keys/1900000001/
  wechat-sim --app wx0123456789abcdef:secret --merchant 1900000001:wx0123456789abcdef
      your own names
  wechat-sim --chaos 0.05 --seed 7
      five of a hundred calls and notifications go wrong, the same ones at every run"
)]
struct Options {
    /// Where to listen; 0 takes a free port
    #[arg(long, default_value_t = 9001)]
    port: u16,
    /// The address to listen at; others than this machine's need --public
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Lets other machines in; the control paths need no password, so never on an open network
    #[arg(long)]
    public: bool,
    /// Keeps the state in this file (SQLite); without it, it is gone at the end
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// A mini program; may be given several times
    #[arg(long, value_name = "APPID:SECRET")]
    app: Vec<String>,
    /// A merchant that takes payments for a mini program; may be given several times
    #[arg(long, value_name = "MCHID:APPID")]
    merchant: Vec<String>,
    /// Writes each merchant's keys into a folder below this one
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// Waits (resends, refunds in processing) are so many times shorter than WeChat's
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Time itself runs so many times faster
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
    /// So many of the calls and notifications go wrong, between 0 and 1
    #[arg(long, value_name = "RATE")]
    chaos: Option<f64>,
    /// Which ones: the same seed gives the same faults
    #[arg(long, default_value_t = 1, requires = "chaos")]
    seed: u64,
    /// Behaves otherwise where WeChat is known to, or where it is not known: `refuse_repeated_close=true`,
    /// `query_lag=2`, … (the README lists them); may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Lists every call with the name that faults know it by, and ends
    #[arg(long)]
    calls: bool,
    /// What is logged, as in `RUST_LOG`
    #[arg(long, default_value = "warn", value_name = "FILTER")]
    log: String,
}

const DEMO_APP: (&str, &str) = ("wxdemo0123456789a", "demo-secret");
const DEMO_MERCHANT: &str = "1900000001";

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match run(Options::parse()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    if options.calls {
        return Ok(list_calls()?);
    }
    tracing_subscriber::fmt().with_env_filter(&options.log).with_writer(std::io::stderr).init();
    let simulator = Simulator::start(options.settings()?).await?;
    let kits = options.register(&simulator).await?;
    if let Some(folder) = &options.keys {
        kits.iter().try_for_each(|kit| write_keys(folder, kit))?;
    }
    announce(&options, &simulator, &kits)?;
    stopped().await?;
    simulator.shutdown().await;
    Ok(())
}

fn list_calls() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, method, path) in wechat_sim::calls() {
        writeln!(out, "{name:40} {method:6} {path}")?;
    }
    out.flush()
}

/// Until somebody asks the program to stop.
async fn stopped() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

impl Options {
    fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            bind: SocketAddr::new(self.host, self.port),
            allow_public: self.public,
            state_path: self.data.clone(),
            speed: self.speed,
            rate: self.rate,
            chaos: self.chaos.map(|rate| Chaos { rate, seed: self.seed }),
            ..Settings::default()
        };
        for switch in &self.set {
            let (name, value) = switch.split_once('=').context("--set takes NAME=VALUE")?;
            settings.set(name, value)?;
        }
        Ok(settings)
    }

    /// Makes the mini programs and merchants that are asked for, or those of the demo.
    async fn register(&self, simulator: &Simulator) -> anyhow::Result<Vec<MerchantKit>> {
        let (mut app_id, secret) = DEMO_APP;
        if self.app.is_empty() {
            simulator.app(app_id, secret);
        }
        for app in &self.app {
            let (id, secret) = pair(app, "--app takes APPID:SECRET")?;
            simulator.app(id, secret);
            app_id = id;
        }
        let mut kits = Vec::new();
        if self.merchant.is_empty() {
            kits.push(bound(simulator, DEMO_MERCHANT, app_id).await);
        }
        for merchant in &self.merchant {
            let (mchid, app_id) = pair(merchant, "--merchant takes MCHID:APPID")?;
            let known = simulator.apps().iter().any(|app| app.app_id == app_id);
            ensure!(known, "{app_id} is no mini program here: give --app {app_id}:SECRET, too");
            kits.push(bound(simulator, mchid, app_id).await);
        }
        Ok(kits)
    }
}

async fn bound(simulator: &Simulator, mchid: &str, app_id: &str) -> MerchantKit {
    let kit = simulator.merchant(mchid).await;
    simulator.bind(app_id, mchid);
    kit
}

fn pair<'a>(text: &'a str, usage: &str) -> anyhow::Result<(&'a str, &'a str)> {
    let pair = text.split_once(':').filter(|(first, second)| !first.is_empty() && !second.is_empty());
    let (first, second) = pair.with_context(|| format!("{usage}, not {text:?}"))?;
    ensure!(!first.contains('/'), "{first:?} has a slash");
    Ok((first, second))
}

/// What the console of WeChat Pay would let a merchant download.
fn write_keys(folder: &Path, kit: &MerchantKit) -> anyhow::Result<()> {
    ensure!(kit.mchid.chars().all(|letter| letter.is_ascii_alphanumeric()), "{:?} is no mchid", kit.mchid);
    let folder = folder.join(&kit.mchid);
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, text) in [
        ("apiclient_key.pem", kit.merchant_private_key_pem.as_str()),
        ("apiclient_cert.pem", &kit.merchant_certificate_pem),
        ("pub_key.pem", &kit.public_key_pem),
        ("platform_cert.pem", &kit.platform_certificate_pem),
        ("merchant.json", &serde_json::to_string_pretty(kit)?),
    ] {
        let path = folder.join(name);
        // A merchant that brought its certificate keeps its key to itself.
        if text.is_empty() {
            continue;
        }
        write_private(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// Keys are for their owner alone, also those of a simulator: people get used to it.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn announce(options: &Options, simulator: &Simulator, kits: &[MerchantKit]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for kit in kits {
        let place = match &options.keys {
            Some(folder) => format!("keys in {}", folder.join(&kit.mchid).display()),
            None => "keys at POST /_control/merchants, or start with --keys DIR".to_owned(),
        };
        writeln!(out, "merchant {} with {place}", kit.mchid)?;
    }
    writeln!(out, "page of the phones, payments and requests: {}", simulator.control_url())?;
    writeln!(out, "listening on {}", simulator.base_url())?;
    out.flush()
}
