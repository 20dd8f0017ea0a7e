//! Bills, and the books they are compared with.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use wechat_sim::{EntryKind, PayOptions, RefundStatus};

use crate::support::{MCHID, NOWHERE, Reply, Shop, client, refund, shop, shop_with};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What life shows, in milliseconds since the start of its day in Beijing, and that start.
async fn life(shop: &Shop) -> (i64, i64) {
    let now = shop.control("clock", &json!({})).await.1["now_millis"].as_i64().unwrap();
    let since = (now + 8 * HOUR).rem_euclid(DAY);
    (since, now - since)
}

/// Moves life to an hour of a day that many days from today, and answers today's date.
pub async fn to(shop: &Shop, days: i64, hour: i64) -> String {
    let (since, start) = life(shop).await;
    let by = days * DAY + hour * HOUR - since;
    shop.sim.advance(Duration::from_millis(u64::try_from(by).unwrap())).unwrap();
    date(start + days * DAY)
}

pub fn date(start: i64) -> String {
    let day = chrono::DateTime::from_timestamp_millis(start + 8 * HOUR).unwrap();
    day.format("%Y-%m-%d").to_string()
}

pub async fn ask(shop: &Shop, bill: &str) -> Reply {
    shop.call("GET", &format!("/v3/{bill}"), "").await
}

pub async fn trade(shop: &Shop, date: &str) -> Reply {
    ask(shop, &format!("bill/tradebill?bill_date={date}")).await
}

/// Path and query of the link, which begins with the address that was asked.
pub fn target(shop: &Shop, link: &Value) -> String {
    let url = link["download_url"].as_str().unwrap();
    url.strip_prefix(&shop.sim.base_url()).expect("the address that was asked").to_owned()
}

pub async fn download(shop: &Shop, asked: &Reply) -> String {
    assert_eq!(asked.status, 200, "{:?}", asked.json());
    let file = shop.call("GET", &target(shop, &asked.json()), "").await;
    assert_eq!(file.status, 200, "{:?}", file.json());
    String::from_utf8(file.body.to_vec()).unwrap()
}

pub fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

pub type Line = HashMap<String, String>;

/// The detail lines and the line of totals.
pub fn read(text: &str) -> (Vec<Line>, Line) {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').trim_end().split("\r\n").collect();
    let (totals, details) = lines.split_at(lines.len() - 2);
    let pair = |header: &str, line: &str| {
        let cells = line.split(',').map(|cell| cell.strip_prefix('`').unwrap().to_owned());
        header.split(',').map(str::to_owned).zip(cells).collect::<Line>()
    };
    (totals[1..].iter().map(|line| pair(totals[0], line)).collect(), pair(details[0], details[1]))
}

pub fn column<'a>(lines: &'a [Line], name: &str) -> Vec<&'a str> {
    lines.iter().map(|line| line[name].as_str()).collect()
}

pub async fn paid(shop: &Shop, number: &str, total: i64) {
    shop.prepaid(number, total, NOWHERE).await;
    shop.sim.pay(MCHID, number).unwrap();
}

/// Noon of a day: an order of 99 yuan, one of 10 with a coupon of 4, and half of the first refunded.
pub async fn day_of_business(shop: &Shop) -> String {
    let date = to(shop, 1, 12).await;
    paid(shop, "order-0001", 9900).await;
    shop.prepaid("order-0002", 1000, NOWHERE).await;
    let coupon = PayOptions { payer_total: Some(600), ..PayOptions::default() };
    shop.sim.pay_with(MCHID, "order-0002", &coupon).unwrap();
    shop.sim.advance(Duration::from_mins(1)).unwrap();
    assert_eq!(shop.refund(&refund("order-0001", "r1", 5000, 9900)).await.status, 200);
    shop.sim.advance(Duration::from_secs(2)).unwrap();
    assert_eq!(shop.sim.refunds()[0].status, RefundStatus::Success);
    date
}

