//! Bills: whole, in pieces, packed, and not to be believed before the end.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::NaiveDate;
use http::{Request, Response};
use serde_json::json;
use wechat_sdk::pay::bills::{
    AccountType, Bill, Columns, Direction, DownloadBill, FlowRow, GetFundFlowBill, GetSharingBill,
    GetTradeBill, MilliFen, TradeBillType, TradeRow,
};
use wechat_sdk::pay::transactions::TradeType;
use wechat_sdk::{AnswerBody, Error, Fen, Merchant, Transport, TransportError, VerifyError};

use crate::support::*;

/// Gives the address of a bill, then the bill in pieces.
struct Office {
    hash: String,
    url: &'static str,
    pieces: Vec<Bytes>,
    seen: Mutex<Vec<Request<Bytes>>>,
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Office")
    }
}

struct Pieces(VecDeque<Bytes>);

#[async_trait]
impl AnswerBody for Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.0.pop_front())
    }
}

#[async_trait]
impl Transport for Office {
    async fn send(&self, request: Request<Bytes>) -> Answer {
        self.seen.lock().unwrap().push(request);
        signed(200, &json!({"hash_type": "SHA1", "hash_value": self.hash, "download_url": self.url}))
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<Box<dyn AnswerBody>>, TransportError> {
        self.seen.lock().unwrap().push(request);
        let body: Box<dyn AnswerBody> = Box::new(Pieces(self.pieces.clone().into()));
        Ok(Response::new(body))
    }
}

const URL: &str = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Bb&tartype=gzip";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn office(hash: String, file: &[u8], piece: usize) -> (Arc<Office>, Merchant) {
    let pieces = file.chunks(piece).map(Bytes::copy_from_slice).collect();
    let office = Arc::new(Office { hash, url: URL, pieces, seen: Mutex::default() });
    let net = Net::new(|_, _| panic!("the office answers"));
    let watch = Watch::at(NOW);
    let environment = environment(&net, &watch).with_transport(office.clone());
    (office, merchant_builder(&net, &watch).environment(environment).build().unwrap())
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 2).unwrap()
}

async fn trade(hash: String, file: &[u8], piece: usize) -> Result<(Vec<TradeRow>, Bill<TradeRow>), Error> {
    let (_, merchant) = office(hash, file, piece);
    let mut bill = merchant.bill(&GetTradeBill::new(day())).await?;
    let mut rows = vec![];
    while let Some(row) = bill.next().await? {
        rows.push(row);
    }
    assert!(bill.next().await?.is_none(), "the end stays the end");
    Ok((rows, bill))
}

