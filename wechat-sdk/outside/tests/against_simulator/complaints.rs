//! Complaints from the first word to the last.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{Days, NaiveDate};
use wechat_sdk::pay::complaint_history::{HistoryKind, QueryComplaintHistory};
use wechat_sdk::pay::complaint_replies::{
    Approval, Block, ClickAction, CompleteComplaint, LinkBlock, Message, ReplyMiniProgram, ReplyToComplaint,
    ReplyToUrgentComplaint, SenderIdentity, TextBlock, UpdateRefundProgress,
};
use wechat_sdk::pay::complaints::{
    Complaint, ComplaintState, CreateComplaintNotification, DeleteComplaintNotification,
    DownloadComplaintImage, ListComplaints, ProblemType, QueryComplaint, QueryComplaintNotification,
    UpdateComplaintNotification, UploadComplaintImage,
};
use wechat_sdk::{ComplaintId, Fen, PayEvent, Upload};
use wechat_sim::{Clock as _, ComplaintOptions, ComplaintStep, SystemClock};

use crate::support::{MCHID, Shop, app, shop};

const PHONE: &str = "13800138000";

/// The smallest picture there is.
fn picture() -> Vec<u8> {
    let base64 =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    STANDARD.decode(base64).unwrap()
}

fn today() -> NaiveDate {
    let now = chrono::DateTime::from_timestamp_millis(SystemClock.now_millis() + 8 * 3_600_000);
    now.unwrap().date_naive()
}

/// A shop that is told about complaints, and an order that is complained about with a picture.
async fn complained() -> (Shop, ComplaintId) {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.bought(&payer, shop.order("complaint-0001", 500), "complaint-0001").await;
    shop.pay(CreateComplaintNotification::new("https://shop.example/old")).await;
    let now = shop.pay(UpdateComplaintNotification::new(shop.notify_url.as_str())).await;
    assert_eq!(now.url, shop.notify_url);
    assert_eq!(shop.pay(QueryComplaintNotification::new()).await.url, shop.notify_url);
    let options = ComplaintOptions {
        detail: "茶罐破了".to_owned(),
        phone: Some(PHONE.to_owned()),
        images: vec![STANDARD.encode(picture())],
        apply_refund_amount: Some(300),
        need_immediate_service: true,
        ..ComplaintOptions::default()
    };
    shop.sim.complain(MCHID, "complaint-0001", &options).unwrap();
    let PayEvent::Complaint(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.action_type.as_deref(), Some("CREATE_COMPLAINT"));
    (shop, told.complaint_id)
}

async fn action(shop: &Shop) -> String {
    let PayEvent::Complaint(told) = shop.told().await else { panic!("another notification") };
    told.action_type.unwrap()
}

async fn look(shop: &Shop, id: &ComplaintId) -> Complaint {
    shop.pay(QueryComplaint::new(id.clone())).await
}

#[tokio::test]
async fn a_complaint_is_found_and_its_phone_number_and_picture_are_opened() {
    let (shop, id) = complained().await;
    let from = today().checked_sub_days(Days::new(7)).unwrap();
    let list = shop.pay(ListComplaints::new(from, today()).limit(10).offset(0)).await;
    assert_eq!((list.total_count, list.data.len()), (Some(1), 1));
    let found = look(&shop, &id).await;
    let listed = &list.data[0];
    assert_eq!((&listed.complaint_id, &listed.complaint_state), (&id, &ComplaintState::Pending));
    assert_eq!(
        (&found.problem_type, found.apply_refund_amount),
        (&Some(ProblemType::Refund), Some(Fen(300)))
    );
    assert_eq!(found.complaint_detail.as_ref().unwrap().expose(), "茶罐破了");
    assert_eq!(found.complaint_order_info[0].out_trade_no.as_deref(), Some("complaint-0001"));
    assert_eq!(found.complaint_order_info[0].amount, Some(Fen(500)));
    let phone = found.payer_phone.as_ref().unwrap();
    assert_eq!(shop.merchant.unseal(phone).unwrap().expose(), PHONE);
    assert!(found.extra.is_empty() && listed.extra.is_empty(), "{found:?}");

    let address = &found.complaint_media_list[0].media_url[0];
    let file = shop.pay(DownloadComplaintImage::of_url(address).unwrap()).await;
    assert_eq!((file.content_type.as_deref(), &file.bytes[..]), (Some("image/png"), &picture()[..]));
}

