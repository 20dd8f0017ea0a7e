//! Bills that look otherwise, and bills that differ from what happened.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wechat_sim::{BillColumns, BillFees, BillKind, BillStyle, BillTamper, Settings, Simulator};

use crate::bills::{ask, column, day_of_business, download, paid, read, sha1, target, to, trade};
use crate::support::{MCHID, Shop, client, shop, shop_with};

#[tokio::test]
async fn a_bill_stays_as_it_was_made_whatever_style_comes_later() {
    let shop = shop().await;
    let first = day_of_business(&shop).await;
    let second = to(&shop, 1, 12).await;
    paid(&shop, "order-0003", 100).await;
    to(&shop, 1, 10).await;
    let before = download(&shop, &trade(&shop, &first).await).await;
    let style = json!({"bom": false, "fees": "two", "columns": "early", "shortest_summary": true});
    let (status, set) = shop.control("bills/style", &style).await;
    assert_eq!((status, &set["columns"], &set["bare_commas"]), (200, &json!("early"), &json!(false)));
    assert_eq!(download(&shop, &trade(&shop, &first).await).await, before);
    assert!(before.starts_with('\u{feff}'));
    let later = download(&shop, &trade(&shop, &second).await).await;
    let (lines, totals) = read(&later);
    assert!(!later.starts_with('\u{feff}') && !lines[0].contains_key("订单金额"));
    assert_eq!((lines[0]["总金额"].as_str(), lines[0]["手续费"].as_str()), ("1.00", "0.01"));
    assert_eq!((totals["总交易额"].as_str(), totals["总交易单数"].as_str()), ("1.0", "1.0"));
    assert_eq!(shop.control("bills/style", &json!({"columns": "none"})).await.0, 400);
}

#[tokio::test]
async fn a_merchant_can_have_a_style_of_its_own() {
    let shop = shop().await;
    let date = day_of_business(&shop).await;
    let own = BillStyle { fees: BillFees::Two, columns: BillColumns::Short, ..BillStyle::default() };
    shop.sim.bill_style(Some(MCHID), own).unwrap();
    shop.sim.bill_style(None, BillStyle { bom: false, ..BillStyle::default() }).unwrap();
    to(&shop, 1, 10).await;
    let text = download(&shop, &trade(&shop, &date).await).await;
    let (lines, _) = read(&text);
    assert!(text.starts_with('\u{feff}'));
    assert_eq!((lines[0].len(), lines[0]["手续费"].as_str()), (24, "0.59"));
}

#[tokio::test]
async fn bills_differ_from_the_books_where_somebody_wants_them_to() {
    let shop = shop().await;
    let date = day_of_business(&shop).await;
    to(&shop, 1, 10).await;
    let right = download(&shop, &trade(&shop, &date).await).await;
    let does = json!([{"drop_line": 2}, {"change_amount": {"line": 1, "by": -100}}, {"stranger": 777}]);
    let command = json!({"mchid": MCHID, "bill": "trade", "date": date, "does": does});
    let (status, answer) = shop.control("bills/tamper", &command).await;
    assert_eq!(status, 200, "{answer}");
    let asked = trade(&shop, &date).await;
    let text = download(&shop, &asked).await;
    let (lines, totals) = read(&text);
    assert_eq!(asked.json()["hash_value"], sha1(text.as_bytes()));
    assert_eq!(column(&lines, "订单金额"), ["98.00", "0.00", "7.77"]);
    assert_eq!(totals["订单总金额"], "105.77");
    let numbers = column(&lines, "商户订单号");
    assert!(numbers[0] == "order-0001" && numbers[2].starts_with("STRANGER"), "{numbers:?}");
    assert_eq!(shop.sim.ledger_of(MCHID).len(), 3);
    let tampers =
        [BillTamper::Replace { from: "order-0001".into(), to: "order-1000".into() }, BillTamper::WrongHash];
    shop.sim.tamper_bill(MCHID, BillKind::Trade, &date, &tampers).unwrap();
    let asked = trade(&shop, &date).await;
    let text = download(&shop, &asked).await;
    assert_ne!(asked.json()["hash_value"], sha1(text.as_bytes()));
    assert_eq!(text, right.replace("order-0001", "order-1000"));
    shop.sim.tamper_bill(MCHID, BillKind::Trade, &date, &[]).unwrap();
    assert_eq!(download(&shop, &trade(&shop, &date).await).await, right);
}

