//! Cards in the chat list that follow one order. Nobody subscribes to them: a payment in the app, or a button
//! that the user presses, gives the code by which one card is made and changed. The template comes from
//! [`AddMessageTemplate::for_service_card`](super::templates::AddMessageTemplate::for_service_card); failed
//! deliveries are told by the event `notify_service_msg_send_result`.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error, Serialize, Serializer};

use crate::extra::Extra;
use crate::ids::{Fen, OpenId, TransactionId};
use crate::secret::Secret;
use crate::{ConfigError, Done, answer, mini_call, open_enum, part};

/// Makes a card, or changes it. The card of a payment is made up to 24 hours after the payment and changed
/// for 30 days; that of a button is made within five minutes and changed for 24 hours. After an unclear
/// answer ask with [`GetUserNotify`]: the same state again is refused.
///
/// # Errors
/// 85437: the code is not known, which for a payment may be so for a minute; 85449: another change is under
/// way, repeat; 85438: too late; 85439: no way to this state; 85448: this state is set already; 85433, 85435,
/// 85440 and 85441: content or payment are wrong; 85442: the content is refused; 85436: the code is banned;
/// 85461 and 85462: the app may not send such cards.
#[mini_call(
    POST "/wxa/set_user_notify", Unsafe -> Done,
    page = "mp-message-management/subscribe-message/api_setusernotify",
    new = of, check = content
)]
pub struct SetUserNotify {
    openid: OpenId,
    notify_type: CardKind,
    notify_code: String,
    #[serde(serialize_with = "revealed")]
    content_json: CardContent,
    #[serde(serialize_with = "in_text")]
    check_json: Option<CardPayment>,
}

impl SetUserNotify {
    /// Makes the card of a payment. `notify_code` is WeChat Pay's number of the payment, of the single order
    /// if several were paid together, and `openid` who paid.
    #[must_use]
    pub fn for_payment(
        openid: OpenId,
        notify_type: impl Into<CardKind>,
        notify_code: impl Into<String>,
        payment: CardPayment,
        content: impl Into<CardContent>,
    ) -> Self {
        Self { check_json: Some(payment), ..Self::of(openid, notify_type, notify_code, content) }
    }

    /// Makes the card of a button: `notify_code` is what the button gave, and `openid` who pressed it.
    #[must_use]
    pub fn for_button(
        openid: OpenId,
        notify_type: impl Into<CardKind>,
        notify_code: impl Into<String>,
        content: impl Into<CardContent>,
    ) -> Self {
        Self::of(openid, notify_type, notify_code, content)
    }

    /// Changes a card.
    #[must_use]
    pub fn update(
        openid: OpenId,
        notify_type: impl Into<CardKind>,
        notify_code: impl Into<String>,
        content: impl Into<CardContent>,
    ) -> Self {
        Self::of(openid, notify_type, notify_code, content)
    }

    fn content(&self) -> Result<(), ConfigError> {
        if self.content_json.0.expose().starts_with('{') {
            return Ok(());
        }
        Err(ConfigError::new("the content of a card is an object"))
    }
}

/// Adds to what WeChat knows about the order of a card, which other features use: reviews for instance.
///
/// # Errors
/// 85444 to 85447: payment, shop, parcels or goods are wrong; 85437: the code is not known; 85436: it is
/// banned; 85461 and 85462: the app may not send such cards.
#[mini_call(
    POST "/wxa/set_user_notifyext", Keyed -> Done,
    page = "mp-message-management/subscribe-message/api_setusernotifyext"
)]
pub struct SetUserNotifyExt {
    /// Who paid, or pressed the button.
    openid: OpenId,
    /// Which card.
    notify_type: CardKind,
    /// The code of the card.
    notify_code: String,
    /// What there is to add.
    #[serde(serialize_with = "in_text")]
    ext_json: CardExtension,
}

/// Asks how a card stands.
///
/// # Errors
/// 85437: the code is not known; 85438: it is over.
#[mini_call(
    POST "/wxa/get_user_notify", Read -> UserNotify,
    page = "mp-message-management/subscribe-message/api_getusernotify"
)]
pub struct GetUserNotify {
    /// Who paid, or pressed the button.
    openid: OpenId,
    /// Which card.
    notify_type: CardKind,
    /// The code of the card.
    notify_code: String,
}

