//! Answers are read as they come, and what cannot be read says where and nothing more.

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use http::Response;
use serde_json::{Value, json};
use wechat_sdk::{
    BadAnswer, Decode, DecodeError, Done, Error, Extra, Fen, MchId, OpenId, Outcome, Secret, TransactionId,
    answer, mini_call, open_enum, wire,
};

use crate::support::*;

/// Reads an answer of the mini-program API as `O::Output`.
async fn read<O: wechat_sdk::MiniOperation>(call: &O, body: Vec<u8>) -> Result<O::Output, Error> {
    let net = Net::new(move |_, request| match request.uri().path() {
        "/cgi-bin/stable_token" => answer(200, &json!({"access_token": "T", "expires_in": 7200})),
        _ => Ok(Response::new(Bytes::from(body.clone()))),
    });
    mini_builder(&net, &Watch::at(NOW)).build().unwrap().send(call).await
}

/// Asks for a parcel.
#[mini_call(GET "/parcel", Read -> Parcel, page = "books/api_parcel")]
struct GetParcel;

/// A parcel.
#[answer]
struct Parcel {
    /// Its number.
    number: i64,
    /// Its name.
    name: String,
    /// Whether it is on its way.
    moving: bool,
    /// When it was packed.
    packed: DateTime<FixedOffset>,
    /// What it costs.
    price: Option<Fen>,
    /// A remark.
    remark: Option<String>,
    /// Who must not know of it.
    secret: Option<Secret>,
    /// Whether it is a present.
    present: Option<bool>,
    /// When it arrived.
    arrived: Option<DateTime<FixedOffset>>,
    /// Who gets it.
    openid: Option<OpenId>,
    /// What paid for it.
    transaction_id: Option<TransactionId>,
    /// How it stands.
    state: Option<State>,
    /// How big it is.
    size: Option<Size>,
    /// What is in it.
    goods: Vec<Goods>,
    /// What it is called besides.
    #[serde(rename = "nick_name", alias = "nickname")]
    nickname: Option<String>,
    /// What the sender wrote, as JSON in a text.
    #[serde(deserialize_with = "letter")]
    letter: Option<Letter>,
}

/// What is in a parcel.
#[answer]
struct Goods {
    /// Of whom.
    seller: MchId,
    /// How many.
    count: i64,
}

/// What a sender wrote.
#[answer]
struct Letter {
    /// The greeting.
    greeting: String,
}

fn letter<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Letter>, D::Error> {
    wire::nested(from).map(Some)
}

/// How a parcel stands.
#[open_enum]
enum State {
    /// In a bag.
    InBag,
    /// Given.
    #[wire("given")]
    Given,
}

/// How big a parcel is.
#[open_enum(i64)]
enum Size {
    /// Not known.
    #[wire(-1)]
    Unknown,
    /// Like a book.
    #[wire(1)]
    Book,
}

fn parcel() -> Value {
    json!({"number": 7, "name": "tea", "moving": true, "packed": "2026-01-02T03:04:05+08:00"})
}

fn with(members: &Value) -> Value {
    let mut parcel = parcel();
    parcel.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    parcel
}

async fn good(members: Value) -> Parcel {
    read(&GetParcel::new(), with(&members).to_string().into_bytes()).await.unwrap()
}

/// Where the answer is wrong.
async fn bad(body: &str) -> DecodeError {
    match read(&GetParcel::new(), body.as_bytes().to_vec()).await.unwrap_err() {
        Error::Decode(error) => error,
        other => panic!("{body}: {other}"),
    }
}

#[tokio::test]
async fn numbers_come_as_text_and_text_as_numbers() {
    let read = good(json!({"number": " 12 ", "name": 34, "moving": 1, "price": "560", "remark": 1.5,
        "present": "0", "secret": 18_446_744_073_709_551_615_u64}))
    .await;
    assert_eq!((read.number, read.name.as_str(), read.moving), (12, "34", true));
    assert_eq!(
        (read.price, read.remark.as_deref(), read.present),
        (Some(Fen(560)), Some("1.5"), Some(false))
    );
    assert_eq!(read.secret.unwrap().expose(), "18446744073709551615");
    let read = good(json!({"number": true, "name": false, "moving": "TRUE", "price": "-3"})).await;
    assert_eq!((read.number, read.name.as_str(), read.moving), (1, "false", true));
    assert_eq!(read.price, Some(Fen(-3)));
}

