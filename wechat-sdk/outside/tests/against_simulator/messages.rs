//! Subscribe messages, service cards, the customer service, codes, links and content security.

use serde_json::json;
use wechat_sdk::mini::codes::{GetQrCode, GetUnlimitedQrCode, LineColor};
use wechat_sdk::mini::customer_service::{
    AddStaff, DeleteStaff, GetTempMedia, ImageMessage, LinkMessage, ListOnlineStaff, ListStaff,
    SendCustomMessage, SetTyping, StaffStatus, TextMessage, UploadTempMedia,
};
use wechat_sdk::mini::links::{
    EnvVersion, GenerateScheme, GenerateShortLink, GenerateUrlLink, JumpTarget, QueryScheme, QueryUrlLink,
};
use wechat_sdk::mini::messaging::{
    CreateActivityId, MiniProgramState, SendSubscribeMessage, SetUpdatableMessage, TemplateData,
};
use wechat_sdk::mini::security::{
    CheckMedia, CheckText, ContentScene, GetUserRiskRank, Label, RiskScene, Suggestion,
};
use wechat_sdk::mini::service_cards::{
    CardContent, CardGoods, CardKind, CardPayment, CodeState, GetUserNotify, SetUserNotify, ShoppingContent,
    ShoppingStatus,
};
use wechat_sdk::mini::templates::{
    AddMessageTemplate, DeleteMessageTemplate, GetMessageCategories, GetMessageTemplates,
    GetPublicTemplateKeywords, GetPublicTemplateTitles, TemplateKind,
};
use wechat_sdk::push::{Decision, PushContent};
use wechat_sdk::{CodeScene, Error, Fen, OpenId, PictureKind, Upload};
use wechat_sim::{MessageKind, PushFormat, PushMode, Said, Suggest};

use crate::support::{APP, PushBox, Shop, shop};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and more";
const TEMPLATE: &str = "T-ship";

fn message(to: &OpenId) -> SendSubscribeMessage {
    let data = TemplateData::new().set("thing1", "青花瓷茶杯").set("amount2", "￥12.50");
    SendSubscribeMessage::new(to.clone(), TEMPLATE, data).page("pages/order?id=1")
}

async fn with_template() -> (Shop, OpenId) {
    let shop = shop().await;
    let content = "商品名称:{{thing1.DATA}}\n金额:{{amount2.DATA}}\n";
    shop.sim.template(APP, TEMPLATE, "订单发货通知", content).unwrap();
    let shopper = shop.shopper().await;
    (shop, shopper)
}

#[tokio::test]
async fn a_template_is_picked_listed_and_given_up() {
    let shop = shop().await;
    let category = shop.ask(GetMessageCategories::new()).await.data.remove(0);
    let titles = shop.ask(GetPublicTemplateTitles::new(&[category.id], 0, 30)).await;
    let title = titles.data.iter().find(|title| title.kind == Some(TemplateKind::OneTime)).unwrap();
    let keywords = shop.ask(GetPublicTemplateKeywords::new(title.tid.as_str())).await.data;
    let kids: Vec<i64> = keywords.iter().take(2).map(|keyword| keyword.kid).collect();
    let added = shop.ask(AddMessageTemplate::with_lines(title.tid.as_str(), kids, "发货")).await;
    let own = shop.ask(GetMessageTemplates::new()).await.data;
    assert_eq!((own.len(), &own[0].pri_tmpl_id, &own[0].title), (1, &added.pri_tmpl_id, &title.title));
    let names: Vec<&str> = own[0].keys().map(|(name, _)| name).collect();
    assert_eq!(names, keywords.iter().take(2).map(|keyword| keyword.name.as_str()).collect::<Vec<_>>());
    shop.ask(DeleteMessageTemplate::new(added.pri_tmpl_id.as_str())).await;
    assert_eq!(shop.no(DeleteMessageTemplate::new(added.pri_tmpl_id)).await, 200_014);
}

