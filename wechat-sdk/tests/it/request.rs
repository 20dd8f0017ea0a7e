//! Where the members of a call go, and which are not sent at all.

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use http::Request;
use serde_json::{Value, json};
use wechat_sdk::{
    ApiV3Key, AppId, ConfigError, Done, Effect, Error, Fen, MchId, Merchant, MerchantKey, MiniOperation,
    OpenId, Operation, Outcome, PayOperation, Secret, Upload, mini_call, part, pay_call,
};

use crate::support::*;

/// What a call of the mini-program API puts on the wire.
async fn mini<O: MiniOperation>(call: &O) -> Result<Request<Bytes>, Error> {
    let net = Net::new(|_, request| match request.uri().path() {
        "/cgi-bin/stable_token" => answer(200, &json!({"access_token": "T", "expires_in": 7200})),
        _ => answer(200, &json!({"errcode": 0})),
    });
    let sent = mini_builder(&net, &Watch::at(NOW)).build().unwrap().send(call).await.map(drop);
    let mut seen = net.seen();
    seen.retain(|request| request.uri().path() != "/cgi-bin/stable_token");
    one(sent, seen)
}

/// What a call of WeChat Pay puts on the wire.
async fn pay<O: PayOperation>(call: &O) -> Result<Request<Bytes>, Error> {
    let net = Net::new(|_, _| signed(200, &json!({})));
    let sent = merchant_builder(&net, &Watch::at(NOW)).build().unwrap().send(call).await.map(drop);
    one(sent, net.seen())
}

/// What is refused is not sent.
fn one(sent: Result<(), Error>, mut seen: Vec<Request<Bytes>>) -> Result<Request<Bytes>, Error> {
    assert_eq!(seen.len(), usize::from(sent.is_ok()), "{sent:?}");
    sent.map(|()| seen.remove(0))
}

fn target(request: &Request<Bytes>) -> String {
    request.uri().path_and_query().unwrap().to_string()
}

fn body(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn refusal(result: Result<Request<Bytes>, Error>) -> String {
    match result {
        Err(error @ Error::Config(_)) => {
            assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotDone, false));
            error.to_string()
        }
        other => panic!("{other:?}"),
    }
}

/// Puts a book on a shelf.
#[mini_call(POST "/shelves/{shelf}/books/{number}", Keyed -> Done, page = "books/api_shelve", caller = "appid")]
struct ShelveBook {
    /// The name of the shelf.
    shelf: String,
    /// The place.
    number: i64,
    /// The name of the book.
    title: String,
    #[fixed("cm")]
    unit: &'static str,
    /// Whether nobody is told.
    #[query]
    quiet: Option<bool>,
    /// Who reads it.
    readers: Option<Vec<OpenId>>,
}

#[tokio::test]
async fn members_go_into_the_path_the_query_and_the_body() {
    let reader = OpenId::new("o_1").unwrap();
    let sent = mini(&ShelveBook::new("tea", 7, "茶经 🍵").quiet(true).readers([reader])).await.unwrap();
    assert_eq!(target(&sent), "/shelves/tea/books/7?quiet=true&access_token=T");
    let wanted = json!({"appid": "wxd678efh567hg6787", "title": "茶经 🍵", "unit": "cm", "readers": ["o_1"]});
    assert_eq!(
        (body(&sent), &sent.headers()["content-type"]),
        (wanted, &"application/json".parse().unwrap())
    );
    let sent = mini(&ShelveBook::new("tea", 7, "")).await.unwrap();
    assert_eq!(target(&sent), "/shelves/tea/books/7?access_token=T");
    assert_eq!(body(&sent), json!({"appid": "wxd678efh567hg6787", "title": "", "unit": "cm"}));
}

#[test]
fn a_call_says_what_it_is() {
    assert_eq!((ShelveBook::NAME, ShelveBook::EFFECT), ("shelve_book", Effect::Keyed));
    assert_eq!(
        ShelveBook::PAGE,
        "https://developers.weixin.qq.com/miniprogram/dev/server/API/books/api_shelve.html"
    );
    assert_eq!(FindBooks::PAGE, "https://pay.weixin.qq.com/doc/v3/merchant/4012");
    assert_eq!((SendLetter::NAME, SendLetter::PAGE), ("letter", "https://example.org/letters"));
}

