//! Message pushes in all modes and formats, received by the SDK.

use serde_json::json;
use wechat_sdk::Secret;
use wechat_sdk::push::{EncodingAesKey, Format, MessagePush, PushContent};
use wechat_sim::{DeliveryState, PushBurst, PushFlaw, PushFormat, PushMode, PushSettings, Said, Simulator};

use crate::support::{APP, PUSH_KEY, PushBox, Shop, app, opener, push_settings, shop};

const OLD_KEY: &str = "ABCDEFGhijklmnopqrstuvwxyz0123456789abcdefg";
const ALL: [(PushMode, PushFormat); 6] = [
    (PushMode::Plain, PushFormat::Json),
    (PushMode::Plain, PushFormat::Xml),
    (PushMode::Compatible, PushFormat::Json),
    (PushMode::Compatible, PushFormat::Xml),
    (PushMode::Secure, PushFormat::Json),
    (PushMode::Secure, PushFormat::Xml),
];

#[tokio::test]
async fn what_a_shopper_says_arrives_in_every_mode_and_format() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    for (mode, format) in ALL {
        let letters = PushBox::of(&shop, mode, format).await;
        let text = "你好 <&> ]]> \"茶\"";
        let said = shop.sim.say(APP, shopper.as_str(), &Said::Text(text.to_owned())).unwrap();
        let push = letters.next().await;
        assert_eq!(push.from_user_name(), Some(shopper.as_str()));
        assert_eq!(push.is_authentic(), mode != PushMode::Plain);
        assert_eq!(push.format(), if format == PushFormat::Xml { Format::Xml } else { Format::Json });
        assert_eq!(push.key(), format!("message:{}", said.msg_id.unwrap()));
        let PushContent::Text(content) = push.content().unwrap() else { panic!("{push:?}") };
        assert_eq!(content.content.expose(), text);

        shop.sim.say(APP, shopper.as_str(), &Said::Image(String::new())).unwrap();
        let PushContent::Image(image) = letters.next().await.content().unwrap() else { panic!("a picture") };
        assert!(image.pic_url.is_some() && image.media_id.is_some());
        let page = Said::Page { title: "袜子".to_owned(), path: "pages/goods?id=1".to_owned() };
        shop.sim.say(APP, shopper.as_str(), &page).unwrap();
        let PushContent::MiniProgramPage(card) = letters.next().await.content().unwrap() else {
            panic!("a card")
        };
        assert_eq!((card.title.as_deref(), card.app_id), (Some("袜子"), Some(app())));
        shop.sim.say(APP, shopper.as_str(), &Said::Enter("order-1".to_owned())).unwrap();
        let PushContent::EnteredChat(entered) = letters.next().await.content().unwrap() else {
            panic!("an entry")
        };
        assert_eq!(entered.session_from.unwrap().expose(), "order-1");
    }
}

/// Whether the SDK has a type for an event of that name.
fn is_typed(name: &str) -> bool {
    [
        "subscribe_msg",
        "notify_service_msg_send_result",
        "wxa_media_check",
        "wxa_trade_controlled",
        "trade_manage",
        "user_info_modified",
        "user_authorization",
        "user_enter_tempsession",
    ]
    .iter()
    .any(|known| name.starts_with(known))
}

#[tokio::test]
async fn every_event_of_the_protocol_is_read() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    for (mode, format) in ALL {
        let letters = PushBox::of(&shop, mode, format).await;
        for name in Simulator::push_events() {
            shop.sim.send_event(APP, Some(shopper.as_str()), name, &json!({})).unwrap();
            let push = letters.next().await;
            let content = push.content().unwrap_or_else(|error| panic!("{name}: {error} {}", push.members()));
            let other = content == PushContent::Other;
            assert!(!other || !is_typed(name), "{name} as {format:?}: {}", push.members());
        }
    }
}

#[tokio::test]
async fn numbers_as_texts_and_lists_of_one_are_read_alike() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    for list_always_array in [false, true] {
        let letters = PushBox::start(opener(PushMode::Secure)).await;
        let settings = PushSettings {
            numbers_as_text: true,
            list_always_array,
            ..push_settings(&letters.url, PushMode::Secure, PushFormat::Json)
        };
        shop.sim.configure_push(APP, settings).await.unwrap();
        for name in Simulator::push_events() {
            shop.sim.send_event(APP, Some(shopper.as_str()), name, &json!({})).unwrap();
            let push = letters.next().await;
            push.content().unwrap_or_else(|error| panic!("{name}: {error} {}", push.members()));
        }
    }
}

