//! The life of orders as a state machine: random steps of shoppers, operators, WeChat, time and bad
//! luck, against a pure model. After each step every invariant holds; in the end every fen and every
//! piece is where the model says.
//!
//! `LIFE_STEPS` says how many steps on each engine (500 unless given), `LIFE_SEED` repeats a run.

mod model;
mod world;

use self::world::World;
use crate::support::TestApp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// A new mall after so many steps: lists stay short, and each begins with empty tables.
const STEPS_OF_A_WORLD: u64 = 250;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

/// Discounts, so that nothing divides evenly; and no second person, who has tests of their own.
const SETTINGS: &[(&str, &str)] = &[
    ("JISHI_TRADE__REDUCE_FROM", "20000"),
    ("JISHI_TRADE__REDUCE_BY", "1333"),
    ("JISHI_SECURITY__ACCESS_TOKEN", "99999999"),
    ("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "0"),
];

async fn live(postgres: bool) {
    let seed = number("LIFE_SEED").unwrap_or_else(rand::random);
    let steps = number("LIFE_STEPS").unwrap_or(500);
    println!("LIFE_SEED={seed} LIFE_STEPS={steps}");
    let mut seeds = StdRng::seed_from_u64(seed);
    let mut done = 0;
    while done < steps {
        let app =
            if postgres { TestApp::postgres(SETTINGS).await } else { Some(TestApp::sqlite(SETTINGS).await) };
        let Some(app) = app else { return };
        let part = STEPS_OF_A_WORLD.min(steps - done);
        let mut world = World::new(app, seeds.random()).await;
        for _ in 0..part {
            world.step().await;
        }
        world.come_to_rest().await;
        done += part;
        println!("{done} of {steps} steps: {}", world.summary());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_live_as_they_should_on_sqlite() {
    live(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_live_as_they_should_on_postgres() {
    live(true).await;
}
