//! The bills of a day, streamed by the SDK and compared with what really moved.

use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use wechat_sdk::pay::bills::{
    AccountType, Direction, GetFundFlowBill, GetSharingBill, GetTradeBill, TradeBillType, TradeRow,
};
use wechat_sdk::pay::profit_sharing::{
    AddSharingReceiver, CreateSharing, QuerySharing, Relation, Share, SharingState,
};
use wechat_sdk::pay::refunds::CreateRefund;
use wechat_sdk::pay::transactions::JsapiPrepay;
use wechat_sdk::{Error, Fen, OutOrderNo, OutRefundNo, PayEvent, VerifyError};
use wechat_sim::{
    BillColumns, BillFees, BillKind, BillStyle, BillTamper, Clock as _, PayOptions, SystemClock,
};

use crate::support::{MCHID, Shop, app, shop, trade_no};

const DAY: i64 = 86_400_000;
const BEIJING: i64 = 8 * 3_600_000;

/// Two payments, one with a coupon, and a refund at noon of tomorrow; then it is noon of the day after.
async fn day_of_business() -> (Shop, NaiveDate) {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let (to_noon, day) = noon_of_tomorrow();
    shop.sim.advance(to_noon).unwrap();

    // Commas, quotes and line ends of names must not make two fields or two lines of one.
    shop.bought(&payer, shop.order("bill-0001", 9_900).attach("a,b \"c\" `d"), "bill-0001").await;
    shop.pay(JsapiPrepay::new(shop.order("bill-0002", 1_000), payer)).await;
    let coupon = PayOptions { payer_total: Some(600), ..PayOptions::default() };
    shop.sim.pay_with(MCHID, "bill-0002", &coupon).unwrap();
    shop.told().await;
    let url = shop.notify_url.as_str();
    let number = OutRefundNo::new("RB1").unwrap();
    let refund = CreateRefund::of_out_trade_no(trade_no("bill-0001"), number, Fen(5_000), Fen(9_900), url);
    shop.pay(refund).await;
    shop.sim.advance(Duration::from_secs(2)).unwrap();
    let PayEvent::Refund(_) = shop.told().await else { panic!("another notification") };
    shop.sim.advance(Duration::from_hours(24)).unwrap();
    (shop, day)
}

/// How long it takes until then, and the day.
fn noon_of_tomorrow() -> (Duration, NaiveDate) {
    let now = SystemClock.now_millis();
    let wait = DAY + DAY / 2 - (now + BEIJING).rem_euclid(DAY);
    let noon = DateTime::from_timestamp_millis(now + wait + BEIJING).unwrap();
    (Duration::from_millis(u64::try_from(wait).unwrap()), noon.date_naive())
}

async fn rows(shop: &Shop, call: GetTradeBill) -> Result<Vec<TradeRow>, Error> {
    let mut bill = shop.merchant.bill(&call).await?;
    let mut rows = vec![];
    while let Some(row) = bill.next().await? {
        rows.push(row);
    }
    assert!(bill.summary().is_some());
    Ok(rows)
}

fn check(shop: &Shop, day: NaiveDate, rows: &[TradeRow]) {
    let (back, paid): (Vec<&TradeRow>, Vec<&TradeRow>) = rows.iter().partition(|row| row.refund.is_some());
    let booked = shop.sim.ledger_on(MCHID, &day.to_string());
    let incoming: i64 = booked.iter().map(|entry| entry.amount).filter(|amount| *amount > 0).sum();
    let outgoing: i64 = booked.iter().map(|entry| entry.amount).filter(|amount| *amount < 0).sum();
    assert_eq!((incoming, outgoing), (10_900, -5_000));
    assert_eq!(paid.iter().map(|row| row.order_amount.map_or(0, |amount| amount.0)).sum::<i64>(), incoming);
    let refunded = |row: &&TradeRow| row.refund.as_ref().unwrap().refund_amount.0;
    assert_eq!(back.iter().map(refunded).sum::<i64>(), -outgoing);
    for entry in &booked {
        let same = |row: &&TradeRow| row.transaction_id.as_str() == entry.transaction_id;
        assert!(rows.iter().any(|row| same(&row)), "{entry:?} is in the bill");
    }
    // Fees are counted in thousandths of a fen here and in fen there.
    let fees: i64 = rows.iter().map(|row| row.fee.unwrap().0).sum();
    assert_eq!(fees, booked.iter().map(|entry| entry.fee * 1_000).sum::<i64>());
}

#[tokio::test]
async fn a_trade_bill_holds_what_moved_and_nothing_else() {
    let (shop, day) = day_of_business().await;
    let all = rows(&shop, GetTradeBill::new(day)).await.unwrap();
    assert_eq!(all.len(), 3);
    check(&shop, day, &all);
    let first = all.iter().find(|row| row.out_trade_no == trade_no("bill-0001")).unwrap();
    assert_eq!((first.trade_state.as_str(), first.currency.as_str()), ("SUCCESS", "CNY"));
    assert_eq!(first.goods_name.expose(), "一罐茶");
    // A comma cannot be told from a blank in a bill.
    assert_eq!(first.attach.expose().replace(',', " "), "a b \"c\" `d");
    assert_eq!(first.time.date_naive(), day);
    let paid = rows(&shop, GetTradeBill::new(day).bill_type(TradeBillType::Success)).await.unwrap();
    let back = rows(&shop, GetTradeBill::new(day).bill_type(TradeBillType::Refund)).await.unwrap();
    assert_eq!((paid.len(), back.len()), (2, 1));
    assert!(back[0].refund.as_ref().unwrap().success_time.is_some());
}

