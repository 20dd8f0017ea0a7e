//! How many whole payments the simulator takes in a second: a signed prepay, the shopper pays, the notification is
//! delivered and taken. `cargo bench -p wechat-sim`
//!
//! The shop's part (signing, receiving) runs in the same process, on the same cores.

#[path = "../tests/it/support.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use support::{APP, MCHID, Receiver, SECRET, Shop, order};
use wechat_sim::{Clock as _, ManualClock, Settings, Simulator, SystemClock};

const SHOPPERS: u64 = 32;
const SPAN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{SHOPPERS} shoppers at a time, {} s each, {} cores", SPAN.as_secs(), cores());
    for (name, file) in [("in memory", None), ("with --data", Some(folder.path().join("sim.db")))] {
        let settings = Settings { state_path: file, ..Settings::default() };
        let (cycles, spent) = run(settings).await;
        println!("{name}: {:.0} prepay + pay + notify cycles/s", f64::from(cycles) / spent.as_secs_f64());
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Whole payments and the time they took, until the last notification was taken.
async fn run(settings: Settings) -> (u32, Duration) {
    let shop = Arc::new(open(settings).await);
    let receiver = Arc::new(Receiver::start(&[]).await);
    let (start, number) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let shoppers: Vec<_> = (0..SHOPPERS)
        .map(|_| {
            let (shop, receiver, number) = (Arc::clone(&shop), Arc::clone(&receiver), Arc::clone(&number));
            tokio::spawn(async move {
                while start.elapsed() < SPAN {
                    let number = format!("bench-{:08}", number.fetch_add(1, Ordering::Relaxed));
                    buy(&shop, &number, &receiver.url).await;
                }
            })
        })
        .collect();
    for shopper in shoppers {
        shopper.await.expect("a shopper ends well");
    }
    assert!(shop.sim.delivered_within(Duration::from_mins(1)).await, "every notification is taken");
    let (cycles, spent) = (number.load(Ordering::Relaxed), start.elapsed());
    assert_eq!(receiver.count() as u64, cycles);
    shop.sim.shutdown().await;
    (u32::try_from(cycles).unwrap_or(u32::MAX), spent)
}

/// A shop whose clock is the machine's.
async fn open(settings: Settings) -> Shop {
    let sim = Simulator::start(settings).await.expect("the simulator starts");
    sim.app(APP, SECRET);
    let kit = sim.merchant(MCHID).await;
    sim.bind(APP, MCHID);
    let clock = Arc::new(ManualClock::new(SystemClock.now_millis()));
    Shop { sim, clock, kit, http: support::client() }
}

async fn buy(shop: &Shop, number: &str, url: &str) {
    let body = order(number, 100, url);
    let reply = shop.prepay(&body).await;
    assert_eq!(reply.status, 200, "{:?}", reply.json());
    let asked = json!({"out_trade_no": number, "mchid": MCHID});
    assert_eq!(shop.control("pay", &asked).await.0, 200);
}