/// How a card stands.
#[answer]
pub struct UserNotify {
    /// How it stands.
    pub notify_info: CardInfo,
}

/// A card as WeChat sees it.
#[answer]
pub struct CardInfo {
    /// Which card.
    pub notify_type: CardKind,
    /// What was last set, or nothing if nothing was.
    #[serde(deserialize_with = "out_of_text")]
    pub content_json: Option<Extra>,
    /// Whether the code can be used.
    pub code_state: Option<CodeState>,
    /// Until when it can be used, Unix seconds.
    pub code_expire_time: Option<i64>,
}

/// Whether the code of a card can be used.
#[open_enum(i64)]
pub enum CodeState {
    /// It can.
    #[wire(0)]
    Normal,
    /// There is a risk.
    #[wire(1)]
    Risky,
    /// It cannot.
    #[wire(2)]
    Abnormal,
    /// The user does not want this card.
    #[wire(10)]
    Refused,
}

/// What a card is about. Up to 1999 the code comes from a button, from 2001 on it is the number of a payment.
#[open_enum(i64)]
pub enum CardKind {
    /// A taxi.
    #[wire(1001)]
    Taxi,
    /// A courier in the same city.
    #[wire(1003)]
    CityCourier,
    /// Waiting for a meal.
    #[wire(1004)]
    Meal,
    /// Queueing for a table.
    #[wire(1005)]
    Queue,
    /// Goods that are delivered: see [`ShoppingContent`].
    #[wire(2001)]
    Delivery,
    /// Goods that are picked up.
    #[wire(2002)]
    PickUp,
    /// Goods without a parcel.
    #[wire(2003)]
    Virtual,
    /// A parcel of a courier.
    #[wire(2004)]
    Parcel,
    /// Insurance.
    #[wire(2005)]
    Insurance,
    /// Goods or meals that are brought within the city.
    #[wire(2006)]
    CityDelivery,
    /// Goods or meals that are waited for.
    #[wire(2007)]
    Waiting,
    /// A hotel.
    #[wire(2008)]
    Hotel,
    /// A flight.
    #[wire(2009)]
    Flight,
    /// A train, a bus or a ship.
    #[wire(2010)]
    Journey,
    /// A ticket to a sight.
    #[wire(2011)]
    Sight,
}

/// The content of a card: an object that every kind of card defines for itself, with `cur_status`,
/// `wxa_path_query` and more. It travels as JSON inside of a text, which is written here. It is not printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardContent(Secret);

impl CardContent {
    /// Of a type that serialises to an object: [`ShoppingContent`], or one of your own.
    ///
    /// # Errors
    /// It does not serialise.
    pub fn of(content: &impl Serialize) -> Result<Self, ConfigError> {
        match serde_json::to_string(content) {
            Ok(text) => Ok(Self(text.into())),
            Err(_) => Err(ConfigError::new("the content of the card cannot be written as JSON")),
        }
    }
}

impl From<serde_json::Value> for CardContent {
    fn from(content: serde_json::Value) -> Self {
        Self(content.to_string().into())
    }
}

/// The content of the card about goods that are delivered, [`CardKind::Delivery`].
#[part]
pub struct ShoppingContent {
    /// How the order stands.
    cur_status: ShoppingStatus,
    /// The page of the app that opens, with its query.
    wxa_path_query: String,
    /// How many goods; required with the first two states.
    product_count: Option<i64>,
    /// Which goods; required with the first two states.
    product_list: Option<CardGoodsList>,
    /// When all will be sent, Unix seconds; with the second and the third state.
    send_time: Option<i64>,
}

/// How an order of goods that are delivered stands. A card begins with one of the first two. The first four
/// are WeChat's; the others are what shops are known to send and not confirmed.
#[open_enum(i64)]
pub enum ShoppingStatus {
    /// Paid.
    #[wire(1)]
    Paid,
    /// To be sent.
    #[wire(2)]
    ToBeSent,
    /// Sent in part; may be set again.
    #[wire(3)]
    PartlySent,
    /// Sent.
    #[wire(4)]
    Sent,
    /// Sent again.
    #[wire(5)]
    SentAgain,
    /// Received.
    #[wire(6)]
    Received,
    /// The user complains; every state before it may follow.
    #[wire(7)]
    AfterSale,
    /// Done. The last state.
    #[wire(8)]
    Completed,
    /// The complaint ended with the order. The last state.
    #[wire(9)]
    AfterSaleEnded,
    /// Given up. The last state.
    #[wire(10)]
    Cancelled,
    /// The complaint was closed. The last state.
    #[wire(11)]
    AfterSaleClosed,
}