#[tokio::test]
async fn a_message_needs_a_consent_and_is_told_to_have_arrived() {
    let (shop, shopper) = with_template().await;
    let letters = PushBox::of(&shop, PushMode::Secure, PushFormat::Json).await;
    assert_eq!(shop.no(message(&shopper)).await, 43101);
    shop.sim.subscribe(APP, shopper.as_str(), &[TEMPLATE], "accept").unwrap();
    let answered = letters.event("subscribe_msg_popup_event").await;
    let PushContent::SubscriptionAnswered(told) = answered.content().unwrap() else { panic!("an answer") };
    assert_eq!(told.list[0].subscribe_status_string, Some(Decision::Accept));

    let sent = shop.ask(message(&shopper).miniprogram_state(MiniProgramState::Formal)).await;
    let push = letters.event("subscribe_msg_sent_event").await;
    let PushContent::SubscriptionSent(told) = push.content().unwrap() else { panic!("a result") };
    assert!(told.list[0].is_delivered() && told.list[0].template_id == TEMPLATE);
    assert_eq!(told.list[0].msg_id, sent.msgid);
    assert!(sent.msgid.is_some());
    assert_eq!(shop.no(message(&shopper)).await, 43101, "one consent is one message");
    let got = shop.sim.messages();
    assert_eq!((got.len(), got[0].kind, got[0].title.as_str()), (1, MessageKind::Subscribe, "订单发货通知"));

    shop.sim.change_subscription(APP, shopper.as_str(), Some(TEMPLATE), "reject").unwrap();
    let changed = letters.event("subscribe_msg_change_event").await;
    let PushContent::SubscriptionChanged(told) = changed.content().unwrap() else { panic!("a change") };
    assert_eq!(told.list[0].subscribe_status_string, Some(Decision::Reject));
}

#[tokio::test]
async fn what_does_not_fit_the_template_is_refused() {
    let (shop, shopper) = with_template().await;
    shop.sim.subscribe(APP, shopper.as_str(), &[TEMPLATE], "accept").unwrap();
    let half = SendSubscribeMessage::new(shopper.clone(), TEMPLATE, TemplateData::new().set("thing1", "茶"));
    assert_eq!(shop.no(half).await, 47003);
    let unknown = TemplateData::new().set("thing1", "茶").set("amount2", "￥1");
    assert_eq!(shop.no(SendSubscribeMessage::new(shopper.clone(), "T-none", unknown)).await, 40037);
    let long =
        TemplateData::new().set("thing1", "一二三四五六七八九十一二三四五六七八九十一").set("amount2", "￥1");
    let error = shop.mini.send(&SendSubscribeMessage::new(shopper.clone(), TEMPLATE, long)).await;
    assert!(matches!(error, Err(Error::Config(_))), "it is not even sent: {error:?}");
    shop.ask(message(&shopper)).await;
}

#[tokio::test]
async fn a_shared_message_changes() {
    let shop = shop().await;
    let activity = shop.ask(CreateActivityId::updatable()).await.activity_id;
    shop.ask(SetUpdatableMessage::gathering(activity.as_str(), 2, 5)).await;
    shop.ask(SetUpdatableMessage::started(activity.as_str(), "pages/game", EnvVersion::Release)).await;
    assert_eq!(shop.no(SetUpdatableMessage::gathering(activity, 3, 5)).await, 47502, "it has begun");
}

