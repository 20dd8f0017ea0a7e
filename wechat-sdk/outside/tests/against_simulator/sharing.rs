//! Sharing the money of a payment, and taking it back.

use std::time::Duration;

use wechat_sdk::pay::profit_sharing::{
    AddSharingReceiver, CreateSharing, DeleteSharingReceiver, QuerySharing, QueryUnsplitAmount, ReceiverKind,
    Relation, Share, SharingFailure, SharingResult, SharingState, UnfreezeRest,
};
use wechat_sdk::pay::sharing_returns::{
    CreateSharingReturn, QuerySharingReturn, ReturnFailure, ReturnResult,
};
use wechat_sdk::{Fen, MchId, OpenId, OutOrderNo, OutReturnNo, TransactionId};
use wechat_sim::{EntryKind, ReturnResult as Outcome, ShareResult};

use crate::support::{MCHID, Shop, app, shop, transaction};

const STORE: &str = "1900000009";
const STORE_NAME: &str = "某某连锁店";

fn store() -> MchId {
    MchId::new(STORE).unwrap()
}

fn number(text: &str) -> OutOrderNo {
    OutOrderNo::new(text).unwrap()
}

fn back(text: &str) -> OutReturnNo {
    OutReturnNo::new(text).unwrap()
}

/// A shop with a payment of ten yuan whose money is frozen, and a clerk.
async fn frozen() -> (Shop, TransactionId, OpenId) {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let paid = shop.bought(&payer, shop.order("share-0001", 1_000).settle_info(true), "share-0001").await;
    // The money of a payment can be shared a minute later.
    shop.sim.advance(Duration::from_mins(2)).unwrap();
    let clerk = shop.shopper().await;
    shop.pay(AddSharingReceiver::person(app(), clerk.clone(), Relation::Staff)).await;
    shop.sim.merchant(STORE).await;
    shop.sim.real_name(STORE, Some(STORE_NAME)).unwrap();
    (shop, transaction(&paid), clerk)
}

#[tokio::test]
async fn money_is_shared_with_a_store_and_a_person_and_the_rest_let_go() {
    let (shop, paid, clerk) = frozen().await;
    let named = |name: &str| AddSharingReceiver::merchant(app(), store(), name, Relation::Store);
    // The name travels encrypted, and the simulator compares what it opens.
    assert_eq!(shop.refused(named("另一家店")).await, "INVALID_REQUEST");
    let added = shop.pay(named(STORE_NAME)).await;
    assert_eq!((&added.kind, added.account.as_str()), (&ReceiverKind::Merchant, STORE));

    let shares =
        [Share::to_merchant(store(), Fen(200), "门店"), Share::to_person(clerk.clone(), Fen(50), "佣金")];
    let sharing = CreateSharing::new(paid.clone(), number("P1"), shares, false).appid(app());
    let begun = shop.pay(sharing.clone()).await;
    assert_eq!((begun.state, begun.receivers.len()), (SharingState::Processing, 2));
    assert_eq!(shop.pay(sharing).await.order_id, begun.order_id, "a number is one sharing");
    shop.sim.advance(Duration::from_secs(5)).unwrap();
    let done = shop.pay(QuerySharing::new(number("P1"), paid.clone())).await;
    assert_eq!((&done.state, done.extra.is_empty()), (&SharingState::Finished, true));
    for share in &done.receivers {
        assert_eq!((&share.result, &share.fail_reason), (&SharingResult::Success, &None));
        assert!(share.finish_time.is_some() && share.extra.is_empty(), "{share:?}");
    }
    assert_eq!(shop.pay(QueryUnsplitAmount::new(paid.clone())).await.unsplit_amount, Fen(750));

    // No more than thirty percent were agreed on.
    let shares = [Share::to_merchant(store(), Fen(51), "门店")];
    let more = CreateSharing::new(paid.clone(), number("P2"), shares, false);
    assert_eq!(shop.refused(more).await, "RULE_LIMIT");

    shop.pay(UnfreezeRest::new(paid.clone(), number("P3"), "完结")).await;
    shop.sim.advance(Duration::from_secs(5)).unwrap();
    let ended = shop.pay(QuerySharing::new(number("P3"), paid.clone())).await;
    assert_eq!(ended.state, SharingState::Finished);
    assert_eq!(shop.pay(QueryUnsplitAmount::new(paid)).await.unsplit_amount, Fen(0));
    let booked = shop.sim.ledger_of(MCHID).into_iter().filter(|entry| entry.kind == EntryKind::Sharing);
    assert_eq!(booked.map(|entry| entry.amount).sum::<i64>(), -250);
}