#[tokio::test]
async fn a_fund_flow_bill_adds_up_to_the_books() {
    let (shop, day) = day_of_business().await;
    let call = GetFundFlowBill::new(day).account_type(AccountType::Basic);
    let mut bill = shop.merchant.bill(&call).await.unwrap();
    let (mut sum, mut lines) = (0, 0);
    while let Some(row) = bill.next().await.unwrap() {
        sum += if row.direction == Direction::Income { row.amount.0 } else { -row.amount.0 };
        lines += 1;
    }
    let booked = shop.sim.ledger_on(MCHID, &day.to_string());
    // A coupon is paid to the merchant by whoever gave it away.
    let moved: i64 = booked.iter().map(|entry| (entry.amount - entry.fee) * 1_000).sum();
    assert!(lines >= 3 && bill.summary().is_some());
    assert_eq!(sum, moved, "{booked:?}");
}

#[tokio::test]
async fn shares_and_their_returns_are_in_a_bill_of_their_own() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let (to_noon, day) = noon_of_tomorrow();
    shop.sim.advance(to_noon).unwrap();
    let order = shop.order("bill-0003", 1_000).settle_info(true);
    let paid = crate::support::transaction(&shop.bought(&payer, order, "bill-0003").await);
    shop.sim.advance(Duration::from_mins(2)).unwrap();
    shop.pay(AddSharingReceiver::person(app(), payer.clone(), Relation::User)).await;
    let shares = [Share::to_person(payer, Fen(120), "返现,第一笔")];
    let number = OutOrderNo::new("PB1").unwrap();
    shop.pay(CreateSharing::new(paid.clone(), number.clone(), shares, true).appid(app())).await;
    shop.sim.advance(Duration::from_secs(5)).unwrap();
    assert_eq!(shop.pay(QuerySharing::new(number, paid)).await.state, SharingState::Finished);
    shop.sim.advance(Duration::from_hours(24)).unwrap();
    let mut bill = shop.merchant.bill(&GetSharingBill::new(day)).await.unwrap();
    let mut lines = vec![];
    while let Some(row) = bill.next().await.unwrap() {
        lines.push((row.get("商户分账/回退单号").unwrap().to_owned(), row.get("金额").unwrap().to_owned()));
    }
    assert!(lines.contains(&("PB1".to_owned(), "1.20".to_owned())), "{lines:?}");
    assert_eq!(bill.summary().unwrap().get("总条数"), Some(lines.len().to_string().as_str()));
}

#[tokio::test]
async fn bills_are_read_in_every_style_they_come_in() {
    let (shop, day) = day_of_business().await;
    for (bom, fees, shortest_summary) in
        [(true, BillFees::Two, false), (false, BillFees::Five, true), (true, BillFees::Five, true)]
    {
        let style = BillStyle { bom, fees, shortest_summary, ..BillStyle::default() };
        shop.sim.bill_style(Some(MCHID), style).unwrap();
        // Bills stay as they were made until they are made again.
        shop.sim.tamper_bill(MCHID, BillKind::Trade, &day.to_string(), &[]).unwrap();
        check(&shop, day, &rows(&shop, GetTradeBill::new(day)).await.unwrap());
    }
}

#[tokio::test]
async fn the_columns_of_old_merchants_are_read_as_far_as_they_say() {
    for columns in [BillColumns::Short, BillColumns::Early] {
        let (shop, day) = day_of_business().await;
        let style = BillStyle { columns, ..BillStyle::default() };
        shop.sim.bill_style(None, style).unwrap();
        let rows = rows(&shop, GetTradeBill::new(day)).await.unwrap();
        assert!(rows.len() >= 2 && rows.iter().all(|row| row.order_amount.is_none()), "{columns:?}");
    }
}

#[tokio::test]
async fn bills_come_in_the_morning_of_the_next_day() {
    let shop = shop().await;
    let today = DateTime::from_timestamp_millis(SystemClock.now_millis() + BEIJING).unwrap().date_naive();
    let early = shop.merchant.bill(&GetTradeBill::new(today)).await.unwrap_err();
    assert!(early.api().is_some(), "{early}");
    let none = shop.merchant.bill(&GetTradeBill::new(today - chrono::Days::new(3))).await.unwrap_err();
    assert!(none.has_code("NO_STATEMENT_EXIST"), "{none}");
}

#[tokio::test]
async fn a_bill_that_was_tampered_with_shows_the_difference() {
    let (shop, day) = day_of_business().await;
    let date = day.to_string();
    shop.sim.tamper_bill(MCHID, BillKind::Trade, &date, &[BillTamper::DropLine(1)]).unwrap();
    assert_eq!(rows(&shop, GetTradeBill::new(day)).await.unwrap().len(), 2);
    shop.sim.tamper_bill(MCHID, BillKind::Trade, &date, &[BillTamper::Stranger(77)]).unwrap();
    let with_stranger = rows(&shop, GetTradeBill::new(day)).await.unwrap();
    assert!(with_stranger.iter().any(|row| row.order_amount == Some(Fen(77))));
    shop.sim.tamper_bill(MCHID, BillKind::Trade, &date, &[BillTamper::WrongHash]).unwrap();
    let error = rows(&shop, GetTradeBill::new(day)).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted(VerifyError::Digest)), "{error}");
}