#[tokio::test]
async fn a_service_card_follows_an_order() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    shop.ask(AddMessageTemplate::for_service_card("10000001", "订单")).await;
    let paid = shop.bought(&shopper, shop.order("card-0001", 1_005), "card-0001").await;
    let at = shop.sim.order(&paid.mchid, "card-0001").unwrap().paid_at.unwrap() / 1000;
    let content = |status: ShoppingStatus| {
        let goods = CardGoods::new("https://a.example/b.png", "茶杯", "pages/a").count(1);
        let content = ShoppingContent::new(status, "pages/order").product_count(1).product_list([goods]);
        CardContent::of(&content).unwrap()
    };
    let code = paid.transaction_id.as_str();
    let kind = CardKind::Delivery;
    let wrong = CardPayment::new(Fen(1_004), at);
    let first = |payment| {
        let content = content(ShoppingStatus::Paid);
        SetUserNotify::for_payment(shopper.clone(), kind.clone(), code, payment, content)
    };
    assert_eq!(shop.no(first(wrong)).await, 85433);
    shop.ask(first(CardPayment::new(Fen(1_005), at))).await;
    for status in [ShoppingStatus::ToBeSent, ShoppingStatus::Sent] {
        shop.ask(SetUserNotify::update(shopper.clone(), kind.clone(), code, content(status))).await;
    }
    let back = SetUserNotify::update(shopper.clone(), kind.clone(), code, content(ShoppingStatus::Paid));
    assert_eq!(shop.no(back).await, 85439, "a card does not go back");
    let seen = shop.ask(GetUserNotify::new(shopper, kind.clone(), code)).await.notify_info;
    assert_eq!((seen.notify_type, seen.code_state), (kind, Some(CodeState::Normal)));
    assert_eq!(seen.content_json.unwrap().get("cur_status").unwrap(), &json!(4));
    assert_eq!(shop.sim.messages().len(), 3);
}

#[tokio::test]
async fn a_shopper_who_wrote_is_answered() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    let text = || SendCustomMessage::new(shopper.clone(), TextMessage::new("您好"));
    assert_eq!(shop.no(text()).await, 45015);
    shop.sim.say(APP, shopper.as_str(), &Said::Text("在吗".to_owned())).unwrap();
    shop.ask(SetTyping::start(shopper.clone())).await;
    shop.ask(text()).await;
    let media = shop.ask(UploadTempMedia::new(Upload::new("tea.png", PNG).unwrap())).await;
    assert!(media.created_at.is_some() && media.extra.is_empty());
    let file = shop.ask(GetTempMedia::new(media.media_id.as_str())).await;
    assert_eq!((file.content_type.as_deref(), &file.bytes[..]), (Some("image/png"), PNG));
    shop.ask(SendCustomMessage::new(shopper.clone(), ImageMessage::new(media.media_id))).await;
    let link = LinkMessage::new("茶", "一罐茶", "https://shop.example/tea", "https://shop.example/tea.png");
    shop.ask(SendCustomMessage::new(shopper.clone(), link)).await;
    let kinds: Vec<MessageKind> = shop.sim.messages().iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::Customer; 3]);
    assert_eq!(shop.no(GetTempMedia::new("none")).await, 40007);
}

#[tokio::test]
async fn codes_are_pictures_and_lead_to_their_page() {
    let shop = shop().await;
    shop.sim.publish(APP, &["pages/index", "pages/goods"]).unwrap();
    let scene = || CodeScene::new("id=1&b").unwrap();
    let drawn = GetUnlimitedQrCode::new(scene()).page("pages/goods").line_color(LineColor::new(0, 9, 255));
    let picture = shop.ask(drawn.width(300)).await;
    assert_eq!(picture.kind, PictureKind::Png);
    assert_eq!(shop.no(GetUnlimitedQrCode::new(scene()).page("pages/none")).await, 41030);
    assert_eq!(shop.ask(GetQrCode::new("pages/goods?id=1")).await.kind, PictureKind::Png);
}

