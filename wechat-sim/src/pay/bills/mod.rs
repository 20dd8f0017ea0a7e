//! Bills: the files of a day, their links, and what makes them differ from what happened.

pub(crate) mod file;
pub(crate) mod fund_flow;
mod fund_rows;
pub(crate) mod make;
mod rows;
mod serve;
pub(crate) mod sharing;
mod tamper;
pub(crate) mod trade;
pub(crate) mod trade_columns;
pub(crate) mod trade_row;

pub(crate) use serve::OPERATIONS;