#[tokio::test]
async fn a_value_stays_inside_of_its_segment() {
    for (shelf, segment) in [
        ("a/../../secret", "a%2F..%2F..%2Fsecret"),
        ("a?access_token=X#b", "a%3Faccess_token%3DX%23b"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b\r\nHost: evil", "a%5Cb%0D%0AHost%3A%20evil"),
        ("{number}", "%7Bnumber%7D"),
        ("茶 ~", "%E8%8C%B6%20~"),
        ("..a", "..a"),
    ] {
        let sent = mini(&ShelveBook::new(shelf, -7, "")).await.unwrap();
        assert_eq!(target(&sent), format!("/shelves/{segment}/books/-7?access_token=T"), "{shelf:?}");
    }
    for shelf in ["", ".", "..", "..."] {
        let refused = refusal(mini(&ShelveBook::new(shelf, 7, "")).await);
        assert!(refused.contains("shelf"), "{shelf:?}: {refused}");
    }
}

/// Looks for books.
#[pay_call(GET "/v3/books", Read -> Done, page = "4012", caller = "mchid")]
struct FindBooks {
    /// Words of the title.
    words: String,
    /// How many at most.
    limit: Option<i64>,
    /// Whether lent books count.
    lent: Option<bool>,
    /// Since when.
    since: Option<DateTime<FixedOffset>>,
    /// Of these writers.
    writers: Option<Vec<String>>,
}

/// Throws a book away.
#[pay_call(DELETE "/v3/books/{book}", Keyed -> Done, page = "4013", caller = "mchid")]
struct DropBook {
    /// Which one.
    book: String,
    /// Why.
    reason: Option<String>,
}

#[tokio::test]
async fn what_has_no_body_has_its_members_in_the_query() {
    let since = DateTime::parse_from_rfc3339("2026-01-01T20:00:00.5Z").unwrap();
    let sent = pay(&FindBooks::new("a&mchid=1#").limit(5).lent(false).since(since)).await.unwrap();
    let query =
        "lent=false&limit=5&mchid=1900007291&since=2026-01-02T04%3A00%3A00%2B08%3A00&words=a%26mchid%3D1%23";
    assert_eq!(target(&sent), format!("/v3/books?{query}"));
    assert!(sent.body().is_empty() && !sent.headers().contains_key("content-type"));
    let sent = pay(&FindBooks::new("")).await.unwrap();
    assert_eq!(target(&sent), "/v3/books?mchid=1900007291&words=");
    let sent = pay(&DropBook::new("7").reason("wet")).await.unwrap();
    assert_eq!(target(&sent), "/v3/books/7?mchid=1900007291&reason=wet");
    assert!(sent.body().is_empty());
    let refused = refusal(pay(&FindBooks::new("x").writers(["Lu Yu".to_owned()])).await);
    assert!(refused.contains("writers"), "{refused}");
}

/// Rings the bell.
#[mini_call(POST "/bell", Unsafe -> Done, page = "books/api_ring")]
struct RingMini;

/// Rings the bell.
#[pay_call(POST "/v3/bell", Unsafe -> Done, page = "4014")]
struct RingPay;

#[tokio::test]
async fn the_mini_program_api_wants_a_body_where_wechat_pay_wants_none() {
    let sent = mini(&RingMini::new()).await.unwrap();
    assert_eq!((sent.method().as_str(), body(&sent)), ("POST", json!({})));
    let sent = pay(&RingPay::new()).await.unwrap();
    assert_eq!((sent.method().as_str(), sent.body().len()), ("POST", 0));
    assert_eq!(target(&sent), "/v3/bell");
}

/// A price.
#[part]
struct Price {
    /// Fen.
    #[positive]
    total: Fen,
    #[fixed("CNY")]
    currency: &'static str,
}

/// A book to be bought.
#[part]
struct Wanted {
    /// Its name.
    #[max(4)]
    name: String,
    /// What is to be noted.
    #[max_bytes(6)]
    note: Option<String>,
}

/// What all purchases have.
#[part]
struct Purchase {
    /// The price.
    amount: Price,
    /// The books.
    #[max(2)]
    books: Vec<Wanted>,
    /// A line for people.
    #[cut(3)]
    line: Option<String>,
    /// The same in bytes.
    #[cut_bytes(7)]
    short_line: Option<String>,
    /// Free content.
    more: Option<Value>,
}

/// Buys books.
#[pay_call(POST "/v3/purchases", Keyed -> Done, page = "4015", check = not_for_nobody)]
struct Buy {
    /// Who buys.
    buyer: Buyer,
    /// What.
    #[serde(flatten)]
    purchase: Purchase,
}

/// Who buys.
#[part]
struct Buyer {
    /// The user.
    openid: OpenId,
}

impl Buy {
    fn not_for_nobody(&self) -> Result<(), ConfigError> {
        if self.buyer.openid.as_str() == "nobody" {
            Err(ConfigError::new("nobody buys nothing"))
        } else {
            Ok(())
        }
    }
}

fn purchase(total: i64, names: &[&str]) -> Purchase {
    let books: Vec<_> = names.iter().map(|name| Wanted::new(*name)).collect();
    Purchase::new(Price::new(Fen(total)), books)
}

fn buy(purchase: Purchase) -> Buy {
    Buy::new(Buyer::new(OpenId::new("o1").unwrap()), purchase)
}

#[tokio::test]
async fn what_is_just_within_its_limits_is_sent() {
    let book = Wanted::new("茶茶茶茶").note("茶茶");
    let sent = pay(&buy(Purchase::new(Price::new(Fen(1)), [book, Wanted::new("")]))).await.unwrap();
    let books = json!([{"name": "茶茶茶茶", "note": "茶茶"}, {"name": ""}]);
    assert_eq!(
        body(&sent),
        json!({"buyer": {"openid": "o1"}, "amount": {"total": 1, "currency": "CNY"}, "books": books})
    );
}

#[tokio::test]
async fn a_limit_that_is_broken_names_its_member() {
    let noted = Purchase::new(Price::new(Fen(1)), [Wanted::new("b").note("茶茶x")]);
    for (purchase, path) in [
        (purchase(0, &["a"]), "amount.total"),
        (purchase(-1, &["a"]), "amount.total"),
        (purchase(1, &["a", "茶叶茶叶茶"]), "books[1].name"),
        (noted, "books[0].note"),
        (purchase(1, &["a", "b", "c"]), "books"),
    ] {
        let refused = refusal(pay(&buy(purchase)).await);
        assert!(refused.contains(&format!("{path}: ")), "{path}: {refused}");
        assert!(!refused.contains('茶'), "a value is in {refused}");
    }
}

#[tokio::test]
async fn lines_for_people_are_shortened() {
    let line = "茶🍵叶茶叶";
    let sent = pay(&buy(purchase(1, &[]).line(line).short_line(line))).await.unwrap();
    assert_eq!((&body(&sent)["line"], &body(&sent)["short_line"]), (&json!("茶叶茶"), &json!("茶叶")));
}

#[tokio::test]
async fn a_call_is_asked_before_it_is_sent() {
    let nobody = Buyer::new(OpenId::new("nobody").unwrap());
    assert!(refusal(pay(&Buy::new(nobody, purchase(1, &[]))).await).contains("nobody buys nothing"));
}

#[tokio::test]
async fn wechat_pay_gets_neither_null_nor_four_bytes() {
    for (more, name) in [
        (json!(null), "more"),
        (json!({"deep": [1, {"hole": null}]}), "hole"),
        (json!([null]), "more"),
        (json!({"deep": [{"smile": "a🙂"}]}), "smile"),
        (json!("\u{20BB7}"), "more"),
    ] {
        let refused = refusal(pay(&buy(purchase(1, &[]).more(more.clone()))).await);
        assert!(refused.contains(name), "{more}: {refused}");
    }
    let refused = refusal(pay(&buy(purchase(1, &["🙂"]))).await);
    assert!(refused.contains("name"), "{refused}");
    assert!(pay(&buy(purchase(1, &[]).more(json!({"a": ["茶\u{FFFF}"]})))).await.is_ok());
    assert!(refusal(pay(&FindBooks::new("🙂")).await).contains("words"));
}

/// Sends a letter.
#[pay_call(
    POST "/v3/letters", Unsafe -> Done, page = "https://example.org/letters", name = "letter",
    sealed = "sender receivers.name receivers.home.street"
)]
struct SendLetter {
    /// Who sends it.
    sender: Option<Secret>,
    /// Who gets it.
    receivers: Vec<Receiver>,
    /// What is in it, not encrypted.
    password: Secret,
}