#[tokio::test]
async fn what_a_store_got_can_be_taken_back() {
    let (shop, paid, _) = frozen().await;
    shop.pay(AddSharingReceiver::merchant(app(), store(), STORE_NAME, Relation::Store)).await;
    let shares = [Share::to_merchant(store(), Fen(200), "门店")];
    let begun = shop.pay(CreateSharing::new(paid.clone(), number("P1"), shares, true)).await;
    shop.sim.advance(Duration::from_secs(5)).unwrap();

    let part = CreateSharingReturn::of_out_order_no(number("P1"), back("B1"), store(), Fen(50), "退货");
    let done = shop.pay(part.clone()).await;
    assert_eq!((&done.result, done.amount, done.return_mchid), (&ReturnResult::Success, Fen(50), store()));
    assert!(done.extra.is_empty());
    let found = shop.pay(QuerySharingReturn::new(back("B1"), number("P1"))).await;
    assert_eq!((found.return_id, found.result), (done.return_id, ReturnResult::Success));

    shop.sim.return_outcome(STORE, Some(Outcome::Failed), Some("BALANCE_NOT_ENOUGH")).unwrap();
    let rest = CreateSharingReturn::of_order_id(begun.order_id, back("B2"), store(), Fen(150), "退货");
    let failed = shop.pay(rest).await;
    assert_eq!(
        (failed.result, failed.fail_reason),
        (ReturnResult::Failed, Some(ReturnFailure::BalanceNotEnough))
    );
    let missing = QuerySharingReturn::new(back("B9"), number("P1"));
    let error = shop.merchant.send(&missing).await.unwrap_err();
    assert_eq!(error.api().unwrap().status, 404);
    let returned =
        shop.sim.ledger_of(MCHID).into_iter().filter(|entry| entry.kind == EntryKind::SharingReturn);
    assert_eq!(returned.map(|entry| entry.amount).sum::<i64>(), 50);
}

#[tokio::test]
async fn a_share_that_fails_stays_frozen_and_tells_why() {
    let (shop, paid, clerk) = frozen().await;
    shop.sim.share_outcome(clerk.as_str(), Some(ShareResult::Closed), Some("RECEIVER_HIGH_RISK")).unwrap();
    let shares = [Share::to_person(clerk.clone(), Fen(100), "佣金")];
    shop.pay(CreateSharing::new(paid.clone(), number("P1"), shares, false).appid(app())).await;
    shop.sim.advance(Duration::from_secs(5)).unwrap();
    let done = shop.pay(QuerySharing::new(number("P1"), paid.clone())).await;
    assert_eq!(done.state, SharingState::Finished, "which says nothing about a receiver");
    assert_eq!(done.receivers[0].result, SharingResult::Closed);
    assert_eq!(done.receivers[0].fail_reason, Some(SharingFailure::ReceiverHighRisk));
    assert_eq!(shop.pay(QueryUnsplitAmount::new(paid.clone())).await.unsplit_amount, Fen(1_000));

    let gone = shop.pay(DeleteSharingReceiver::person(app(), clerk.clone())).await;
    assert_eq!((gone.kind, gone.account.as_str()), (ReceiverKind::Person, clerk.as_str()));
    shop.sim.share_outcome(clerk.as_str(), None, None).unwrap();
    let shares = [Share::to_person(clerk, Fen(100), "佣金")];
    shop.pay(CreateSharing::new(paid.clone(), number("P2"), shares, false).appid(app())).await;
    shop.sim.advance(Duration::from_secs(5)).unwrap();
    let done = shop.pay(QuerySharing::new(number("P2"), paid)).await;
    assert_eq!(done.receivers[0].fail_reason, Some(SharingFailure::NoRelation));
}
