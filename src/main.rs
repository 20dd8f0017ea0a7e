//! The command line.

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use jishi::app::{App, open_core, system_clock};
use jishi::base::Day;
use jishi::config::{Config, EXAMPLE, Mode};
use jishi::demo::{Access, buy, seed};
use jishi::flow::invariants::{self, Finding};
use jishi::flow::reconcile::command;
use jishi::mall::operator;
use jishi::serve::Server;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// A WeChat mini-program mall in one binary.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Examples:\n  jishi              serve, with the WeChat simulator inside\n  \
    jishi demo         buy something and watch every step\n  jishi check        do the books add up?"
)]
struct Cli {
    /// Settings laid over the defaults (default: jishi.toml, if it is there).
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve shoppers, operators and WeChat (the default).
    Serve,
    /// Buy one thing over HTTP, on a server of its own unless --url names one.
    Demo {
        /// A running server, as in `http://127.0.0.1:8080`.
        #[arg(long)]
        url: Option<String>,
        /// The WeChat simulator behind it.
        #[arg(long, default_value = "http://127.0.0.1:8082")]
        wechat_url: String,
        /// The mini program.
        #[arg(long, default_value = "wxdemo0123456789a")]
        app_id: String,
        /// An operator's name, to compare the books.
        #[arg(long, requires = "password")]
        operator: Option<String>,
        /// The operator's password.
        #[arg(long, requires = "operator")]
        password: Option<String>,
    },
    /// Bring the database's schema up to date.
    Migrate,
    /// Verify every invariant; exits with 1 when one is broken.
    Check,
    /// Compare WeChat's bills of a day with the books; exits with 1 while anything is open.
    Reconcile {
        /// The day (in China), as in 2026-11-20.
        #[arg(long)]
        date: Day,
        /// The tenant's name in the settings; all of them unless given.
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Give an operator a new random password, and end their logins; makes the operator if there is none
    /// of this name.
    Operator {
        /// The operator's name.
        name: String,
        /// The tenant's name in the settings.
        #[arg(long, default_value = "main")]
        tenant: String,
    },
    /// Print every setting with its default and one sentence.
    Config,
    /// Print the OpenAPI contract.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("jishi: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let load = || Config::load(cli.config.as_deref());
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(load()?).await?,
        Command::Demo { url, wechat_url, app_id, operator, password } => match url {
            Some(url) => buy(Access { url, wechat_url, app_id, operator: operator.zip(password) }).await?,
            None => demo(load()?, app_id).await?,
        },
        Command::Migrate => {
            let core = open_core(&load()?, system_clock()).await?;
            core.db.migrate().await?;
            println!("the schema is at version {}", core.db.schema_version().await?);
        }
        Command::Check => return check(&load()?).await,
        Command::Reconcile { date, tenant } => return reconcile(load()?, date, tenant.as_deref()).await,
        Command::Operator { name, tenant } => give_password(load()?, &tenant, &name).await?,
        Command::Config => print!("{EXAMPLE}"),
        Command::Openapi => println!("{}", jishi::router::contract().to_pretty_json()?),
    }
    Ok(ExitCode::SUCCESS)
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.filter).context("log.filter")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match (config.log.format.as_str(), config.mode) {
        ("json", _) | ("", Mode::Production) => builder.json().init(),
        ("text" | "", _) => builder.init(),
        (other, _) => bail!("log.format is \"text\" or \"json\", not {other:?}"),
    }
    Ok(())
}

async fn serve(config: Config) -> anyhow::Result<()> {
    log(&config)?;
    let demo = config.mode == Mode::Demo;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    tokio::spawn(upkeep(metrics.clone()));
    let server = Server::start(config, system_clock(), Some(metrics)).await?;
    println!("shop       http://{}/api/v1", server.address);
    println!("docs       http://{}/docs", server.address);
    println!("operations http://{}/readyz", server.ops_address);
    if let Some(simulator) = &server.app.simulator {
        println!("wechat     {}/_control/", simulator.base_url());
    }
    // In production the output is a log: there `jishi operator` makes the first one.
    if demo {
        for (tenant, password) in seed::first_operators(&server.app.mall).await? {
            println!("operator   admin / {password}   (tenant {tenant}; printed this once)");
        }
    }
    if let Some(simulator) = &server.app.simulator {
        println!(
            "buy        jishi demo --url http://{} --wechat-url {}",
            server.address,
            simulator.base_url()
        );
    }
    println!("ready");
    stop_signal().await?;
    eprintln!("stopping: letting what runs come to its end");
    server.stop().await;
    Ok(())
}