#[tokio::test]
async fn the_published_bill_is_read_however_it_is_cut() {
    let vector = vector("pay-tradebill-ALL-shape");
    let plain = STANDARD.decode(text(&vector["input"]["bill_base64"])).unwrap();
    let hash = text(&vector["expected"]["sha1_of_uncompressed"]).to_owned();
    let published = STANDARD.decode(text(&vector["input"]["gzip_base64"])).unwrap();
    for file in [plain.clone(), published, gzip(&plain)] {
        for piece in [1, 7, 1024, file.len()] {
            let (rows, bill) = trade(hash.to_uppercase(), &file, piece).await.unwrap();
            let [paid, refunded] = rows.as_slice() else { panic!("{} rows", rows.len()) };
            assert_eq!(paid.order_amount, Some(Fen(9900)));
            assert_eq!((paid.settlement_amount, paid.coupon_amount), (Some(Fen(9900)), Some(Fen(500))));
            assert_eq!((paid.fee, paid.rate.as_str()), (Some(MilliFen(59_000)), "0.60%"));
            assert_eq!(paid.time.to_rfc3339(), "2026-01-02T03:04:04+08:00");
            assert_eq!((&paid.trade_type, &paid.refund), (&TradeType::Jsapi, &None));
            let refund = refunded.refund.as_ref().unwrap();
            assert_eq!(refund.out_refund_no.as_str(), "R20260103000000001");
            assert_eq!((refund.refund_amount, refunded.fee), (Fen(5000), Some(MilliFen(-30_000))));
            let summary = bill.summary().unwrap();
            assert_eq!((summary.get("总交易单数"), summary.get("手续费总金额")), (Some("2"), Some("0.29")));
        }
    }
    // A digest of the packed file counts as well.
    assert!(trade(sha1(&gzip(&plain)), &gzip(&plain), 100).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_not_the_announced_one_is_refused_at_its_end() {
    let plain = STANDARD.decode(text(&vector("pay-tradebill-ALL-shape")["input"]["bill_base64"])).unwrap();
    let packed = gzip(&plain);
    let hash = sha1(&plain);
    let cut = packed.len() - 10;
    for (hash, file) in [
        (sha1(b"other"), plain.as_slice()),
        (hash.clone(), &plain[..plain.len() - 1]),
        (hash.clone(), &packed[..cut]),
        (hash.clone(), b"\x1F\x8B not gzip at all"),
        (hash.clone(), b""),
        (hash.clone(), b"x"),
    ] {
        let error = trade(hash, file, 64).await.unwrap_err();
        assert!(matches!(error, Error::Untrusted(VerifyError::Digest)), "{error}");
    }
}

#[tokio::test]
async fn the_signed_request_goes_to_the_configured_host_only() {
    let plain = STANDARD.decode(text(&vector("pay-tradebill-ALL-shape")["input"]["bill_base64"])).unwrap();
    let (office, merchant) = office(sha1(&plain), &plain, 100);
    merchant.bill(&GetTradeBill::new(day()).bill_type(TradeBillType::All)).await.unwrap();
    let seen = office.seen.lock().unwrap().clone();
    assert_eq!(seen[0].uri().query(), Some("bill_date=2026-01-02&bill_type=ALL&tar_type=GZIP"));
    assert_eq!(seen[1].uri().to_string(), URL);
    assert!(seen[1].headers().contains_key("authorization"));
    for url in ["https://evil.example/v2/x", "v3/billdownload", "ftp://x"] {
        let office = Arc::new(Office { hash: String::new(), url, pieces: vec![], seen: Mutex::default() });
        let environment = merchant_environment(&office);
        let net = Net::new(|_, _| panic!("the office answers"));
        let merchant = merchant_builder(&net, &Watch::at(NOW)).environment(environment).build().unwrap();
        assert!(matches!(merchant.bill(&GetTradeBill::new(day())).await, Err(Error::Config(_))), "{url}");
        assert_eq!(office.seen.lock().unwrap().len(), 1);
    }
}

fn merchant_environment(office: &Arc<Office>) -> wechat_sdk::Environment {
    let net = Net::new(|_, _| panic!("the office answers"));
    environment(&net, &Watch::at(NOW)).with_transport(office.clone())
}

#[tokio::test]
async fn columns_are_known_by_name() {
    let old = "交易时间,商户号,微信订单号,商户订单号,交易类型,交易状态,订单金额,多出的列\r\n\
        `2026-01-02 03:04:04,`1900007291,`4200000001,`S20260102030405001,`FACE,`SUCCESS,`45.0,`x\\ y\r\n\
        总交易单数\r\n`1\r\n";
    let (rows, _) = trade(sha1(old.as_bytes()), old.as_bytes(), 1000).await.unwrap();
    assert_eq!((rows[0].order_amount, &rows[0].trade_type), (Some(Fen(4500)), &TradeType::FacePay));
    assert_eq!(rows[0].columns.get("多出的列"), Some("x,y"));
    assert_eq!(rows[0].appid, None);
}

#[tokio::test]
async fn a_field_that_cannot_be_read_is_named() {
    let head = "交易时间,商户号,微信订单号,商户订单号,交易类型,交易状态,订单金额\r\n";
    let good = "`2026-01-02 03:04:04,`1900007291,`4200000001,`S20260102030405001,`JSAPI,`SUCCESS,`1.00\r\n";
    for (bad, column) in [
        (good.replace("1.00", "1.001"), "订单金额"),
        (good.replace("1.00", "1e2"), "订单金额"),
        (good.replace("2026-01-02 ", "2026-01-02T"), "交易时间"),
        (good.replace("`1900007291", "`"), "商户号"),
        (good.replace("S20260102030405001", "订单"), "商户订单号"),
    ] {
        let file = format!("{head}{good}{bad}");
        let error = trade(sha1(file.as_bytes()), file.as_bytes(), 50).await.unwrap_err();
        let Error::Decode(error) = error else { panic!("{error}") };
        assert_eq!(error.path.as_deref(), Some(column));
    }
    let file = format!("{head}`1,`2\r\n");
    assert!(matches!(trade(sha1(file.as_bytes()), file.as_bytes(), 9).await, Err(Error::Decode(_))));
    let endless = vec![b'x'; 100_000];
    let error = trade(sha1(&endless), &endless, 9000).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted(VerifyError::Malformed)), "{error}");
    // A sum whose heading changed is not zero.
    let renamed = format!("{}{good}", head.replace("订单金额", "金额"));
    let error = trade(sha1(renamed.as_bytes()), renamed.as_bytes(), 50).await.unwrap_err();
    assert!(matches!(&error, Error::Decode(error) if error.path.as_deref() == Some("订单金额")), "{error}");
}

/// A caller that goes on after an error must not reach the end that says "all is right".
#[tokio::test]
async fn a_broken_bill_stays_broken() {
    let plain = STANDARD.decode(text(&vector("pay-tradebill-ALL-shape")["input"]["bill_base64"])).unwrap();
    let (_, merchant) = office(sha1(b"other"), &plain, 100);
    let mut bill = merchant.bill(&GetTradeBill::new(day())).await.unwrap();
    while let Ok(row) = bill.next().await {
        assert!(row.is_some(), "the end of a bill with another digest");
    }
    for _ in 0..3 {
        assert!(matches!(bill.next().await, Err(Error::Untrusted(VerifyError::Digest))));
    }
}

