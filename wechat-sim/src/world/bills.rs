//! Bills that were made, and what is special about them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many decimals the fee of a detail line has: the documentation says two, real files show five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillFees {
    /// `0.59`
    Two,
    /// `0.59000`
    #[default]
    Five,
}

/// Which columns a trade bill has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillColumns {
    /// 27, 20 or 29 of them, as documented.
    #[default]
    Current,
    /// The current names without 订单金额, 申请退款金额 and 费率备注. UNCONFIRMED.
    Short,
    /// What the oldest merchants get: as `Short`, and the amounts are called 总金额 and 代金券或立减优惠金额.
    Early,
}

/// Where a fund flow bill shows the fee that a refund gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillReturnedFees {
    /// The refund takes that much less, and its remark says so.
    #[default]
    Remark,
    /// As a line of its own, 退还交易手续费.
    Line,
}

/// What differs between real bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BillStyle {
    /// Whether the file opens with a byte order mark.
    pub bom: bool,
    /// The decimals of fees.
    pub fees: BillFees,
    /// The columns of trade bills.
    pub columns: BillColumns,
    /// Whether the figures of the summary end after their last digit that counts: `45.0`, `0.0`, `0.47`.
    pub shortest_summary: bool,
    /// Whether a comma of a fund flow remark stays a comma. UNCONFIRMED; only who splits at a comma with a
    /// backtick behind it can read such a line.
    pub bare_commas: bool,
    /// Where a fund flow bill shows the fee that a refund gives back.
    pub returned_fees: BillReturnedFees,
}

impl Default for BillStyle {
    fn default() -> Self {
        Self {
            bom: true,
            fees: BillFees::Five,
            columns: BillColumns::Current,
            shortest_summary: false,
            bare_commas: false,
            returned_fees: BillReturnedFees::Remark,
        }
    }
}

/// Which bill of a day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillKind {
    /// Payments and refunds.
    Trade,
    /// The movements of the account BASIC.
    FundFlow,
    /// The movements of the account OPERATION.
    OperationFundFlow,
    /// Profit sharing.
    Sharing,
}

impl BillKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Trade => "trade",
            Self::FundFlow => "fund_flow",
            Self::OperationFundFlow => "operation_fund_flow",
            Self::Sharing => "sharing",
        }
    }
}

/// How a bill is made to differ from what happened. Lines are details, counted from 1; the summary follows
/// the changed lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BillTamper {
    /// Leaves a line out.
    DropLine(usize),
    /// Has a line a second time, at the end.
    RepeatLine(usize),
    /// Adds so many fen to the amounts of a line.
    ChangeAmount {
        /// The line.
        line: usize,
        /// Negative takes away.
        by: i64,
    },
    /// Adds a line, of so many fen, that nobody asked for.
    Stranger(i64),
    /// Puts one text for another everywhere in the file; nothing follows it.
    Replace {
        /// What stands there.
        from: String,
        /// What is to stand there.
        to: String,
    },
    /// The announced hash is not that of the file.
    WrongHash,
    /// Only the first half of the file is sent; the announced hash is that of the whole.
    Cut,
}

/// The bills of one kind and day of a merchant, once they were made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct BillDay {
    pub(crate) style: BillStyle,
    pub(crate) tampers: Vec<BillTamper>,
    /// By `bill_type`; under an empty name where there is only one.
    pub(crate) files: BTreeMap<String, BillFile>,
}

/// A bill as it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BillFile {
    pub(crate) text: String,
    /// Lower-case hex of the SHA-1 that is announced.
    pub(crate) hash: String,
}

/// What a download link stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BillTicket {
    pub(crate) mchid: String,
    /// Key of the [`BillDay`].
    pub(crate) day: String,
    /// The name of the file in it.
    pub(crate) file: String,
    pub(crate) expires_at: i64,
}