#[tokio::test]
async fn a_line_can_come_twice_and_a_file_can_be_cut() {
    let shop = shop().await;
    let date = day_of_business(&shop).await;
    to(&shop, 1, 10).await;
    let (lines, totals) = read(&download(&shop, &trade(&shop, &date).await).await);
    shop.sim.tamper_bill(MCHID, BillKind::Trade, &date, &[BillTamper::RepeatLine(1)]).unwrap();
    let whole = download(&shop, &trade(&shop, &date).await).await;
    let (more, sums) = read(&whole);
    assert_eq!((more.len(), more.last()), (lines.len() + 1, lines.first()));
    assert_ne!(sums["订单总金额"], totals["订单总金额"]);
    shop.sim
        .tamper_bill(MCHID, BillKind::Trade, &date, &[BillTamper::RepeatLine(1), BillTamper::Cut])
        .unwrap();
    let asked = trade(&shop, &date).await;
    let half = download(&shop, &asked).await;
    assert!(whole.starts_with(&half) && half.len() < whole.len());
    assert_eq!(asked.json()["hash_value"], sha1(whole.as_bytes()));
}

#[tokio::test]
async fn every_kind_of_bill_can_be_tampered_with_once_its_day_is_over() {
    let shop = shop().await;
    let date = to(&shop, 1, 12).await;
    let command = |bill: &str, date: &str| json!({"mchid": MCHID, "bill": bill, "date": date, "does": [{"stranger": 5}, {"change_amount": {"line": 9, "by": 1}}]});
    assert_eq!(shop.control("bills/tamper", &command("trade", &date)).await.0, 400);
    to(&shop, 1, 8).await;
    assert_eq!(shop.control("bills/tamper", &command("trade", &date)).await.0, 400);
    to(&shop, 0, 10).await;
    for (bill, path, name) in [
        ("fund_flow", "bill/fundflowbill?account_type=BASIC&", "收支金额(元)"),
        ("operation_fund_flow", "bill/fundflowbill?account_type=OPERATION&", "收支金额(元)"),
        ("sharing", "profitsharing/bills?", "金额"),
    ] {
        assert_eq!(shop.control("bills/tamper", &command(bill, &date)).await.0, 200, "{bill}");
        let asked = ask(&shop, &format!("{path}bill_date={date}")).await;
        let (lines, _) = read(&download(&shop, &asked).await);
        assert_eq!(column(&lines, name), ["0.05"], "{bill}");
    }
    let link = target(&shop, &ask(&shop, &format!("profitsharing/bills?bill_date={date}")).await.json());
    shop.sim.advance(Duration::from_secs(31)).unwrap();
    assert_eq!(shop.call("GET", &link, "").await.code(), "INVALID_REQUEST");
    for wrong in [
        command("trade", "2026-1-1"),
        command("money", &date),
        json!({"mchid": "1", "bill": "trade", "date": date}),
    ] {
        assert!([400, 404].contains(&shop.control("bills/tamper", &wrong).await.0), "{wrong}");
    }
}

#[tokio::test]
async fn bills_and_links_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let shop = shop_with(|settings| settings.state_path = Some(state.clone())).await;
    let date = day_of_business(&shop).await;
    to(&shop, 1, 10).await;
    let asked = trade(&shop, &date).await;
    let (before, link) = (download(&shop, &asked).await, target(&shop, &asked.json()));
    shop.sim.bill_style(None, BillStyle { bom: false, ..BillStyle::default() }).unwrap();
    shop.sim.tamper_bill(MCHID, BillKind::FundFlow, &date, &[BillTamper::DropLine(1)]).unwrap();
    shop.sim.shutdown().await;
    let clock = Arc::clone(&shop.clock);
    let settings = Settings { state_path: Some(state), clock: clock.clone(), ..Settings::default() };
    let sim = Simulator::start(settings).await.unwrap();
    let again = Shop { sim, clock, kit: shop.kit, http: client() };
    assert_eq!(again.call("GET", &link, "").await.body, before);
    assert_eq!(download(&again, &trade(&again, &date).await).await, before);
    let flow = ask(&again, &format!("bill/fundflowbill?bill_date={date}")).await;
    let text = download(&again, &flow).await;
    assert!(!text.starts_with('\u{feff}'));
    assert_eq!(column(&read(&text).0, "收支金额(元)"), ["0.59", "10.00", "0.06", "49.70"]);
    again.sim.shutdown().await;
}