#[tokio::test]
async fn null_and_nothing_are_the_same() {
    let nulls = json!({"price": null, "remark": null, "secret": null, "present": null, "arrived": null,
        "openid": null, "transaction_id": null, "state": null, "size": null, "goods": null, "nick_name": null});
    let (nothing, nulls) = (good(json!({})).await, good(nulls).await);
    assert_eq!(nothing, nulls);
    assert_eq!((nothing.price, nothing.openid, nothing.arrived), (None, None, None));
    assert!(nothing.goods.is_empty() && nothing.extra.is_empty());
}

#[tokio::test]
async fn an_empty_text_is_no_number_no_time_and_no_identifier() {
    let empty = json!({"price": "", "present": " ", "arrived": "", "openid": "", "transaction_id": " "});
    assert_eq!(good(empty).await, good(json!({})).await);
    assert_eq!(good(json!({"remark": "", "nickname": ""})).await.remark.as_deref(), Some(""));
}

#[tokio::test]
async fn identifiers_are_checked_and_may_be_numbers() {
    assert_eq!(good(json!({"transaction_id": 42})).await.transaction_id.unwrap().as_str(), "42");
    for (wrong, path) in [
        (json!({"openid": "../../x"}), "openid"),
        (json!({"goods": [{"seller": "1", "count": 1}, {"seller": "x", "count": 1}]}), "goods[1].seller"),
    ] {
        assert_eq!(bad(&with(&wrong).to_string()).await.path.as_deref(), Some(path));
    }
}

#[tokio::test]
async fn one_entry_may_come_without_its_list() {
    let entry = json!({"seller": "1900000001", "count": "2", "box": 9});
    let one = good(json!({"goods": entry.clone()})).await;
    let list = good(json!({"goods": [entry]})).await;
    assert_eq!(one, list);
    let [goods] = one.goods.as_slice() else { panic!("{:?}", one.goods) };
    assert_eq!((goods.seller.as_str(), goods.count), ("1900000001", 2));
    assert_eq!(goods.extra.get("box"), Some(&json!(9)));
    assert!(good(json!({"goods": []})).await.goods.is_empty());
}

#[tokio::test]
async fn what_is_not_listed_is_kept_and_not_printed() {
    let more = json!({"errmsg": "ok", "phone": "13800000000", "deep": {"a": [1, null]}});
    let read = good(more).await;
    assert_eq!(read.extra.get("phone"), Some(&json!("13800000000")));
    let names: Vec<_> = read.extra.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["deep", "phone"]);
    assert_eq!(read.extra.get("deep"), Some(&json!({"a": [1, null]})));
    let printed = format!("{read:?}");
    assert!(printed.contains("phone") && !printed.contains("13800000000"), "{printed}");
    assert_eq!(Extra::default(), good(json!({"errcode": 0})).await.extra);
}

#[tokio::test]
async fn lists_of_values_may_grow() {
    let read = good(json!({"state": "IN_BAG", "size": -1})).await;
    assert_eq!((read.state, read.size), (Some(State::InBag), Some(Size::Unknown)));
    let read = good(json!({"state": "given", "size": "1"})).await;
    assert_eq!((read.state, read.size), (Some(State::Given), Some(Size::Book)));
    let read = good(json!({"state": "GIVEN", "size": 9})).await;
    assert_eq!(read.state, Some(State::Other("GIVEN".to_owned())));
    assert_eq!(read.size, Some(Size::Other(9)));
    assert_eq!(good(json!({"state": 5})).await.state.unwrap().as_str(), "5");
}

#[test]
fn values_are_written_as_they_are_read() {
    for (state, text) in [(State::InBag, "IN_BAG"), (State::Given, "given"), (State::from("new"), "new")] {
        assert_eq!((json!(state), state.to_string()), (json!(text), text.to_owned()));
        assert_eq!(State::from(text.to_owned()), state);
    }
    for (size, number) in [(Size::Unknown, -1), (Size::Book, 1), (Size::Other(4), 4)] {
        assert_eq!((json!(size), Size::from(number)), (json!(number), size));
    }
}

