//! Differences in their table.

mod store;

pub(super) use self::store::list;
pub use self::store::{
    count_open, difference, lock_difference, of_day, open_by_rule, open_count_of_day, payments_lacking,
    record, resolve, take,
};
