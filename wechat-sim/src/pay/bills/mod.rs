//! The files behind `/v3/bill/tradebill`, `/v3/bill/fundflowbill` and `/v3/profitsharing/bills`.

pub(crate) mod file;
pub(crate) mod fund_flow;
pub(crate) mod sharing;
pub(crate) mod trade;
pub(crate) mod trade_columns;
pub(crate) mod trade_row;
