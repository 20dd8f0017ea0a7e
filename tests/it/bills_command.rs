//! `jishi reconcile` as it is run, and how much memory a large bill takes it.

use crate::process::{tenant, wechat};
use crate::support::{APP, MCH};
use jishi::base::{Clock as _, CustomerId, Day, PaymentId, SystemClock, TenantId, TradeId};
use jishi::infra::db::{Db, Settings};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use wechat_sim::{BillKind, BillTamper, Material, Simulator};

/// What one run printed, how it ended, and the most memory it had, in kilobytes.
struct Run {
    well: bool,
    said: String,
    peak: u64,
}

fn reconcile(folder: &Path, arguments: &[&str]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jishi"))
        .current_dir(folder)
        .arg("reconcile")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(folder.join("out")).unwrap())
        .stderr(std::fs::File::create(folder.join("err")).unwrap())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let ended = loop {
        peak = peak.max(high_water(child.id()));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    Run { well: ended.success(), said: read("out") + &read("err"), peak }
}

/// `VmHWM` of a process: the most that was ever resident. Nothing once it is gone.
fn high_water(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

async fn shop(folder: &Path) -> Simulator {
    let (simulator, kit) = wechat(APP, MCH).await;
    std::fs::write(folder.join("main_key.pem"), &kit.merchant_private_key_pem).unwrap();
    let certificate = format!("certificates = ['''\n{}''']", kit.platform_certificate_pem);
    simulator.sign_with(MCH, Material::Certificate);
    let url = simulator.base_url();
    let settings = format!(
        "simulator.enabled = false\nwechat.api_url = \"{url}\"\nwechat.pay_url = \"{url}\"\n\
         wechat.pay_backup_url = \"\"\n{}",
        tenant("main", APP, MCH, &kit, &certificate)
    );
    std::fs::write(folder.join("jishi.toml"), settings).unwrap();
    simulator
}

/// So many payments of a day, with their ledger; gives their numbers.
async fn sold(folder: &Path, day: Day, count: usize) -> Vec<String> {
    let url = format!("sqlite:{}", folder.join("data/jishi.db").display());
    let settings = Settings { url, max_connections: 1, acquire_timeout: Duration::from_secs(5) };
    let db = Db::connect(&settings).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let noon = day.start().after(Duration::from_hours(12));
    let owner: TenantId = tx.query("select id from tenant").scalar().await.unwrap();
    let (customer, trade) = (CustomerId::fresh(noon), TradeId::fresh(noon));
    tx.query("insert into customer (tenant_id, id, openid, created_at) values ($1, $2, 'o', $3)")
        .bind(owner)
        .bind(customer)
        .bind(noon)
        .execute()
        .await
        .unwrap();
    tx.query(
        "insert into trade (tenant_id, id, customer_id, state, goods_total, discount_total, freight_total, total,
           address_sealed, created_at, expires_at, closed_at) values ($1, $2, $3, 'closed', 1000, 0, 0, 1000, '', $4, $4, $4)",
    )
    .bind(owner)
    .bind(trade)
    .bind(customer)
    .bind(noon)
    .execute()
    .await
    .unwrap();
    let ids: Vec<PaymentId> = (0..count).map(|_| PaymentId::fresh(noon)).collect();
    for some in ids.chunks(1000) {
        tx.query(
            "insert into payment (tenant_id, id, trade_id, customer_id, transaction_id, mch_id, paid_at, created_at,
               updated_at, state, amount, app_id, paid_amount, applied)
             select column1, column2, column3, column4, column5, column6, column7, column7, column7, 'succeeded',
               1000, 'wx', 1000, false
             from (values {rows:uuid,uuid,uuid,uuid,text,text,timestamptz})",
        )
        .rows(some, |query, id| {
            query.bind(owner).bind(*id).bind(trade).bind(customer).bind(id.suffix()).bind(MCH).bind(noon)
        })
        .execute()
        .await
        .unwrap();
    }
    for sql in [
        "insert into ledger_transaction (tenant_id, id, kind, source_id, created_at)
         select tenant_id, id, 'unwanted_payment', id, paid_at from payment",
        "insert into ledger_entry (tenant_id, transaction_id, position, account, amount)
         select tenant_id, id, 1, 'wechat', paid_amount from payment",
        "insert into ledger_entry (tenant_id, transaction_id, position, account, amount)
         select tenant_id, id, 2, 'owed_to_customers', -paid_amount from payment",
    ] {
        tx.query(sql).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    db.close().await;
    ids.into_iter().map(PaymentId::suffix).collect()
}

