//! Money from the shop to its shoppers.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use wechat_sdk::pay::transfer_authorizations::{
    AuthorizationEndReason, AuthorizationRequest, AuthorizationState, AuthorizeTransfers,
    CloseTransferAuthorization, QueryTransferAuthorization, TransferAndAuthorize, TransferAuthorized,
};
use wechat_sdk::pay::transfer_receipts::{
    QueryTransferReceipt, ReceiptHash, ReceiptState, RequestTransferReceipt,
};
use wechat_sdk::pay::transfers::{
    CancelTransfer, CreateTransfer, QueryTransfer, QueryTransferByBillNo, SceneReport, TransferOrder,
    TransferState,
};
use wechat_sdk::{Fen, OutAuthorizationNo, OutBillNo, PayEvent};
use wechat_sim::EntryKind;

use crate::support::{MCHID, Shop, app, shop};

fn number(text: &str) -> OutBillNo {
    OutBillNo::new(text).unwrap()
}

fn leave(text: &str) -> OutAuthorizationNo {
    OutAuthorizationNo::new(text).unwrap()
}

/// A prize, as the scene of promotions wants it.
fn prize(text: &str, fen: i64) -> TransferOrder {
    let reports = [SceneReport::new("活动名称", "新会员有礼"), SceneReport::new("奖励说明", "抽奖一等奖")];
    TransferOrder::new(app(), number(text), "1000", Fen(fen), "新会员开通有礼", reports)
        .user_recv_perception("现金奖励")
}

fn told_prize(shop: &Shop, text: &str, fen: i64) -> TransferOrder {
    prize(text, fen).notify_url(shop.notify_url.as_str())
}

