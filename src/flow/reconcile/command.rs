//! `jishi reconcile`: the same run for whoever sits at a terminal.

use super::{has_ended, run_day};
use crate::base::{Day, Money};
use crate::flow::Mall;
use crate::flow::wechat::Gateway;
use crate::mall::bill::{self, Bill, BillKind, Difference, DifferenceState};
use anyhow::ensure;
use std::sync::Arc;

/// Compares the bills of a day and prints what it found; `true` when everything agrees or is resolved.
/// Errors: there is no such tenant, and those of [`run_day`].
pub async fn run(mall: &Mall, day: Day, tenant: Option<&str>) -> anyhow::Result<bool> {
    let wanted = |gateway: &&Arc<Gateway>| tenant.is_none_or(|slug| gateway.slug == slug);
    let gateways: Vec<_> = mall.gateways.all().filter(wanted).collect();
    ensure!(!gateways.is_empty(), "the settings name no tenant {:?}", tenant.unwrap_or_default());
    let mut agreed = true;
    for gateway in gateways {
        agreed &= one(mall, gateway, day).await?;
    }
    Ok(agreed)
}

async fn one(mall: &Mall, gateway: &Gateway, day: Day) -> anyhow::Result<bool> {
    eprintln!("{}: fetching and comparing the bills of {day}", gateway.slug);
    let progress = |kind: BillKind, lines: i64| eprintln!("{}: {kind}, {lines} lines so far", gateway.slug);
    let bills = run_day(mall, gateway, day, &progress).await?;
    let cases = bill::of_day(&mut mall.core.db.read().await?, gateway.tenant_id, day).await?;
    bills.iter().for_each(print_bill);
    if !cases.is_empty() {
        println!(
            "{:<12} {:<9} {:<34} {:>12} {:>12}  {:<9} resolution",
            "class", "subject", "number", "ours", "theirs", "state"
        );
    }
    cases.iter().for_each(print_case);
    let open = cases.iter().filter(|case| case.state == DifferenceState::Open).count();
    println!("{}: {day}, {} differences, {open} open", gateway.slug, cases.len());
    Ok(open == 0 && bills.len() == BillKind::ALL.len() && bills.iter().all(has_ended))
}

fn print_bill(bill: &Bill) {
    let totals = &bill.totals;
    println!(
        "{:<9} {:<8} +{} ({}) -{} ({}), fees {} {}",
        bill.kind.as_str(),
        bill.state.as_str(),
        totals.income.yuan(),
        totals.incomes,
        totals.expense.yuan(),
        totals.expenses,
        totals.fees().yuan(),
        bill.last_error.as_deref().unwrap_or_default(),
    );
}

fn print_case(case: &Difference) {
    let yuan = |amount: Option<Money>| amount.map_or("-".to_owned(), Money::yuan);
    println!(
        "{:<12} {:<9} {:<34} {:>12} {:>12}  {:<9} {}",
        case.class.as_str(),
        case.subject.as_str(),
        case.number,
        yuan(case.ours),
        yuan(case.theirs),
        case.state.as_str(),
        case.resolution.map_or("", bill::Resolution::as_str),
    );
}
