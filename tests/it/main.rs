//! The one integration binary. Every test that touches the database runs on SQLite and, when
//! `./test` has started them, on PostgreSQL and Redis.
#![expect(clippy::disallowed_methods, reason = "tests read where ./test started its servers")]

mod support;

mod buying;
mod callbacks;
mod contract;
mod freight;
mod hangups;
mod input;
mod jobs;
mod lists;
mod login;
mod outages;
mod people;
mod process;
mod races;
mod restart;
mod schema;
mod sql;
mod tidy;
