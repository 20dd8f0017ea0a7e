use crate::support::new_database;
use jishi::infra::db::{Db, Settings};
use std::time::Duration;

async fn open(url: &str) -> Db {
    let settings =
        Settings { url: url.to_owned(), max_connections: 4, acquire_timeout: Duration::from_secs(10) };
    Db::connect(&settings).await.unwrap()
}

async fn check(url: String) {
    let instances = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { open(&url).await.migrate().await })
    });
    for instance in instances.collect::<Vec<_>>() {
        instance.await.unwrap().unwrap();
    }
    let db = open(&url).await;
    let known = db.schema_version().await.unwrap();
    assert!(known >= 3);
    let mut tx = db.begin().await.unwrap();
    tx.query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         select 9999, 'of a newer release', success, checksum, execution_time from _sqlx_migrations where version = 1",
    )
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let error = db.migrate().await.unwrap_err().to_string();
    assert!(error.contains("9999") && error.contains("newer"), "{error}");
}

#[tokio::test]
async fn instances_migrate_together_and_a_newer_schema_is_refused_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    check(format!("sqlite:{}", folder.path().join("schema.db").display())).await;
}

#[tokio::test]
async fn instances_migrate_together_and_a_newer_schema_is_refused_on_postgres() {
    if let Some(url) = new_database().await {
        check(url).await;
    }
}

#[tokio::test]
async fn a_database_that_may_forget_is_named() {
    assert_eq!(open("sqlite::memory:").await.unsafe_settings().await.unwrap().len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let file = open(&format!("sqlite:{}", folder.path().join("safe.db").display())).await;
    assert_eq!(file.unsafe_settings().await.unwrap(), []);
    if let Some(url) = new_database().await {
        assert_eq!(open(&url).await.unsafe_settings().await.unwrap(), []);
        let careless = format!("{url}?options=-c%20synchronous_commit%3Doff");
        assert_eq!(
            open(&careless).await.unsafe_settings().await.unwrap(),
            [("synchronous_commit".to_owned(), "off".to_owned())]
        );
    }
}