/// A bill of one stranger, and of all that was sold.
fn plant(simulator: &Simulator, day: Day, kind: BillKind, stranger: i64, numbers: &[String]) {
    let mut to = String::new();
    for (place, number) in numbers.iter().enumerate() {
        let row = match kind {
            BillKind::Trade => format!(
                "`{day} 12:00:00,`wx,`{MCH},`0,`,`4200{place:024},`{number},`o,`JSAPI,`SUCCESS,`OTHERS,`CNY,`10.00,\
                 `0.00,`0,`0,`0.00,`0.00,`,`,`茶\\ 一百克,`,`0.06000,`0.60%,`10.00,`0.00,`"
            ),
            _ => format!(
                "`{day} 12:00:00,`4200{place:024},`{MCH}{place:020},`交易,`交易,`收入,`10.00,`10.00,`system,\
                 `结算总金额 10.00 元;含手续费 0.06 元,`{number}"
            ),
        };
        write!(to, "{row}\r\n").unwrap();
    }
    let from = if kind == BillKind::Trade { "总交易单数," } else { "资金流水总笔数," };
    let more = BillTamper::Replace { from: from.to_owned(), to: to + from };
    simulator.tamper_bill(MCH, kind, &day.to_string(), &[BillTamper::Stranger(stranger), more]).unwrap();
}

/// How many lines the large bill has: `TEST_BILL_LINES`, or so many that nobody has to wait.
fn many() -> usize {
    std::env::var("TEST_BILL_LINES").ok().and_then(|number| number.parse().ok()).unwrap_or(20_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_bill_is_compared_line_by_line_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = shop(folder.path()).await;
    let day = Day::of(SystemClock.now()).before(3);
    let date = day.to_string();
    let quiet = reconcile(folder.path(), &["--date", &date]);
    assert!(quiet.well && quiet.said.contains("0 differences, 0 open"), "{}", quiet.said);
    let lines = many();
    let numbers = sold(folder.path(), day, lines).await;
    plant(&simulator, day, BillKind::Trade, 777, &numbers);
    plant(&simulator, day, BillKind::FundFlow, 778, &numbers);
    let started = std::time::Instant::now();
    let run = reconcile(folder.path(), &["--date", &date, "--tenant", "main"]);
    println!("{lines} lines twice: {} MB at most, {:?}", run.peak / 1024, started.elapsed());
    assert!(!run.well, "a stranger is open: {}", run.said);
    assert!(run.said.contains("2 differences, 2 open"), "{}", run.said);
    assert!(run.said.contains("7.77") && run.said.contains("only_wechat"), "{}", run.said);
    assert!(run.said.contains("lines so far"), "a long command shows how far it is: {}", run.said);
    assert!((1..200 * 1024).contains(&run.peak), "{} kB", run.peak);
    let nobody = reconcile(folder.path(), &["--date", &date, "--tenant", "nobody"]);
    assert!(!nobody.well && nobody.said.contains("nobody"), "{}", nobody.said);
    let no_day = reconcile(folder.path(), &["--date", "2026-02-30"]);
    assert!(!no_day.well && no_day.said.contains("2026-11-20"), "{}", no_day.said);
    simulator.shutdown().await;
}
