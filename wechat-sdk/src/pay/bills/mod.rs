//! Bills: what WeChat Pay has booked on a day, checked and read row by row.
//!
//! ```no_run
//! # async fn books(merchant: wechat_sdk::Merchant) -> Result<(), wechat_sdk::Error> {
//! use chrono::NaiveDate;
//! use wechat_sdk::pay::bills::GetTradeBill;
//!
//! let day = NaiveDate::from_ymd_opt(2026, 1, 2).expect("a day");
//! let mut bill = match merchant.bill(&GetTradeBill::new(day)).await {
//!     Err(error) if error.has_code("NO_STATEMENT_EXIST") => return Ok(()),
//!     bill => bill?,
//! };
//! while let Some(row) = bill.next().await? {
//!     println!("{} {:?}", row.out_trade_no, row.order_amount);
//! }
//! // Only now the digest of the file is known to be right: nothing is to be booked before.
//! # Ok(())
//! # }
//! ```

mod columns;
mod money;
mod rows;
mod stream;

use chrono::NaiveDate;

pub use columns::Columns;
pub use money::MilliFen;
pub use rows::{BillRow, Direction, FlowRow, RefundColumns, TradeRow};
pub use stream::Bill;

use super::client::Merchant;
use super::files::path_of;
use crate::error::{DecodeError, Error, Outcome};
use crate::media::File;
use crate::operation::{Operation, PayOperation};
use crate::secret::Secret;
use crate::{BadAnswer, answer, open_enum, pay_call};

/// A call that tells where a bill is.
pub trait BillOperation: PayOperation<Output = BillAddress> {
    /// What a row of it is.
    type Row: BillRow;
}

/// The payments and refunds of a day, by the merchant's and WeChat Pay's numbers. Ready at ten o'clock of the next
/// day, kept for three months.
///
/// # Errors
/// `NO_STATEMENT_EXIST`: nothing happened that day; `STATEMENT_CREATING`: try again in half an hour.
#[pay_call(GET "/v3/bill/tradebill", Read -> BillAddress, page = "4013071227")]
pub struct GetTradeBill {
    /// Which day, at +08:00.
    bill_date: NaiveDate,
    /// Which rows; all of them if not set.
    bill_type: Option<TradeBillType>,
    #[fixed("GZIP")]
    tar_type: &'static str,
}

impl BillOperation for GetTradeBill {
    type Row = TradeRow;
}

/// Which rows a trade bill has.
#[open_enum]
pub enum TradeBillType {
    /// Payments and refunds.
    All,
    /// Payments.
    Success,
    /// Refunds.
    Refund,
}

/// What went in and out of an account of the merchant on a day. Three calls a second; else as [`GetTradeBill`].
#[pay_call(GET "/v3/bill/fundflowbill", Read -> BillAddress, page = "4013071235")]
pub struct GetFundFlowBill {
    /// Which day, at +08:00.
    bill_date: NaiveDate,
    /// Which account; the basic one if not set. Transfers to users are booked in [`AccountType::Operation`].
    account_type: Option<AccountType>,
    #[fixed("GZIP")]
    tar_type: &'static str,
}

impl BillOperation for GetFundFlowBill {
    type Row = FlowRow;
}

/// An account of a merchant.
#[open_enum]
pub enum AccountType {
    /// The basic one.
    Basic,
    /// For operations.
    Operation,
    /// For fees.
    Fees,
}

/// What was shared on a day. Its address lives for thirty seconds only; else as [`GetTradeBill`]. The columns are not
/// documented: rows are [`Columns`] by name.
#[pay_call(GET "/v3/profitsharing/bills", Read -> BillAddress, page = "4012529628")]
pub struct GetSharingBill {
    /// Which day, at +08:00.
    bill_date: NaiveDate,
    #[fixed("GZIP")]
    tar_type: &'static str,
}

impl BillOperation for GetSharingBill {
    type Row = Columns;
}

/// Where a bill is and what its digest must be.
#[answer]
pub struct BillAddress {
    /// `SHA1`.
    pub hash_type: String,
    /// Hex.
    pub hash_value: String,
    /// Lives five minutes. Only the merchant's signed request gets the file.
    pub download_url: Secret,
}

/// A bill as one file. [`Merchant::bill`] reads it in pieces and checks it.
#[pay_call(GET "/v3/billdownload/file", Read -> File, page = "4013071238", unsigned = true)]
pub struct DownloadBill {
    /// The parameter of the address.
    token: Secret,
    /// The parameter of the address, if it has one.
    tartype: Option<String>,
}

impl Merchant {
    /// Opens a bill.
    ///
    /// # Errors
    /// Those of the call; an address that cannot be used.
    pub async fn bill<O: BillOperation>(&self, operation: &O) -> Result<Bill<O::Row>, Error> {
        let address = self.send(operation).await?;
        if address.hash_type != "SHA1" {
            let bad = BadAnswer::because("the digest of the bill is of another kind than SHA1");
            return Err(DecodeError::new(O::NAME, bad, Outcome::Done).into());
        }
        let body = self.stream(path_of(&address.download_url)?).await?;
        Ok(Bill::new(DownloadBill::NAME, body, &address.hash_value))
    }
}
