//! Kill -9 in the middle of buying, start again: nothing acknowledged is lost, nothing happens twice.

use crate::process::{Process, free_port};
use crate::support::new_database;
use reqwest::Client;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn start(folder: &Path, ports: [u16; 3], database: &str) -> Process {
    let quick = [
        ("JISHI_DATABASE__URL", database),
        ("JISHI_JOBS__TICK", "0.1"),
        ("JISHI_JOBS__LEASE", "3"),
        ("JISHI_PAYMENT__POLL", "1,2,3"),
    ];
    Process::start(folder, ports, &quick)
}

async fn call(http: &Client, url: String, token: &str, body: Value) -> Option<Value> {
    let key = uuid::Uuid::new_v4().simple().to_string();
    let request = http.post(url).bearer_auth(token).header("idempotency-key", key).json(&body);
    let answer = request.send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    answer.json().await.ok()
}

/// Buys until told to stop; gives the trades that were acknowledged and those whose money was collected.
async fn shop_on(
    shop: String,
    wechat: String,
    enough: Arc<AtomicBool>,
) -> (String, Vec<String>, Vec<String>) {
    let http = Client::new();
    let (mut placed, mut collected, mut token) = (vec![], vec![], String::new());
    let _interrupted: Option<()> = async {
        let app = json!({ "app_id": crate::support::APP });
        let code = call(&http, format!("{wechat}/_control/login_codes"), "", app).await?;
        let login =
            call(&http, format!("{shop}/api/v1/auth/login"), "", json!({ "code": code["code"] })).await?;
        login["access_token"].as_str()?.clone_into(&mut token);
        let products =
            http.get(format!("{shop}/api/v1/products")).send().await.ok()?.json::<Value>().await.ok()?;
        let product = products["items"][0]["id"].as_str()?.to_owned();
        let page = http.get(format!("{shop}/api/v1/products/{product}")).send().await.ok()?;
        let page = page.json::<Value>().await.ok()?;
        let address = json!({ "name": "王五", "phone": "13700137000", "province": "上海市", "city": "上海市",
            "district": "徐汇区", "detail": "漕溪北路一号" });
        let address = call(&http, format!("{shop}/api/v1/me/addresses"), &token, address).await?;
        let lines = json!([{ "sku_id": page["skus"][0]["id"], "quantity": 1 }]);
        let quote =
            call(&http, format!("{shop}/api/v1/checkout/quote"), &token, json!({ "lines": lines })).await?;
        while !enough.load(Ordering::Relaxed) {
            let wish =
                json!({ "lines": lines, "address_id": address["id"], "expected_total": quote["total"] });
            let trade = call(&http, format!("{shop}/api/v1/trades"), &token, wish).await?;
            let id = trade["id"].as_str()?.to_owned();
            placed.push(id.clone());
            let signed = call(&http, format!("{shop}/api/v1/trades/{id}/payment"), &token, json!({})).await?;
            let prepay_id = signed["package"].as_str()?.strip_prefix("prepay_id=")?;
            call(&http, format!("{wechat}/_control/pay"), "", json!({ "prepay_id": prepay_id })).await?;
            collected.push(id);
        }
        Some(())
    }
    .await;
    (token, placed, collected)
}

async fn state(http: &Client, shop: &str, token: &str, trade: &str) -> String {
    let answer = http.get(format!("{shop}/api/v1/trades/{trade}")).bearer_auth(token).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    body["state"].as_str().unwrap_or_else(|| panic!("{trade} is lost: {body}")).to_owned()
}

async fn check(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let ports = [free_port(), free_port(), free_port()];
    let mut server = start(folder.path(), ports, database);
    let stop = Arc::new(AtomicBool::new(false));
    let buyers: Vec<_> = (0..6)
        .map(|_| tokio::spawn(shop_on(server.shop.clone(), server.wechat.clone(), stop.clone())))
        .collect();
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    stop.store(true, Ordering::Relaxed);
    let mut bought = vec![];
    for buyer in buyers {
        bought.push(buyer.await.unwrap());
    }
    let placed: usize = bought.iter().map(|(_, placed, _)| placed.len()).sum();
    let collected: usize = bought.iter().map(|(_, _, collected)| collected.len()).sum();
    assert!(collected > 3, "only {collected} of {placed} were collected before the kill");
    let mut server = start(folder.path(), ports, database);
    let http = Client::new();
    for (token, trades, paid_for) in &bought {
        for trade in trades {
            let patience = if paid_for.contains(trade) { 200 } else { 0 };
            let mut now = state(&http, &server.shop, token, trade).await;
            for _ in 0..patience {
                if now == "paid" {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
                now = state(&http, &server.shop, token, trade).await;
            }
            assert!(patience == 0 || now == "paid", "{trade} was collected and is {now}");
        }
    }
    let check = Command::new(env!("CARGO_BIN_EXE_jishi"))
        .arg("check")
        .current_dir(folder.path())
        .env("JISHI_DATABASE__URL", database)
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    println!("{placed} placed and {collected} collected before the kill");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    check("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    if let Some(url) = new_database().await {
        check(&url).await;
    }
}