#[tokio::test]
async fn times_are_those_of_rfc_3339() {
    let read =
        good(json!({"packed": "2026-01-02T03:04:05.678Z", "arrived": " 2026-01-02T03:04:05+08:00"})).await;
    assert_eq!((read.packed.timestamp_millis() % 1000, read.packed.offset().local_minus_utc()), (678, 0));
    assert_eq!(read.arrived.unwrap().offset().local_minus_utc(), 8 * 3600);
    for wrong in [json!("2026-01-02 03:04"), json!(1_767_294_245), json!(""), Value::Null] {
        let error = bad(&with(&json!({"packed": wrong})).to_string()).await;
        assert_eq!(error.path.as_deref(), Some("packed"));
    }
}

#[tokio::test]
async fn a_spelling_that_is_put_right_is_read_too() {
    assert_eq!(good(json!({"nick_name": "a"})).await.nickname.as_deref(), Some("a"));
    assert_eq!(good(json!({"nickname": "b"})).await.nickname.as_deref(), Some("b"));
}

#[tokio::test]
async fn json_inside_of_a_text_is_opened() {
    let read = good(json!({"letter": "{\"greeting\":5,\"more\":1}"})).await;
    let letter = read.letter.unwrap();
    assert_eq!((letter.greeting.as_str(), letter.extra.get("more")), ("5", Some(&json!(1))));
    for wrong in [json!("{"), json!("{}"), json!({"greeting": "x"})] {
        assert_eq!(bad(&with(&json!({"letter": wrong})).to_string()).await.path.as_deref(), Some("letter"));
    }
}

#[tokio::test]
async fn what_cannot_be_read_names_its_member_and_no_value() {
    for (members, path) in [
        (json!({"number": "13800000000x"}), "number"),
        (json!({"number": 1.5}), "number"),
        (json!({"number": null}), "number"),
        (json!({"name": null}), "name"),
        (json!({"name": ["13800000000x"]}), "name"),
        (json!({"moving": "perhaps"}), "moving"),
        (json!({"present": 0.5}), "present"),
        (json!({"price": "13800000000x"}), "price"),
        (json!({"size": "13800000000x"}), "size"),
        (json!({"goods": "13800000000x"}), "goods"),
        (
            json!({"goods": [{"seller": "1", "count": 1}, {"seller": "1", "count": "13800000000x"}]}),
            "goods[1].count",
        ),
        (json!({"goods": {"seller": "1", "count": {}}}), "goods.count"),
    ] {
        let error = bad(&with(&members).to_string()).await;
        assert_eq!(error.path.as_deref(), Some(path), "{members}");
        assert_eq!((error.operation, error.outcome), ("get_parcel", Outcome::Done));
        let printed = format!("{error} {error:?}");
        assert!(printed.contains(path) && !printed.contains("13800000000"), "{printed}");
    }
}

#[tokio::test]
async fn what_is_no_answer_at_all_says_so() {
    for (body, reason) in [
        ("", "an unexpected value"),
        ("null", "an unexpected value"),
        ("[{}]", "an unexpected value"),
        ("{\"number\": 1", "not JSON"),
        ("<html>", "not JSON"),
    ] {
        let error = bad(body).await;
        assert!(error.reason.starts_with(reason), "{body}: {error}");
    }
    let missing = bad("{\"number\": 1, \"name\": \"tea\"}").await;
    assert_eq!(missing.path.as_deref(), Some("moving"));
}

/// Asks for a leaf.
#[mini_call(GET "/leaf", Read -> Leaf, page = "books/api_leaf")]
struct GetLeaf;

#[derive(Debug)]
struct Leaf(usize);

impl Decode for Leaf {
    fn decode(answer: &Response<Bytes>) -> Result<Self, BadAnswer> {
        match answer.body().len() {
            0 => Err(BadAnswer::because("no leaf")),
            length => Ok(Self(length)),
        }
    }
}

/// Waves.
#[mini_call(GET "/wave", Read -> Done, page = "books/api_wave")]
struct Wave;

#[tokio::test]
async fn an_answer_may_be_read_in_a_way_of_its_own() {
    assert_eq!(read(&GetLeaf::new(), b"\x89PNG".to_vec()).await.unwrap().0, 4);
    let error = read(&GetLeaf::new(), vec![]).await.unwrap_err();
    assert_eq!(error.to_string(), "the answer of get_leaf cannot be read: no leaf");
    assert!(read(&Wave::new(), vec![]).await.is_err(), "no answer says nothing");
    for body in ["{}", "{\"errcode\":0,\"errmsg\":\"ok\"}"] {
        assert_eq!(read(&Wave::new(), body.as_bytes().to_vec()).await.unwrap(), Done);
    }
}