/// Histograms collect until somebody empties them.
async fn upkeep(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        metrics.run_upkeep();
    }
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// A server of its own, in a folder that vanishes, on free ports.
async fn demo(mut config: Config, app_id: String) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    config.mode = Mode::Demo;
    config.data_dir = folder.path().to_owned();
    config.database.url.clear();
    config.redis.url.clear();
    config.http.public_url.clear();
    config.tenant.clear();
    config.simulator.enabled = true;
    "warn".clone_into(&mut config.log.filter);
    for bind in [&mut config.http.bind, &mut config.http.ops_bind, &mut config.simulator.bind] {
        bind.set_port(0);
    }
    log(&config)?;
    let server = Server::start(config, system_clock(), None).await?;
    let gateway =
        server.app.mall.gateways.by_app(Some(&app_id)).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let password = operator::new_password(&server.app.mall.core, gateway.tenant_id, "demo").await?;
    let wechat_url = server.app.simulator.as_ref().map(wechat_sim::Simulator::base_url).unwrap_or_default();
    let url = format!("http://{}", server.address);
    println!("a shop of its own at {url}, WeChat simulated at {wechat_url}");
    let bought = buy(Access { url, wechat_url, app_id, operator: Some(("demo".to_owned(), password)) }).await;
    server.stop().await;
    bought
}

async fn check(config: &Config) -> anyhow::Result<ExitCode> {
    let core = open_core(config, system_clock()).await?;
    let mut db = core.db.read().await?;
    let (mut looked, mut broken) = (0, 0);
    let tenants = jishi::mall::tenant::all(&mut db).await?;
    if tenants.is_empty() {
        bail!(
            "there is nothing to check: no tenant was ever served from this database; look at database.url"
        );
    }
    for (tenant, slug) in tenants {
        for invariant in invariants::all() {
            let finding = invariants::look(&mut db, invariant, tenant).await?;
            print_finding(&slug, &finding);
            looked += 1;
            broken += i64::from(!finding.holds);
        }
    }
    if broken > 0 {
        eprintln!("jishi: {broken} of {looked} invariants are broken; stop selling and look at the rows");
        return Ok(ExitCode::FAILURE);
    }
    println!("all {looked} invariants hold");
    Ok(ExitCode::SUCCESS)
}

fn print_finding(slug: &str, finding: &Finding) {
    let Finding { name, rule, broken, holds, violations, more } = finding;
    println!("{} {slug} {name}: {rule}", if *holds { '✓' } else { '✗' });
    if *holds {
        return;
    }
    println!("    broken by {}{broken} rows:", if *more { "at least " } else { "" });
    for id in violations {
        println!("    {id}");
    }
}

async fn reconcile(config: Config, day: Day, tenant: Option<&str>) -> anyhow::Result<ExitCode> {
    let demo = config.mode == Mode::Demo;
    let callback_base = match config.http.public_url.trim_end_matches('/') {
        "" => format!("http://{}", config.http.bind),
        url => url.to_owned(),
    };
    let app = App::open(config, &callback_base, system_clock()).await.with_context(|| {
        if demo {
            "while the demo's server runs, ask it: POST /admin/v1/bills/DATE/run"
        } else {
            "cannot open the mall"
        }
    })?;
    let agreed = command::run(&app.mall, day, tenant).await;
    if let Some(simulator) = &app.simulator {
        simulator.shutdown().await;
    }
    app.mall.core.db.close().await;
    Ok(if agreed? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn give_password(config: Config, tenant: &str, name: &str) -> anyhow::Result<()> {
    let core = open_core(&config, system_clock()).await?;
    core.db.migrate().await?;
    let known = jishi::mall::tenant::all(&mut core.db.read().await?).await?;
    let (id, _) = known.into_iter().find(|(_, slug)| slug == tenant).with_context(|| {
        format!("there is no tenant {tenant:?}; start the server once with it in the settings")
    })?;
    println!("{name} / {}", operator::new_password(&core, id, name).await?);
    Ok(())
}
