//! Two processes, one Redis, a thousand calls at once: the token is renewed exactly once each time.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// What a WeChat knows of one app's token.
#[derive(Default)]
struct Tokens {
    minted: u32,
    /// Calls to `stable_token`, in normal and in forced mode.
    normal: u32,
    forced: u32,
    /// Normal mode mints a new token the next time.
    expired: bool,
    /// The present token is refused although normal mode still gives it.
    killed: bool,
}

type Shared = Arc<Mutex<Tokens>>;

async fn stable_token(State(tokens): State<Shared>, Json(body): Json<Value>) -> Json<Value> {
    // Slow enough that a second refresh would be seen.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let mut tokens = tokens.lock().unwrap();
    let force = body["force_refresh"] == true;
    if force {
        tokens.forced += 1;
    } else {
        tokens.normal += 1;
    }
    if force || tokens.expired || tokens.minted == 0 {
        tokens.minted += 1;
        (tokens.expired, tokens.killed) = (false, false);
    }
    Json(json!({"access_token": format!("t{}", tokens.minted), "expires_in": 7200}))
}

async fn templates(
    State(tokens): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let tokens = tokens.lock().unwrap();
    let current = query.get("access_token") == Some(&format!("t{}", tokens.minted));
    if current && !tokens.killed && !tokens.expired {
        return Json(json!({"errcode": 0, "errmsg": "ok", "data": []}));
    }
    Json(json!({"errcode": 40001, "errmsg": "invalid credential, access_token is invalid rid: 1-2-3"}))
}

struct Worker {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start(wechat: &str, redis: &str, prefix: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_token_worker"))
            .args([wechat, redis, prefix])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, orders, answers }
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both get the order at once; all answers come back.
fn both(workers: &mut [Worker; 2], order: &str) -> [String; 2] {
    for worker in workers.iter_mut() {
        worker.order(order);
    }
    workers.each_mut().map(Worker::answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_once_for_all() {
    #[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
    let Ok(redis) = std::env::var("REDIS_URL") else {
        println!("skipped: REDIS_URL is not set");
        return;
    };
    let tokens = Shared::default();
    let app = Router::new()
        .route("/cgi-bin/stable_token", post(stable_token))
        .route("/wxaapi/newtmpl/gettemplate", get(templates))
        .with_state(tokens.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wechat = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let prefix = format!("two-processes-{}", std::process::id());
    let mut workers = [Worker::start(&wechat, &redis, &prefix), Worker::start(&wechat, &redis, &prefix)];
    let seen = |tokens: &Shared| {
        let tokens = tokens.lock().unwrap();
        (tokens.minted, tokens.normal, tokens.forced)
    };
    let all = ["500 of 500".to_owned(), "500 of 500".to_owned()];

    assert_eq!(both(&mut workers, "call 500"), all);
    assert_eq!(seen(&tokens), (1, 1, 0), "the first token: minted, asked for normally, forced");

    for round in 2..=4 {
        tokens.lock().unwrap().expired = true;
        both(&mut workers, "pass 7200");
        assert_eq!(both(&mut workers, "call 500"), all);
        assert_eq!(seen(&tokens), (round, round, 0), "expiry {round}");
    }

    // Somebody else made a newer token: all thousand are refused once, one asks.
    for round in 5..=7 {
        tokens.lock().unwrap().expired = true;
        assert_eq!(both(&mut workers, "call 500"), all);
        assert_eq!(seen(&tokens), (round, round, 0), "40001 storm {round}");
    }

    // The token is dead, and normal mode still gives it: one forced refresh for all.
    tokens.lock().unwrap().killed = true;
    assert_eq!(both(&mut workers, "call 500"), all);
    let (minted, _, forced) = seen(&tokens);
    assert_eq!((minted, forced), (8, 1), "a killed token");
}
