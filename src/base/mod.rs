//! The words of the trade. Nothing here touches a network, a disk or a clock of its own.
//!
//! | word | is |
//! |---|---|
//! | [`Money`] | whole fen, checked arithmetic |
//! | [`Timestamp`], [`Clock`] | UTC milliseconds, and where they come from |
//! | [`Day`] | a day in China, as bills count them |
//! | [`id!`](crate::id) | one type per table: `UUIDv7` inside, `prefix_base32` outside |
//! | [`Text`], [`Phone`], [`Quantity`] | input that is valid once it exists |
//! | [`Problem`], [`Code`], [`Error`] | what a request can end in besides success |
//! | [`Page`], [`Paging`] | lists |

mod actor;
mod day;
pub mod id;
mod ids;
mod money;
mod page;
mod problem;
mod text;
mod time;

pub use self::actor::{Actor, By};
pub use self::day::Day;
pub use self::ids::*;
pub use self::money::Money;
pub use self::page::{Page, Paging};
pub use self::problem::{Code, Error, FieldError, Problem, Result};
pub use self::text::{Phone, Quantity, Text};
pub use self::time::{Clock, ManualClock, SystemClock, Timestamp};
