//! The one integration binary. Every test that touches the database runs on SQLite and, when
//! `./test` has started them, on PostgreSQL and Redis.
#![expect(clippy::disallowed_methods, reason = "tests read where ./test started its servers")]

mod support;

mod after_sale_limits;
mod after_sale_money;
mod after_sales;
mod bills;
mod bills_command;
mod bought;
mod buying;
mod callbacks;
mod contract;
mod corrections;
mod freight;
mod hangups;
mod images;
mod input;
mod invariants;
mod jobs;
mod life;
mod lists;
mod login;
mod notices;
mod outages;
mod people;
mod process;
mod pushes;
mod races;
mod redirections;
mod refunds;
mod restart;
mod schema;
mod shipping;
mod sql;
mod tidy;
mod timeline;