#[tokio::test]
async fn the_flow_of_funds_and_what_was_shared_are_read() {
    let flow = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n\
        `2026-01-02 03:04:05,`4200000001,`F1,`交易,`交易,`收入,`99.00,`199.00,`system,`结算总金额 99.00 元,`S1\r\n\
        `2026-01-02 03:04:06,`4200000001,`F2,`交易,`扣除交易手续费,`支出,`0.59,`198.41,`system,`,`S1\r\n\
        资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`2,`1,`99.00,`1,`0.59\r\n";
    let (_, merchant) = office(sha1(flow.as_bytes()), &gzip(flow.as_bytes()), 30);
    let call = GetFundFlowBill::new(day()).account_type(AccountType::Operation);
    let mut bill = merchant.bill(&call).await.unwrap();
    let first: FlowRow = bill.next().await.unwrap().unwrap();
    let second = bill.next().await.unwrap().unwrap();
    assert_eq!((first.direction, first.amount), (Direction::Income, MilliFen(9_900_000)));
    assert_eq!((second.direction, second.balance.yuan().as_str()), (Direction::Expense, "198.41000"));
    assert!(bill.next().await.unwrap().is_none());
    assert_eq!(bill.summary().unwrap().get("支出金额"), Some("0.59"));

    let (_, merchant) = office(sha1(flow.as_bytes()), flow.as_bytes(), 30);
    let mut shared = merchant.bill(&GetSharingBill::new(day())).await.unwrap();
    let row: Columns = shared.next().await.unwrap().unwrap();
    assert_eq!(row.iter().next(), Some(("记账时间", "2026-01-02 03:04:05")));
}

#[tokio::test]
async fn no_bill_and_a_refused_download_are_refusals() {
    let net = Net::new(|_, _| answer(400, &json!({"code": "NO_STATEMENT_EXIST", "message": "账单不存在"})));
    let merchant = merchant_builder(&net, &Watch::at(NOW)).build().unwrap();
    let error = merchant.bill(&GetTradeBill::new(day())).await.unwrap_err();
    assert!(error.has_code("NO_STATEMENT_EXIST"), "{error}");
    let net = Net::new(|number, _| match number {
        0 => signed(200, &json!({"hash_type": "SHA1", "hash_value": "00", "download_url": URL})),
        _ => answer(401, &json!({"code": "SIGN_ERROR", "message": "签名错误"})),
    });
    let merchant = merchant_builder(&net, &Watch::at(NOW)).build().unwrap();
    let error = merchant.bill(&GetTradeBill::new(day())).await.unwrap_err();
    assert!(error.has_code("SIGN_ERROR"), "{error}");
    let net = Net::new(|_, _| Ok(Response::new(Bytes::from_static(b"a file"))));
    let merchant = merchant_builder(&net, &Watch::at(NOW)).build().unwrap();
    let file = merchant.send(&DownloadBill::new("a+b").tartype("gzip")).await.unwrap();
    assert_eq!(file.bytes, "a file");
    let receipt = wechat_sdk::Secret::new("https://elsewhere.example/v3/transferdownload/file?token=abc");
    assert_eq!(merchant.download(&receipt).await.unwrap().bytes, "a file");
    let asked = net.seen().pop().unwrap();
    assert_eq!(asked.uri(), "https://api.mch.weixin.qq.com/v3/transferdownload/file?token=abc");
    assert!(asked.headers().contains_key("authorization"));
}

/// Half a million rows pass in little memory: nothing but the row at hand is kept.
#[tokio::test]
async fn a_large_bill_passes_in_pieces() {
    let head = "交易时间,商户号,微信订单号,商户订单号,交易类型,交易状态,订单金额,商品名称\r\n";
    let row =
        "`2026-01-02 03:04:04,`1900007291,`4200000001,`S20260102030405001,`JSAPI,`SUCCESS,`1.00,`茶\r\n";
    let mut file = head.to_owned();
    file.extend(std::iter::repeat_n(row, 50_000));
    file.push_str("总交易单数,订单总金额\r\n`50000,`50000.00\r\n");
    let (_, merchant) = office(sha1(file.as_bytes()), &gzip(file.as_bytes()), 16 * 1024);
    let mut bill = merchant.bill(&GetTradeBill::new(day())).await.unwrap();
    let (mut rows, mut sum) = (0, 0);
    while let Some(row) = bill.next().await.unwrap() {
        (rows, sum) = (rows + 1, sum + row.order_amount.map_or(0, |amount| amount.0));
    }
    assert_eq!((rows, sum), (50_000, 5_000_000));
}