/// Who gets a letter.
#[part]
struct Receiver {
    /// The town.
    town: String,
    /// The name.
    name: Option<Secret>,
    /// Where.
    home: Option<Home>,
}

/// A place.
#[part]
struct Home {
    /// The street.
    street: Secret,
}

/// A merchant with the other half of the key that calls are sealed with.
fn wechat() -> Merchant {
    let key = MerchantKey::from_pem(pem("java_wechatpay_private_key"), "01").unwrap();
    Merchant::builder(MchId::new("1").unwrap(), key, ApiV3Key::new(API_V3).unwrap())
        .environment(environment(&Net::new(|_, _| unreachable!()), &Watch::at(NOW)))
        .trust(full_trust())
        .build()
        .unwrap()
}

#[tokio::test]
async fn sealed_members_are_found_in_lists_and_below() {
    let receivers = [
        Receiver::new("Hangzhou").name("王小明"),
        Receiver::new("Fuding"),
        Receiver::new("Anxi").home(Home::new("Harbour Road 1")),
    ];
    let sent = pay(&SendLetter::new(receivers, "plain").sender("Lu Yu")).await.unwrap();
    assert_eq!(sent.headers()["wechatpay-serial"], PUBLIC_KEY);
    let body = body(&sent);
    let open =
        |sealed: &Value| wechat().unseal(&sealed.as_str().unwrap().into()).unwrap().expose().to_owned();
    assert_eq!(open(&body["sender"]), "Lu Yu");
    assert_eq!(open(&body["receivers"][0]["name"]), "王小明");
    assert_eq!(open(&body["receivers"][2]["home"]["street"]), "Harbour Road 1");
    assert_eq!(body["receivers"][1], json!({"town": "Fuding"}));
    assert_eq!((&body["receivers"][0]["town"], &body["password"]), (&json!("Hangzhou"), &json!("plain")));
}

