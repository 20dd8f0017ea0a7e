//! Every SQL literal in `src` is prepared on both engines: a misspelt column or a word that an
//! engine does not know fails here, without any test having to reach the statement.

use crate::support::new_database;
use jishi::flow::invariants;
use jishi::infra::db::{Conn, Db, Engine, Settings};
use std::fs;
use std::path::Path;
use std::time::Duration;

async fn check(url: String) {
    let db = Db::connect(&Settings { url, max_connections: 2, acquire_timeout: Duration::from_secs(5) })
        .await
        .unwrap();
    db.migrate().await.unwrap();
    let mut conn: Conn = db.read().await.unwrap();
    let mut statements = statements(Path::new("src"), db.engine());
    statements.extend(invariants::all().map(|one| (one.name.to_owned(), one.sql.to_owned())));
    let mut wrong = vec![];
    for (place, sql) in &statements {
        if let Err(error) = conn.check(sql).await {
            wrong.push(format!("{place}: {error}\n    {sql}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(statements.len() > 80, "the scanner found only {} statements", statements.len());
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    check(format!("sqlite:{}", folder.path().join("sql.db").display())).await;
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() {
    if let Some(url) = new_database().await {
        check(url).await;
    }
}

fn statements(dir: &Path, engine: Engine) -> Vec<(String, String)> {
    let mut found = vec![];
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(statements(&path, engine));
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("query.rs") {
            scan(&path, engine, &mut found);
        }
    }
    found
}

/// The arguments of `.query(` and `.dialect(`.
fn scan(path: &Path, engine: Engine, found: &mut Vec<(String, String)>) {
    let text = fs::read_to_string(path).unwrap();
    let mut take = |at: usize, pick: usize| {
        let line = text[..at].lines().count();
        if let Some(sql) = literals(&text[at..]).into_iter().nth(pick) {
            found.push((format!("{}:{line}", path.display()), sql));
        }
    };
    for (at, call) in text.match_indices(".query(") {
        take(at + call.len(), 0);
    }
    for (at, call) in text.match_indices(".dialect(") {
        take(at + call.len(), usize::from(engine == Engine::Postgres));
    }
}

/// The string literals that open a call's arguments.
fn literals(text: &str) -> Vec<String> {
    let mut found = vec![];
    let mut rest = text.trim_start();
    while let Some(body) = rest.strip_prefix('"') {
        let Some(end) = body.find('"') else { break };
        found.push(body[..end].split_whitespace().collect::<Vec<_>>().join(" "));
        rest = body[end + 1..].trim_start().trim_start_matches(',').trim_start();
    }
    found
}