#[tokio::test]
async fn a_shopper_confirms_a_transfer_and_a_receipt_is_fetched() {
    let shop = shop().await;
    let winner = shop.shopper().await;
    shop.sim.real_name(winner.as_str(), Some("张三")).unwrap();
    let order = told_prize(&shop, "T0001", 200_000).user_name("张三");
    let started = shop.pay(CreateTransfer::new(order, winner.clone())).await;
    assert_eq!((&started.state, started.extra.is_empty()), (&TransferState::WaitUserConfirm, true));
    let early = RequestTransferReceipt::new(number("T0001"));
    assert_eq!(shop.refused(early).await, "INVALID_REQUEST");

    // The page can be left and opened again.
    let package = started.package_info.unwrap();
    shop.sim.confirm_transfer_package(package.expose(), false).unwrap();
    assert_eq!(shop.pay(QueryTransfer::new(number("T0001"))).await.state, TransferState::WaitUserConfirm);
    shop.sim.confirm_transfer_package(package.expose(), true).unwrap();

    let PayEvent::Transfer(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((&told.state, told.transfer_amount), (&TransferState::Success, Fen(200_000)));
    assert_eq!((&told.openid, told.mch_id.as_ref().unwrap().as_str()), (&winner, MCHID));
    assert!(told.extra.is_empty(), "{told:?}");
    let found = shop.pay(QueryTransferByBillNo::new(told.transfer_bill_no)).await;
    assert_eq!((found.state, &found.out_bill_no), (TransferState::Success, &number("T0001")));
    let name = found.user_name.expect("the name that was given");
    assert_eq!(shop.merchant.unseal(&name).unwrap().expose(), "张三");
    assert!(found.extra.is_empty());
    let booked = &shop.sim.ledger()[0];
    assert_eq!((booked.kind, booked.amount), (EntryKind::Transfer, -200_000));

    let asked = shop.pay(RequestTransferReceipt::new(number("T0001"))).await;
    assert_eq!(asked.state, ReceiptState::Generating);
    shop.sim.advance(Duration::from_mins(1)).unwrap();
    let ready = shop.pay(QueryTransferReceipt::new(number("T0001"))).await;
    assert_eq!((&ready.state, &ready.hash_type), (&ReceiptState::Finished, &Some(ReceiptHash::Sha256)));
    let file = shop.merchant.download(&ready.download_url.unwrap()).await.unwrap();
    let digest = digest(&SHA256, &file.bytes);
    let hex = digest.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert_eq!((file.content_type.as_deref(), ready.hash_value), (Some("application/pdf"), Some(hex)));
}

#[tokio::test]
async fn a_transfer_under_a_wrong_name_fails() {
    let shop = shop().await;
    let winner = shop.shopper().await;
    shop.sim.real_name(winner.as_str(), Some("张三")).unwrap();
    let order = told_prize(&shop, "T0002", 500).user_name("李四");
    shop.pay(CreateTransfer::new(order, winner)).await;
    // Whether the name is compared before or after the page, no money goes out.
    let _ = shop.sim.confirm_transfer(MCHID, "T0002", true);
    let PayEvent::Transfer(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((&told.state, told.state.is_void()), (&TransferState::Fail, true));
    assert_eq!(told.fail_reason.as_deref(), Some("NAME_NOT_CORRECT"));
    assert!(shop.sim.ledger().is_empty());
}

#[tokio::test]
async fn a_transfer_nobody_confirmed_is_cancelled_or_ends_after_a_day() {
    let shop = shop().await;
    let winner = shop.shopper().await;
    shop.pay(CreateTransfer::new(told_prize(&shop, "T0003", 100), winner.clone())).await;
    let cancelled = shop.pay(CancelTransfer::new(number("T0003"))).await;
    assert!(matches!(cancelled.state, TransferState::Canceling | TransferState::Cancelled));
    let PayEvent::Transfer(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((&told.state, told.state.is_final()), (&TransferState::Cancelled, true));

    shop.pay(CreateTransfer::new(told_prize(&shop, "T0004", 100), winner)).await;
    shop.sim.advance(Duration::from_hours(25)).unwrap();
    let PayEvent::Transfer(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((told.state, told.fail_reason.as_deref()), (TransferState::Fail, Some("OVERDUE_CLOSE")));
    assert_eq!(shop.refused(QueryTransfer::new(number("T0009"))).await, "NOT_FOUND");
}

#[tokio::test]
async fn a_transfer_that_is_repeated_is_one_transfer() {
    let shop = shop().await;
    let winner = shop.shopper().await;
    let call = CreateTransfer::new(told_prize(&shop, "T0005", 100), winner.clone());
    let first = shop.pay(call.clone()).await;
    assert_eq!(shop.pay(call).await.transfer_bill_no, first.transfer_bill_no);
    let other = CreateTransfer::new(told_prize(&shop, "T0005", 101), winner);
    assert_eq!(shop.refused(other).await, "INVALID_REQUEST");
}

#[tokio::test]
async fn a_shopper_who_agreed_once_confirms_nothing_more() {
    let shop = shop().await;
    let rider = shop.shopper().await;
    let url = shop.notify_url.as_str();
    let wish = AuthorizeTransfers::new(leave("A0001"), app(), rider.clone(), "1000", "用户甲", url)
        .user_recv_perception("活动奖励");
    let asked = shop.pay(wish).await;
    assert_eq!(asked.state, AuthorizationState::WaitUserConfirm);
    assert!(asked.package_info.is_some());
    let early = TransferAuthorized::by_out_authorization_no(prize("T0006", 100), leave("A0001"));
    assert_eq!(shop.refused(early).await, "NO_AUTH");

    shop.sim.confirm_authorization(MCHID, "A0001", true).unwrap();
    let PayEvent::Authorization(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((&told.state, &told.openid), (&AuthorizationState::TakingEffect, &rider));
    assert!(told.extra.is_empty(), "{told:?}");
    let id = told.authorization_id.unwrap();
    let found = shop.pay(QueryTransferAuthorization::new(leave("A0001"))).await;
    assert_eq!((found.authorization_id.as_ref(), found.state), (Some(&id), AuthorizationState::TakingEffect));
    assert_eq!(found.user_display_name.unwrap().expose(), "用户甲");

    let by_number = TransferAuthorized::by_out_authorization_no(prize("T0006", 100), leave("A0001"));
    let done = shop.pay(by_number).await;
    assert_eq!((done.state, done.openid.as_ref()), (TransferState::Success, Some(&rider)));
    let by_id = TransferAuthorized::by_authorization_id(prize("T0007", 200), id);
    assert_eq!(shop.pay(by_id).await.state, TransferState::Success);
    assert_eq!(shop.sim.ledger().iter().map(|entry| entry.amount).sum::<i64>(), -300);

    let closed = shop.pay(CloseTransferAuthorization::new(leave("A0001"))).await;
    assert_eq!(closed.state, AuthorizationState::Closed);
    let PayEvent::Authorization(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.close_info.unwrap().close_reason, AuthorizationEndReason::CloseViaMchApi);
    let late = TransferAuthorized::by_out_authorization_no(prize("T0008", 100), leave("A0001"));
    assert_eq!(shop.refused(late).await, "NO_AUTH");
}

#[tokio::test]
async fn a_shopper_takes_an_authorization_back() {
    let shop = shop().await;
    let rider = shop.shopper().await;
    let url = shop.notify_url.as_str();
    shop.pay(AuthorizeTransfers::new(leave("A0002"), app(), rider, "1000", "用户乙", url)).await;
    shop.sim.confirm_authorization(MCHID, "A0002", true).unwrap();
    shop.told().await;
    shop.sim.close_authorization(MCHID, "A0002").unwrap();
    let PayEvent::Authorization(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.close_info.unwrap().close_reason, AuthorizationEndReason::UserClose);
    let found = shop.pay(QueryTransferAuthorization::new(leave("A0002"))).await;
    assert_eq!(found.state, AuthorizationState::Closed);
}

#[tokio::test]
async fn a_first_transfer_asks_for_the_authorization_of_the_next_ones() {
    let shop = shop().await;
    let rider = shop.shopper().await;
    let wish = AuthorizationRequest::new(leave("A0003"), "用户丙", shop.notify_url.as_str());
    let call = TransferAndAuthorize::new(told_prize(&shop, "T0009", 100), rider, wish);
    let started = shop.pay(call).await;
    assert_eq!((&started.state, started.extra.is_empty()), (&TransferState::WaitUserConfirm, true));
    shop.sim.confirm_transfer(MCHID, "T0009", true).unwrap();
    // Money and consent are told apart, in whichever order.
    let (mut sent, mut agreed) = (false, false);
    while !(sent && agreed) {
        match shop.told().await {
            PayEvent::Transfer(told) => sent = told.state == TransferState::Success,
            PayEvent::Authorization(told) => agreed = told.state == AuthorizationState::TakingEffect,
            other => panic!("{other:?}"),
        }
    }
    let next = TransferAuthorized::by_out_authorization_no(prize("T0010", 100), leave("A0003"));
    assert_eq!(shop.pay(next).await.state, TransferState::Success);
}