#[tokio::test]
async fn a_complaint_is_answered_with_a_picture_refunded_and_completed() {
    let (shop, id) = complained().await;
    let file = Upload::new("new-tin.png", picture()).unwrap();
    let image = shop.pay(UploadComplaintImage::new(file)).await;
    let page = ReplyMiniProgram::new(app(), "pages/order", "看看");
    let reply = ReplyToComplaint::new(id.clone(), "马上补寄")
        .response_images([image.media_id])
        .mini_program_jump_info(page);
    shop.pay(reply).await;
    assert_eq!(action(&shop).await, "MERCHANT_RESPONSE");
    assert_eq!(look(&shop, &id).await.complaint_state, ComplaintState::Processing);

    let step = ComplaintStep::Reply { text: "谢谢".to_owned(), images: vec![] };
    shop.sim.complaint_step(id.as_str(), &step).unwrap();
    assert_eq!(action(&shop).await, "USER_RESPONSE");
    assert_eq!(look(&shop, &id).await.incoming_user_response, Some(true));

    shop.pay(UpdateRefundProgress::new(id.clone(), Approval::new(0)).remark("今天退")).await;
    assert_eq!(action(&shop).await, "MERCHANT_APPROVE_REFUND");
    shop.pay(CompleteComplaint::new(id.clone())).await;
    assert_eq!(action(&shop).await, "MERCHANT_CONFIRM_COMPLETE");
    assert_eq!(look(&shop, &id).await.complaint_state, ComplaintState::Processed);
    assert_eq!(shop.refused(CompleteComplaint::new(id.clone())).await, "INVALID_REQUEST");

    let history = shop.pay(QueryComplaintHistory::new(id)).await;
    let has = |kind: &HistoryKind| history.data.iter().any(|entry| entry.operate_type == *kind);
    for kind in [
        HistoryKind::UserCreateComplaint,
        HistoryKind::MerchantResponse,
        HistoryKind::UserResponse,
        HistoryKind::MerchantApproveRefund,
        HistoryKind::MerchantConfirmComplete,
    ] {
        assert!(has(&kind), "{kind:?} of {history:?}");
    }
    let answered = history.data.iter().find(|entry| entry.operate_type == HistoryKind::MerchantResponse);
    assert_eq!(answered.unwrap().operate_details.as_ref().unwrap().expose(), "马上补寄");
    assert!(history.data.iter().all(|entry| entry.extra.is_empty()), "{history:?}");
}

#[tokio::test]
async fn an_urgent_complaint_is_answered_with_blocks() {
    let (shop, id) = complained().await;
    let open = ClickAction::open_url("https://shop.example/faq");
    let blocks: Vec<Block> = vec![TextBlock::new("马上处理").into(), LinkBlock::new("看看", open).into()];
    let message = || Message::new(blocks.clone()).sender_identity(SenderIdentity::Manual);
    assert_eq!(look(&shop, &id).await.need_immediate_service, Some(true));
    let first = shop.pay(ReplyToUrgentComplaint::new(id.clone(), message(), "reply-1")).await;
    assert_eq!(action(&shop).await, "MERCHANT_RESPONSE");
    let again = shop.pay(ReplyToUrgentComplaint::new(id.clone(), message(), "reply-1")).await;
    assert_eq!((again.log_id.is_some(), again.log_id), (true, first.log_id.clone()), "it was said once");
    let history = shop.pay(QueryComplaintHistory::new(id)).await.data;
    let entry = history.iter().find(|entry| Some(&entry.log_id) == first.log_id.as_ref()).unwrap();
    let said = entry.normal_message.as_ref().unwrap();
    assert_eq!((said.blocks.len(), &said.sender_identity), (2, &Some(SenderIdentity::Manual)));
    let text = said.blocks[0].text.as_ref().unwrap().text.as_deref();
    let link = said.blocks[1].link.as_ref().unwrap().action.as_ref().unwrap().jump_url.as_deref();
    assert_eq!((text, link), (Some("马上处理"), Some("https://shop.example/faq")));
}

#[tokio::test]
async fn a_shopper_goes_on_complaining_and_calls_the_platform() {
    let (shop, id) = complained().await;
    shop.pay(CompleteComplaint::new(id.clone())).await;
    assert_eq!(action(&shop).await, "MERCHANT_CONFIRM_COMPLETE");
    let again = ComplaintStep::Continue { text: "还没收到".to_owned() };
    shop.sim.complaint_step(id.as_str(), &again).unwrap();
    assert_eq!(action(&shop).await, "CONTINUE_COMPLAINT");
    let ask = ComplaintStep::AskPlatform { reason: "商户不理".to_owned(), text: "请帮忙".to_owned() };
    shop.sim.complaint_step(id.as_str(), &ask).unwrap();
    assert_eq!(action(&shop).await, "USER_APPLY_PLATFORM_SERVICE");
    let found = look(&shop, &id).await;
    assert_eq!((found.user_complaint_times, found.in_platform_service), (Some(2), Some(true)));
    let history = shop.pay(QueryComplaintHistory::new(id.clone())).await;
    let reason = |entry: &&wechat_sdk::pay::complaint_history::HistoryEntry| {
        entry.operate_type == HistoryKind::UserApplyPlatformService
    };
    let entry = history.data.iter().find(reason).unwrap();
    assert_eq!(entry.user_apply_platform_service_reason.as_deref(), Some("商户不理"));

    shop.pay(DeleteComplaintNotification::new()).await;
    shop.sim.complaint_step(id.as_str(), &ComplaintStep::Withdraw {}).unwrap();
    assert_eq!(look(&shop, &id).await.complaint_state, ComplaintState::Processed);
    assert_eq!(shop.refused(QueryComplaintNotification::new()).await, "RESOURCE_NOT_EXISTS");
}
