//! A day's reconciliation as an accountant reads it.

use super::store::{self, Sums};
use crate::base::{Day, Result, TenantId};
use crate::flow::wechat::Gateway;
use crate::infra::db::Conn;
use crate::infra::sheet::{Cell, Sheet};
use crate::mall::bill::{self, Bill, BillKind, Class, Difference, DifferenceState, Resolution, Subject};
use std::collections::HashMap;
use uuid::Uuid;

const HEADINGS: &[&str] = &[
    "账单日期",
    "差异编号",
    "差异类别",
    "对象",
    "单号",
    "我方金额(元)",
    "微信金额(元)",
    "差额(元)",
    "我方状态",
    "微信状态",
    "账单行数",
    "处理状态",
    "处理结果",
    "负责人",
    "备注",
    "发现时间",
    "处理时间",
];

/// Everything about one day.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) shop: String,
    pub(super) mch_id: String,
    pub(super) day: Day,
    pub(super) bills: Vec<Bill>,
    pub(super) ours: Sums,
    pub(super) differences: Vec<Difference>,
    operators: HashMap<Uuid, String>,
}

impl Report {
    pub(super) async fn load(db: &mut Conn, tenant: TenantId, gateway: &Gateway, day: Day) -> Result<Self> {
        Ok(Self {
            shop: gateway.name.clone(),
            mch_id: gateway.mch_id.clone(),
            day,
            bills: bill::bills_of(db, tenant, day).await?,
            ours: store::sums(db, tenant, &gateway.mch_id, (day.start(), day.end())).await?,
            differences: bill::of_day(db, tenant, day).await?,
            operators: store::operators(db, tenant).await?.into_iter().collect(),
        })
    }

    /// The bill of a kind, if a run has wanted it.
    pub(super) fn bill(&self, kind: BillKind) -> Option<&Bill> {
        self.bills.iter().find(|bill| bill.kind == kind)
    }

    /// How many cases of a class there are, and how many of them are open.
    pub(super) fn count(&self, class: Class) -> (usize, usize) {
        let of_it = || self.differences.iter().filter(|case| case.class == class);
        (of_it().count(), of_it().filter(|case| case.state == DifferenceState::Open).count())
    }

    /// The name of who sees to a case.
    pub(super) fn owner(&self, case: &Difference) -> Option<&str> {
        self.operators.get(&case.owner_id?.uuid()).map(String::as_str)
    }

    /// One row per difference, for a spreadsheet.
    pub(super) fn csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut sheet = Sheet::with_headings(HEADINGS)?;
        for case in &self.differences {
            sheet.row(&self.cells(case))?;
        }
        sheet.into_bytes()
    }

    fn cells(&self, case: &Difference) -> [Cell; 17] {
        [
            Cell::Text(case.day.to_string()),
            Cell::Text(case.id.to_string()),
            Cell::Text(class(case.class).to_owned()),
            Cell::Text(subject(case.subject).to_owned()),
            Cell::Text(case.number.clone()),
            Cell::yuan(case.ours),
            Cell::yuan(case.theirs),
            Cell::Yuan(case.gap()),
            Cell::text(case.our_state.as_ref()),
            Cell::text(case.their_state.as_ref()),
            Cell::Number(case.lines),
            Cell::Text(state(case.state).to_owned()),
            Cell::text(case.resolution.map(resolution)),
            Cell::text(self.owner(case)),
            Cell::text(case.note.as_ref()),
            Cell::Text(local(case.found_at)),
            Cell::text(case.resolved_at.map(local)),
        ]
    }
}

/// A moment by the clock in China.
pub(super) fn local(moment: crate::base::Timestamp) -> String {
    moment.in_china().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The class in Chinese.
pub(super) fn class(class: Class) -> &'static str {
    match class {
        Class::OnlyWechat => "微信有，我方无",
        Class::OnlyUs => "我方有，微信无",
        Class::Amount => "金额不一致",
        Class::State => "状态不一致",
        Class::Fee => "手续费不一致",
    }
}

/// The subject in Chinese.
pub(super) fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Payment => "支付",
        Subject::Refund => "退款",
        Subject::Movement => "其他资金变动",
        Subject::Fees => "当日手续费",
    }
}

/// The state of a case in Chinese.
pub(super) fn state(state: DifferenceState) -> &'static str {
    match state {
        DifferenceState::Open => "待处理",
        DifferenceState::Resolved => "已处理",
    }
}

/// What became of a case, in Chinese.
pub(super) fn resolution(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Delivered => "已核实收款，订单照常履约",
        Resolution::Refunded => "已核实，款项原路退回",
        Resolution::Booked => "已记入待查科目",
        Resolution::Explained => "已说明原因，无需入账",
    }
}