/// The goods of a card.
#[part]
pub struct CardGoodsList {
    /// The goods.
    info_list: Vec<CardGoods>,
}

impl<T: Into<Vec<CardGoods>>> From<T> for CardGoodsList {
    fn from(goods: T) -> Self {
        Self::new(goods)
    }
}

/// Goods on a card.
#[part]
pub struct CardGoods {
    /// The address of a picture.
    product_img: String,
    /// The name.
    product_name: String,
    /// The page of the goods, with its query.
    product_path_query: String,
    /// How many; one if it is not set.
    count: Option<i64>,
    /// Price of one, fen.
    single_price: Option<Fen>,
}

/// The payment that a card belongs to, as proof.
#[part]
pub struct CardPayment {
    /// What was paid or what was ordered, fen. Of a payment for several orders either that of the single one
    /// or of all.
    #[serde(rename = "pay_amount")]
    amount: Fen,
    /// When it was paid, Unix seconds.
    #[serde(rename = "pay_time")]
    time: i64,
    /// How; by WeChat Pay if it is not set.
    #[serde(rename = "pay_channel")]
    channel: Option<PayChannel>,
}

/// How an order was paid.
#[open_enum(i64)]
pub enum PayChannel {
    /// WeChat Pay.
    #[wire(0)]
    WeChatPay,
    /// WeChat Pay score.
    #[wire(1001)]
    PayScore,
}

/// What there is to add to a card. Which of it a card takes is defined by its kind.
#[part]
#[derive(Default)]
pub struct CardExtension {
    /// The payment.
    #[serde(serialize_with = "in_text")]
    pay_info: Option<ExtendedPayment>,
    /// The shop.
    #[serde(serialize_with = "in_text")]
    store_info: Option<ExtendedStore>,
    /// The parcels.
    #[serde(serialize_with = "in_text")]
    shipping_list: Option<serde_json::Value>,
    /// The goods.
    #[serde(serialize_with = "in_text")]
    product_list: Option<serde_json::Value>,
}

/// The payment of a card that began with a button.
#[part]
pub struct ExtendedPayment {
    /// WeChat Pay's number.
    transaction_id: TransactionId,
    /// What was paid, fen.
    pay_amount: Fen,
    /// When, Unix seconds.
    pay_time: i64,
}

/// The shop of a card.
#[part]
pub struct ExtendedStore {
    /// Its name.
    store_name: String,
    /// Its address.
    store_address: String,
    /// Degrees to the north.
    latitude: f64,
    /// Degrees to the east.
    longitude: f64,
}

fn revealed<S: Serializer>(content: &CardContent, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(content.0.expose())
}

/// JSON inside of a text.
fn in_text<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
}

/// The text is empty as long as nothing was set.
fn out_of_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Extra>, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    Ok(serde_json::from_str(&text).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Operation;

    fn update(content: impl Into<CardContent>) -> SetUserNotify {
        let openid = OpenId::new("o1").unwrap();
        SetUserNotify::update(openid, CardKind::Delivery, "42", content)
    }

    #[test]
    fn only_objects_are_content() {
        assert!(update(json!({"cur_status": 4})).check().is_ok());
        for wrong in [json!([1]), json!("{}"), json!(null)] {
            assert!(update(wrong).check().is_err());
        }
        assert!(update(CardContent::of(&["a"]).unwrap()).check().is_err());
    }

    #[test]
    fn content_is_not_printed() {
        let call = update(json!({"license_plate": "粤A12345"}));
        assert!(!format!("{call:?}").contains("12345"));
    }

    #[test]
    fn a_card_without_content_is_read() {
        for text in [json!(""), json!(null), json!("not JSON")] {
            let info: CardInfo =
                serde_json::from_value(json!({"notify_type": 2001, "content_json": text})).unwrap();
            assert_eq!((info.notify_type, info.content_json), (CardKind::Delivery, None));
        }
        let info: CardInfo = serde_json::from_value(json!({"notify_type": "2099"})).unwrap();
        assert_eq!((info.notify_type, info.content_json), (CardKind::Other(2099), None));
    }
}
