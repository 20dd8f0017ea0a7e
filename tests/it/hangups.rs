//! Callers that go away in the middle, against PostgreSQL behind a slow line. What was acknowledged
//! must be there. Without the guard in `Db::begin`, connections are lent out inside a forgotten
//! transaction and acknowledged rows vanish.

use crate::support::{TestApp, key, new_database};
use jishi::infra::db::{Db, Settings};
use std::collections::HashSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Forwards to `target`, each piece a little late.
async fn slow_proxy(target: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&target).await.unwrap();
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(late(from_client, to_server));
            tokio::spawn(late(from_server, to_client));
        }
    });
    port
}

/// The same database at the end of a slow line.
async fn behind_slow_line(url: &str) -> String {
    let address = url.split('@').nth(1).unwrap().split('/').next().unwrap();
    let port = slow_proxy(address.to_owned()).await;
    url.replace(address, &format!("127.0.0.1:{port}"))
}

async fn late(mut from: tokio::net::tcp::OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(size @ 1..) = from.read(&mut buffer).await {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if to.write_all(&buffer[..size]).await.is_err() {
            return;
        }
    }
}

async fn write(db: &Db, name: String) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    tx.query("insert into written (name) values ($1)").bind(name).execute().await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_rows_survive_callers_that_hang_up() {
    let Some(url) = new_database().await else { return };
    let slow = behind_slow_line(&url).await;
    let settings = Settings { url: slow, max_connections: 4, acquire_timeout: Duration::from_secs(20) };
    let db = Db::connect(&settings).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.query("create table written (name text primary key)").execute().await.unwrap();
    tx.commit().await.unwrap();
    let mut acknowledged = 0_i64;
    for round in 0..40_u64 {
        // Some hang up: the moment wanders over acquiring, BEGIN, the statement and COMMIT.
        let hung_up: Vec<_> = (0..4_u64)
            .map(|place| {
                let (db, patience) = (db.clone(), Duration::from_millis(1 + (round * 7 + place * 11) % 45));
                tokio::spawn(async move {
                    let name = format!("hung up {round} {place}");
                    tokio::time::timeout(patience, write(&db, name))
                        .await
                        .is_ok_and(|written| written.is_ok())
                })
            })
            .collect();
        for task in hung_up {
            acknowledged += i64::from(task.await.unwrap());
        }
        write(&db, format!("stayed {round} in a transaction")).await.unwrap();
        // A statement of its own is what vanishes in a transaction that nobody remembers.
        let alone = format!("stayed {round} alone");
        let mut conn = db.read().await.unwrap();
        conn.query("insert into written (name) values ($1)").bind(alone).execute().await.unwrap();
        acknowledged += 2;
    }
    db.close().await;
    let settings = Settings { url, max_connections: 1, acquire_timeout: Duration::from_secs(5) };
    let mut conn = Db::connect(&settings).await.unwrap().read().await.unwrap();
    let stayed: i64 =
        conn.query("select count(*) from written where name like 'stayed%'").scalar().await.unwrap();
    let all: i64 = conn.query("select count(*) from written").scalar().await.unwrap();
    assert_eq!(stayed, 80, "acknowledged rows are gone");
    assert!(all >= acknowledged, "{acknowledged} acknowledged, {all} there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shoppers_who_hang_up_find_their_orders() {
    let Some(url) = new_database().await else { return };
    let app = TestApp::start(behind_slow_line(&url).await, String::new(), &[]).await;
    let person = app.shopper().await;
    let (sku, _) = person.sku(0).await;
    let (address, total) = (person.address().await, person.quote(&sku, 1).await);
    let (mut keys, mut acknowledged) = (vec![], HashSet::new());
    for round in 0..15_u64 {
        let asks: Vec<_> = (0..6_u64)
            .map(|place| {
                let patience = Duration::from_millis(5 + (round * 137 + place * 211) % 1300);
                let (person, sku, address, key) = (person.clone(), sku.clone(), address.clone(), key());
                keys.push(key.clone());
                tokio::spawn(async move {
                    let ask = person.order_for(&sku, 1, &address, total, &key);
                    tokio::time::timeout(patience, ask).await.ok()
                })
            })
            .collect();
        for ask in asks {
            if let Some(answer) = ask.await.unwrap() {
                assert_eq!(answer.status, 201, "{}", answer.body);
                acknowledged.insert(answer.body["id"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(
        !acknowledged.is_empty() && acknowledged.len() < keys.len(),
        "{} of {}",
        acknowledged.len(),
        keys.len()
    );
    let mut found = HashSet::new();
    for key in &keys {
        let again = person.order_for(&sku, 1, &address, total, key).await;
        assert_eq!(again.status, 201, "{}", again.body);
        found.insert(again.body["id"].as_str().unwrap().to_owned());
    }
    assert!(acknowledged.is_subset(&found), "an acknowledged trade is gone");
    assert_eq!(found.len(), keys.len());
    assert_eq!(app.stock(&sku).await.1, i64::try_from(keys.len()).unwrap());
    app.books().add_up().await;
}