#[tokio::test]
async fn links_are_made_asked_about_and_opened() {
    let shop = shop().await;
    shop.sim.publish(APP, &["pages/index", "pages/goods"]).unwrap();
    let link = shop.ask(GenerateUrlLink::for_days(3).path("pages/goods").query("id=1")).await.url_link;
    let info = shop.ask(QueryUrlLink::link(link.as_str())).await.url_link_info.unwrap();
    assert_eq!((info.path.as_deref(), info.query.as_deref()), (Some("pages/goods"), Some("id=1")));
    assert!(info.expire_time > info.create_time && info.extra.is_empty(), "{info:?}");
    assert!(shop.sim.open_link(&link).unwrap().to_string().contains("pages/goods"));
    let target = JumpTarget::new().path("pages/goods").query("a=%E8%8C%B6");
    let scheme = shop.ask(GenerateScheme::for_days(1).jump_wxa(target)).await.openlink;
    let info = shop.ask(QueryScheme::scheme_info(scheme)).await.scheme_info.unwrap();
    assert_eq!(info.query.as_deref(), Some("a=%E8%8C%B6"));
    assert!(shop.ask(QueryUrlLink::quota()).await.quota_info.unwrap().remain_visit_quota > 0);
    let short = shop.ask(GenerateShortLink::new("pages/goods?id=1").page_title("茶")).await.link;
    assert!(short.starts_with('#') && shop.sim.open_link(&short).is_ok(), "{short}");
}

#[tokio::test]
async fn texts_are_judged_at_once_and_pictures_later() {
    let shop = shop().await;
    let shopper = shop.shopper().await;
    let letters = PushBox::of(&shop, PushMode::Secure, PushFormat::Xml).await;
    let fine = shop.ask(CheckText::new("一双袜子", ContentScene::Comment, shopper.clone())).await;
    assert_eq!((fine.result.suggest, fine.result.label), (Suggestion::Pass, Some(Label::Normal)));
    shop.sim.security_word("山寨", 20013, Suggest::Risky).unwrap();
    let risky = shop.ask(CheckText::new("山寨茶杯", ContentScene::Comment, shopper.clone())).await;
    assert_eq!((risky.result.suggest, risky.result.label), (Suggestion::Risky, Some(Label::Copyright)));
    assert!(risky.detail.iter().any(|detail| detail.keyword.as_deref() == Some("山寨")));
    let nobody = OpenId::new("oNobody").unwrap();
    assert_eq!(shop.no(CheckText::new("茶", ContentScene::Comment, nobody)).await, 40003);

    let url = "https://shop.example/山寨.png";
    let check = shop.ask(CheckMedia::image(url, ContentScene::Profile, shopper.clone())).await;
    let push = letters.event("wxa_media_check").await;
    let PushContent::MediaChecked(told) = push.content().unwrap() else { panic!("a verdict") };
    assert_eq!((told.trace_id, told.errcode), (check.trace_id, Some(0)));
    assert_eq!(told.result.unwrap().suggest.as_deref(), Some("risky"));

    shop.sim.risk_rank(APP, shopper.as_str(), 3).unwrap();
    let address = std::net::Ipv4Addr::new(203, 0, 113, 9);
    let rank = shop.ask(GetUserRiskRank::new(shopper, RiskScene::Marketing, address)).await;
    assert_eq!((rank.risk_rank, rank.request_id.is_some()), (3, true));
}

#[tokio::test]
async fn staff_is_hired_and_signs_in() {
    let shop = shop().await;
    shop.ask(AddStaff::new("tea@shop", "小李")).await;
    let list = shop.ask(ListStaff::new()).await.kf_list;
    assert_eq!((list.len(), list[0].kf_account.as_deref()), (1, Some("tea@shop")));
    assert!(shop.ask(ListOnlineStaff::new()).await.kf_online_list.is_empty());
    shop.sim.set_online(APP, "tea@shop", true).unwrap();
    let online = shop.ask(ListOnlineStaff::new()).await.kf_online_list;
    assert_eq!((&online[0].kf_id, &online[0].status), (&list[0].kf_id, &Some(StaffStatus::Web)));
    shop.ask(DeleteStaff::new("tea@shop")).await;
    assert!(shop.ask(ListStaff::new()).await.kf_list.is_empty());
}