#[tokio::test]
async fn a_trade_bill_shows_payments_and_refunds_of_the_day() {
    let shop = shop().await;
    let date = day_of_business(&shop).await;
    to(&shop, 1, 10).await;
    let asked = trade(&shop, &date).await;
    let answer = asked.json();
    assert_eq!(answer.as_object().unwrap().len(), 3);
    assert_eq!(answer["hash_type"], "SHA1");
    let file = shop.call("GET", &target(&shop, &answer), "").await;
    assert_eq!(answer["hash_value"], sha1(&file.body));
    assert!(!file.headers["content-type"].to_str().unwrap().contains("application/json"));
    assert!(
        !file.headers.contains_key("wechatpay-signature") && !file.headers.contains_key("content-encoding")
    );
    let (lines, totals) = read(std::str::from_utf8(&file.body).unwrap());
    assert_eq!(lines[0].len(), 27);
    assert_eq!(column(&lines, "商户订单号"), ["order-0001", "order-0002", "order-0001"]);
    assert_eq!(column(&lines, "交易状态"), ["SUCCESS", "SUCCESS", "REFUND"]);
    assert_eq!(column(&lines, "订单金额"), ["99.00", "10.00", "0.00"]);
    assert_eq!(column(&lines, "应结订单金额"), ["99.00", "10.00", "0.00"]);
    assert_eq!(column(&lines, "代金券金额"), ["0.00", "4.00", "0.00"]);
    assert_eq!(column(&lines, "手续费"), ["0.59000", "0.06000", "-0.30000"]);
    assert_eq!(column(&lines, "商户退款单号"), ["0", "0", "r1"]);
    assert_eq!(column(&lines, "退款状态"), ["", "", "SUCCESS"]);
    assert_eq!(lines[0]["交易时间"], format!("{date} 12:00:00"));
    assert_eq!(lines[2]["交易时间"], format!("{date} 12:01:00"));
    assert_eq!((totals["总交易单数"].as_str(), totals["订单总金额"].as_str()), ("3", "109.00"));
    let fees: i64 = shop.sim.ledger_on(MCHID, &date).iter().map(|entry| entry.fee).sum();
    assert_eq!((totals["手续费总金额"].as_str(), fees), ("0.35", 35));
}

