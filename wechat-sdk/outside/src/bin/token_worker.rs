//! A process of a cluster, for the tests of the shared token. It reads orders line by line and answers each with one
//! line: `pass SECONDS` moves its clock, `call COUNT` sends that many calls at once.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use wechat_sdk::mini::RedisTokens;
use wechat_sdk::mini::templates::GetMessageTemplates;
use wechat_sdk::{AppId, Clock, Environment, HttpSettings, MiniProgram, Secret};

#[derive(Debug, Default)]
struct Watch(AtomicI64);

impl Clock for Watch {
    fn unix_seconds(&self) -> i64 {
        1_790_000_000 + self.0.load(Ordering::SeqCst)
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, wechat, redis, prefix] = arguments.as_slice() else {
        eprintln!("usage: token_worker WECHAT_URL REDIS_URL PREFIX");
        std::process::exit(2);
    };
    let watch = Arc::new(Watch::default());
    let environment =
        Environment::system(HttpSettings::default()).expect("an environment").with_clock(watch.clone());
    let mini = MiniProgram::builder(AppId::new("wx1234567890abcdef").expect("an app"), Secret::new("secret"))
        .environment(environment)
        .base_url(wechat)
        .token_store(Arc::new(RedisTokens::new(redis, prefix.clone()).expect("a store")))
        .build()
        .expect("a client");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match line.split_once(' ') {
            Some(("pass", seconds)) => {
                watch.0.fetch_add(seconds.parse().expect("seconds"), Ordering::SeqCst);
                println!("passed");
            }
            Some(("call", count)) => {
                println!("{} of {count}", call(&mini, count.parse().expect("a count")).await);
            }
            _ => println!("what?"),
        }
    }
}

/// How many succeeded.
async fn call(mini: &MiniProgram, count: usize) -> usize {
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let mini = mini.clone();
            tokio::spawn(async move { mini.send(&GetMessageTemplates::new()).await })
        })
        .collect();
    let mut succeeded = 0;
    for call in calls {
        match call.await.expect("no panic") {
            Ok(_) => succeeded += 1,
            Err(error) => eprintln!("{error}"),
        }
    }
    succeeded
}