#[tokio::test]
async fn nothing_is_sealed_where_nothing_is_to_be() {
    let sent = pay(&SendLetter::new([Receiver::new("Fuding")], "plain")).await.unwrap();
    assert_eq!(body(&sent), json!({"receivers": [{"town": "Fuding"}], "password": "plain"}));
    let long = SendLetter::new([Receiver::new("Fuding").name("x".repeat(215))], "plain");
    let refused = refusal(pay(&long).await);
    assert!(!refused.contains("xxx"), "a value is in {refused}");
}

/// Hands in a picture.
#[mini_call(POST "/pictures/{folder}", Unsafe -> Done, page = "books/api_upload")]
struct UploadPicture {
    /// Where to.
    folder: String,
    /// What it is.
    #[query]
    sort: String,
    /// The file.
    #[upload]
    picture: Upload,
    /// More than fits.
    note: Option<String>,
}

#[tokio::test]
async fn a_file_travels_alone() {
    let picture = || Upload::new("tea.PNG", "the picture").unwrap();
    let sent = mini(&UploadPicture::new("a b", "cover", picture())).await.unwrap();
    assert_eq!(target(&sent), "/pictures/a%20b?sort=cover&access_token=T");
    let kind = sent.headers()["content-type"].to_str().unwrap().to_owned();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let head =
        "Content-Disposition: form-data; name=\"media\"; filename=\"tea.PNG\"\r\nContent-Type: image/png";
    let wanted = format!("--{boundary}\r\n{head}\r\n\r\nthe picture\r\n--{boundary}--\r\n");
    assert_eq!(sent.body(), wanted.as_bytes());
    refusal(mini(&UploadPicture::new("a", "cover", picture()).note("x")).await);
}

/// Changes the key of a door.
#[mini_call(POST "/doors", Keyed -> Done, page = "books/api_key", caller = "owner", new = of)]
struct ChangeKey {
    /// What the caller cannot set.
    owner: AppId,
    #[serde(rename = "type")]
    kind: String,
    key: Secret,
}

#[tokio::test]
async fn the_caller_is_the_client_whatever_the_call_says() {
    let key = ChangeKey::of(AppId::new("wxother").unwrap(), "steel", "s3cret");
    assert!(!format!("{key:?}").contains("s3cret"));
    let sent = mini(&key).await.unwrap();
    assert_eq!(body(&sent), json!({"owner": "wxd678efh567hg6787", "type": "steel", "key": "s3cret"}));
}