#[tokio::test]
async fn a_trade_bill_can_hold_one_kind_of_lines() {
    let shop = shop().await;
    let date = day_of_business(&shop).await;
    to(&shop, 1, 10).await;
    for (kind, columns, count) in [("SUCCESS", 20, 2), ("REFUND", 29, 1), ("ALL", 27, 3)] {
        let asked = ask(&shop, &format!("bill/tradebill?bill_date={date}&bill_type={kind}")).await;
        let (lines, _) = read(&download(&shop, &asked).await);
        assert_eq!((lines.len(), lines[0].len()), (count, columns), "{kind}");
    }
    let packed = ask(&shop, &format!("bill/tradebill?bill_date={date}&tar_type=GZIP")).await.json();
    let file = shop.call("GET", &target(&shop, &packed), "").await;
    assert!(file.body.starts_with(&[0x1f, 0x8b]) && !file.headers.contains_key("content-encoding"));
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&file.body[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(packed["hash_value"], sha1(&plain));
}

#[tokio::test]
async fn a_refund_stands_on_the_day_it_was_asked_for_as_it_was_when_the_bill_was_made() {
    let shop = shop_with(|settings| settings.refund_delay = Duration::from_hours(48)).await;
    to(&shop, 1, 12).await;
    paid(&shop, "order-0001", 9900).await;
    let date = to(&shop, 1, 12).await;
    assert_eq!(shop.refund(&refund("order-0001", "r1", 5000, 9900)).await.status, 200);
    to(&shop, 3, 12).await;
    assert_eq!(shop.sim.refunds()[0].status, RefundStatus::Success);
    let (lines, _) = read(&download(&shop, &trade(&shop, &date).await).await);
    assert_eq!((column(&lines, "退款状态"), column(&lines, "退款金额")), (vec!["PROCESSING"], vec!["50.00"]));
    let flow = ask(&shop, &format!("bill/fundflowbill?bill_date={date}")).await;
    assert_eq!(flow.code(), "NO_STATEMENT_EXIST");
}

#[tokio::test]
async fn the_fund_flow_follows_the_books_with_a_running_balance() {
    let shop = shop().await;
    let first = day_of_business(&shop).await;
    let second = to(&shop, 1, 12).await;
    paid(&shop, "order-0003", 1).await;
    to(&shop, 1, 10).await;
    let flow = |date: &str| format!("bill/fundflowbill?bill_date={date}");
    let (lines, totals) = read(&download(&shop, &ask(&shop, &flow(&first)).await).await);
    assert_eq!(lines[0].len(), 11);
    let parts = ["交易", "扣除交易手续费", "交易", "扣除交易手续费", "退款"];
    assert_eq!(column(&lines, "业务类型"), parts);
    assert_eq!(column(&lines, "收支金额(元)"), ["99.00", "0.59", "10.00", "0.06", "49.70"]);
    assert_eq!(column(&lines, "账户结余(元)"), ["99.00", "98.41", "108.41", "108.35", "58.65"]);
    assert_eq!(lines[4]["备注"], "退款总金额 50.00 元;含手续费 0.30 元");
    assert_eq!((lines[4]["业务凭证号"].as_str(), totals["支出笔数"].as_str()), ("r1", "3"));
    let (lines, _) = read(&download(&shop, &ask(&shop, &flow(&second)).await).await);
    assert_eq!(column(&lines, "账户结余(元)"), ["58.66"]);
    for account in ["OPERATION", "FEES"] {
        let asked = ask(&shop, &format!("{}&account_type={account}", flow(&first))).await;
        assert_eq!(asked.code(), "NO_STATEMENT_EXIST", "{account}");
    }
    assert_eq!(
        ask(&shop, &format!("profitsharing/bills?bill_date={first}")).await.code(),
        "NO_STATEMENT_EXIST"
    );
}

#[tokio::test]
async fn parameters_are_checked() {
    let shop = shop().await;
    let today = to(&shop, 1, 12).await;
    let (_, start) = life(&shop).await;
    let tomorrow = date(start + DAY);
    let yesterday = date(start - DAY);
    let ancient = date(start - 93 * DAY);
    for (query, field) in [
        (String::new(), "bill_date"),
        ("bill_date=20260102".to_owned(), "bill_date"),
        ("bill_date=2026-02-30".to_owned(), "bill_date"),
        (format!("bill_date={today}"), "bill_date"),
        (format!("bill_date={tomorrow}"), "bill_date"),
        (format!("bill_date={ancient}"), "bill_date"),
        (format!("bill_date={yesterday}&bill_type=REVOKED"), "bill_type"),
        (format!("bill_date={yesterday}&tar_type=ZIP"), "tar_type"),
    ] {
        let reply = ask(&shop, &format!("bill/tradebill?{query}")).await;
        assert_eq!(
            (reply.status, reply.code().as_str(), reply.field().as_str()),
            (400, "PARAM_ERROR", field),
            "{query}"
        );
    }
    let wrong = ask(&shop, &format!("bill/fundflowbill?bill_date={yesterday}&account_type=ALL")).await;
    assert_eq!((wrong.code().as_str(), wrong.field().as_str()), ("PARAM_ERROR", "account_type"));
    let partner = ask(&shop, &format!("profitsharing/bills?bill_date={yesterday}&sub_mchid=19")).await;
    assert_eq!((partner.status, partner.code().as_str()), (403, "NO_AUTH"));
    let none = trade(&shop, &yesterday).await;
    assert_eq!((none.status, none.code().as_str()), (400, "NO_STATEMENT_EXIST"));
}

#[tokio::test]
async fn a_bill_is_ready_at_ten_of_the_next_day() {
    let shop = shop().await;
    let date = to(&shop, 1, 23).await;
    paid(&shop, "order-0001", 100).await;
    to(&shop, 1, 9).await;
    let early = trade(&shop, &date).await;
    assert_eq!((early.status, early.code().as_str()), (400, "STATEMENT_CREATING"));
    to(&shop, 0, 10).await;
    assert_eq!(trade(&shop, &date).await.status, 200);
    let late = shop_with(|settings| settings.bill_hour = 17).await;
    let date = to(&late, 1, 23).await;
    to(&late, 1, 16).await;
    assert_eq!(trade(&late, &date).await.code(), "STATEMENT_CREATING");
}

#[tokio::test]
async fn links_end_and_belong_to_one_merchant() {
    let shop = shop().await;
    let date = day_of_business(&shop).await;
    to(&shop, 1, 10).await;
    let link = target(&shop, &trade(&shop, &date).await.json());
    let kit = shop.sim.merchant("1900000002").await;
    let other = Shop { sim: shop.sim.clone(), clock: Arc::clone(&shop.clock), kit, http: client() };
    let foreign = other.call("GET", &link, "").await;
    assert_eq!((foreign.status, foreign.code().as_str()), (403, "NO_AUTH"));
    assert_eq!(trade(&other, &date).await.code(), "NO_STATEMENT_EXIST");
    assert_eq!(shop.send("GET", &link, "", "nothing").await.status, 401);
    shop.sim.advance(Duration::from_secs(299)).unwrap();
    assert_eq!(shop.call("GET", &link, "").await.status, 200);
    shop.sim.advance(Duration::from_secs(2)).unwrap();
    assert_eq!(shop.call("GET", &link, "").await.code(), "INVALID_REQUEST");
    for wrong in ["/v3/billdownload/file", "/v3/billdownload/file?token=unknown"] {
        let reply = shop.call("GET", wrong, "").await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", "token"));
    }
}

#[tokio::test]
async fn the_books_can_be_cut_by_merchant_and_day() {
    let shop = shop().await;
    let first = day_of_business(&shop).await;
    let second = to(&shop, 1, 0).await;
    paid(&shop, "order-0003", 100).await;
    let books = async |query: &str| -> Value {
        let url = format!("{}/_control/ledger{query}", shop.sim.base_url());
        shop.http.get(url).send().await.unwrap().json().await.unwrap()
    };
    let day = books(&format!("?mchid={MCHID}&date={first}")).await;
    assert_eq!(day["ledger"].as_array().unwrap().len(), 3);
    let payments = json!({"kind": "payment", "count": 2, "amount": 10_900, "cash": 10_500, "fee": 65});
    let refunds = json!({"kind": "refund", "count": 1, "amount": -5000, "cash": -5000, "fee": -30});
    assert_eq!(day["totals"], json!([payments, refunds]));
    assert_eq!(books(&format!("?date={second}")).await["ledger"][0]["number"], "order-0003");
    assert_eq!(books("").await["ledger"].as_array().unwrap().len(), 4);
    assert_eq!(books("?mchid=1900000002").await, json!({"ledger": [], "totals": []}));
    assert_eq!(books("?date=today").await["code"], "INVALID_REQUEST");
    assert_eq!(shop.sim.ledger_on(MCHID, &second)[0].kind, EntryKind::Payment);
    assert_eq!(shop.sim.ledger_totals(MCHID)[0].amount, 11_000);
}

#[tokio::test]
async fn a_failed_refund_stands_in_the_bill_and_not_in_the_books() {
    let shop = shop().await;
    let date = to(&shop, 1, 12).await;
    paid(&shop, "order-0001", 9900).await;
    for (number, outcome) in [("r1", RefundStatus::Closed), ("r2", RefundStatus::Abnormal)] {
        shop.sim.refund_outcome(outcome);
        assert_eq!(shop.refund(&refund("order-0001", number, 1000, 9900)).await.status, 200);
        shop.sim.advance(Duration::from_secs(2)).unwrap();
        assert_eq!(shop.sim.refunds().last().unwrap().status, outcome);
    }
    to(&shop, 1, 10).await;
    let asked = ask(&shop, &format!("bill/tradebill?bill_date={date}&bill_type=REFUND")).await;
    let (lines, _) = read(&download(&shop, &asked).await);
    assert_eq!(column(&lines, "退款状态"), ["FAIL", "CHANGE"]);
    assert_eq!(column(&lines, "退款成功时间"), ["", ""]);
    assert_eq!(column(&lines, "手续费"), ["0.00000", "-0.06000"]);
    assert_eq!(shop.sim.ledger_of(MCHID).len(), 1);
}