#[tokio::test]
async fn a_push_that_asks_for_staff_is_handed_over() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    for (mode, format) in ALL {
        let letters = PushBox::of(&shop, mode, format).await;
        shop.sim.say(APP, shopper.as_str(), &Said::Text("转人工".to_owned())).unwrap();
        letters.next().await;
        assert!(shop.sim.delivered_within(std::time::Duration::from_secs(5)).await);
        assert_eq!(shop.sim.notifications().last().unwrap().state, DeliveryState::Delivered);
        let said = shop.sim.say(APP, shopper.as_str(), &Said::Text("你好".to_owned())).unwrap();
        assert!(
            said.to_staff && said.notification.is_none(),
            "staff has the conversation: {mode:?} {format:?}"
        );
        shop.sim.staff_ends(APP, shopper.as_str()).unwrap();
    }
}

#[tokio::test]
async fn pushes_come_in_any_order() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    let letters = PushBox::of(&shop, PushMode::Secure, PushFormat::Json).await;
    let names = ["user_info_modified", "trade_manage_remind_shipping", "trade_manage_order_settlement"];
    let events: Vec<String> = Simulator::push_events()
        .into_iter()
        .filter(|name| names.iter().any(|wanted| name.starts_with(wanted)))
        .map(str::to_owned)
        .collect();
    let burst = PushBurst {
        app_id: APP.to_owned(),
        openid: Some(shopper.as_str().to_owned()),
        events: events.clone(),
        spacing_secs: 5,
        reverse: true,
    };
    shop.sim.send_burst(burst).await.unwrap();
    let mut times = vec![];
    for _ in &events {
        times.push(letters.next().await.create_time().unwrap());
    }
    assert!(times.is_sorted_by(|one, next| one > next), "{times:?}");
}

async fn flawed(shop: &Shop, flaw: PushFlaw) -> u16 {
    let message = json!({"MsgType": "text", "Content": "你好", "MsgId": 5});
    shop.sim.send_flawed_push(APP, "oAlice", message, flaw).await.unwrap().0
}

#[tokio::test]
async fn what_was_not_sealed_rightly_is_refused() {
    let shop = shop().await;
    for format in [PushFormat::Json, PushFormat::Xml] {
        let letters = PushBox::of(&shop, PushMode::Secure, format).await;
        for flaw in [
            PushFlaw::WrongAppId,
            PushFlaw::Padding0,
            PushFlaw::Padding33,
            PushFlaw::TruncatedLength,
            PushFlaw::ExcessiveLength,
            PushFlaw::PlainInSecure,
            PushFlaw::WrongSignature,
            PushFlaw::Unsigned,
            PushFlaw::OldKey,
        ] {
            assert_eq!(flawed(&shop, flaw).await, 403, "{flaw:?} as {format:?}");
        }
        assert_eq!(flawed(&shop, PushFlaw::Echo).await, 403);
        if format == PushFormat::Xml {
            assert_eq!(flawed(&shop, PushFlaw::Doctype).await, 403);
        }
        // How old a push may be is not documented: the SDK tells when it was sent and leaves it to the shop.
        assert_eq!(flawed(&shop, PushFlaw::Stale).await, 200);
        drop(letters.next().await);
    }
    PushBox::of(&shop, PushMode::Plain, PushFormat::Xml).await;
    for flaw in [PushFlaw::WrongSignature, PushFlaw::Unsigned, PushFlaw::Doctype, PushFlaw::Echo] {
        assert_eq!(flawed(&shop, flaw).await, 403, "{flaw:?} in plain mode");
    }
}

#[tokio::test]
async fn the_former_key_is_good_while_keys_change() {
    let shop = shop().await;
    let both = opener(PushMode::Secure).former_key(EncodingAesKey::new(OLD_KEY).unwrap());
    let letters = PushBox::start(both).await;
    let settings = PushSettings {
        previous_aes_key: Some(OLD_KEY.to_owned()),
        sign_with_previous: true,
        ..push_settings(&letters.url, PushMode::Secure, PushFormat::Json)
    };
    shop.sim.configure_push(APP, settings).await.unwrap();
    shop.sim.send_event(APP, None, "trade_manage_remind_access_api", &json!({})).unwrap();
    assert!(letters.next().await.is_authentic());
}

#[tokio::test]
async fn an_address_with_another_token_is_not_verified() {
    let shop = shop().await;
    let key = EncodingAesKey::new(PUSH_KEY).unwrap();
    let other = MessagePush::secure(app(), Secret::new("BBBBB"), key).unwrap();
    let letters = PushBox::start(other).await;
    let settings = push_settings(&letters.url, PushMode::Secure, PushFormat::Json);
    shop.sim.configure_push(APP, settings).await.expect_err("it is not echoed");
}
