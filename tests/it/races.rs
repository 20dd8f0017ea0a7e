use crate::support::{MCH, TestApp, both, key};
use jishi::base::Clock as _;
use jishi::mall::stock;
use std::time::Duration;

both!(
    async fn three_hundred_buyers_of_ten_pieces(app) {
        let (sku, _) = app.guest().sku(0).await;
        app.set_stock(&sku, 10).await;
        let person = app.shopper().await;
        let address = person.address().await;
        let total = person.quote(&sku, 1).await;
        let asks: Vec<_> = (0..300)
            .map(|_| {
                let (person, sku, address) = (person.clone(), sku.clone(), address.clone());
                tokio::spawn(async move { person.order_for(&sku, 1, &address, total, &key()).await })
            })
            .collect();
        let (mut placed, mut refused) = (0, 0);
        for ask in asks {
            let answer = ask.await.unwrap();
            match (answer.status, answer.code()) {
                (201, _) => placed += 1,
                (409, "insufficient_stock") => refused += 1,
                other => panic!("{other:?}: {}", answer.body),
            }
        }
        assert_eq!((placed, refused), (10, 290));
        assert_eq!(app.stock(&sku).await, (10, 10));
        app.later(1801).await;
        assert_eq!(app.stock(&sku).await, (10, 0));
    }
);

both!(
    async fn paying_against_closing_ends_one_way(app) {
        let (sku, _) = app.guest().sku(1).await;
        let (on_hand, _) = app.stock(&sku).await;
        let (mut paid, mut closed) = (0, 0);
        let mut closing = Duration::from_millis(20);
        for trial in 0..200 {
            let (state, took) = pay_and_close(&app, &sku, trial, closing).await;
            closing = took;
            match state.as_str() {
                "paid" => paid += 1,
                "closed" => closed += 1,
                other => panic!("a trade ended {other}"),
            }
        }
        let refunds = app.sim.refunds().len();
        println!("{paid} paid, {closed} closed, {refunds} given back");
        assert_eq!(paid + closed, 200);
        assert!(paid > 0 && closed > 0 && refunds > 0, "no race: {paid} paid, {closed} closed, {refunds} given back");
        assert_eq!(app.stock(&sku).await, (on_hand - paid, 0));
    }
);

/// One trial; gives how the trade ended, after checking what the simulator collected, and how long
/// closing took. Paying comes somewhere between now and twice as long as `closing` took the last
/// time, so that there is a race however slow the machine is.
async fn pay_and_close(app: &TestApp, sku: &str, trial: u32, closing: Duration) -> (String, Duration) {
    let (person, trade) = app.ordered(sku).await;
    assert_eq!(person.start_payment(&trade).await.status, 200);
    let number = app.out_trade_no(&trade).await;
    let (sim, paying) = (app.sim.clone(), number.clone());
    // Paying is one call in process, closing several over HTTP: it gets a head start.
    let head_start = closing * 2 * (trial * 7919 % 1000) / 1000;
    let pay = async move {
        tokio::time::sleep(head_start).await;
        // Every third pays although WeChat has closed: the money must come back.
        let options =
            wechat_sim::PayOptions { even_if_closed: trial.is_multiple_of(3), ..Default::default() };
        sim.pay_with(MCH, &paying, &options).is_ok()
    };
    let started = tokio::time::Instant::now();
    let close = async { (person.cancel(&trade).await.status, started.elapsed()) };
    let (collected, (status, took)) = tokio::join!(pay, close);
    assert!([200, 409, 502].contains(&status), "{status}");
    assert!(app.sim.delivered_within(Duration::from_secs(20)).await);
    app.later(60).await;
    app.later(60).await;
    let state = person.trade(&trade).await["state"].as_str().unwrap().to_owned();
    let back: Vec<_> = app.sim.refunds().into_iter().filter(|refund| refund.out_trade_no == number).collect();
    let expected = usize::from(collected && state == "closed");
    assert_eq!(back.len(), expected, "{state}, collected: {collected}");
    for refund in back {
        let order = app.sim.order(MCH, &number).unwrap();
        assert_eq!(refund.refund, order.total);
    }
    (state, took)
}

both!(
    async fn two_instances_sell_what_there_is_and_no_more(app) {
        let twin = app.twin().await;
        let (sku, _) = app.guest().sku(2).await;
        app.set_stock(&sku, 10).await;
        let person = app.shopper().await;
        let address = person.address().await;
        let total = person.quote(&sku, 1).await;
        let asks = (0..200).map(|number| {
            let (sku, address) = (sku.clone(), address.clone());
            let person = if number % 2 == 0 { person.clone() } else { person.at(&twin) };
            async move { person.order_for(&sku, 1, &address, total, &key()).await }
        });
        let answers = futures_util::future::join_all(asks).await;
        let placed = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.code() == "insufficient_stock").count();
        assert_eq!((placed, refused), (10, 190));
        assert_eq!(app.stock(&sku).await, (10, 10));
    }
);

both!(
    async fn two_instances_do_one_key_once(app) {
        let twin = app.twin().await;
        let (sku, _) = app.guest().sku(3).await;
        let person = app.shopper().await;
        let (address, total) = (person.address().await, person.quote(&sku, 1).await);
        for _ in 0..20 {
            let key = key();
            let there = person.at(&twin);
            let asks = [&person, &there, &person, &there].map(|who| who.order_for(&sku, 1, &address, total, &key));
            let answers = futures_util::future::join_all(asks).await;
            assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
            assert!(answers.iter().all(|answer| answer.body == answers[0].body), "{answers:?}");
        }
        assert_eq!(app.stock(&sku).await.1, 20);
    }
);

both!(
    async fn a_hold_ends_once(app) {
        let (sku, _) = app.guest().sku(4).await;
        let before = app.stock(&sku).await;
        let (_, other) = app.ordered(&sku).await;
        let (person, trade) = app.ordered(&sku).await;
        assert_eq!(person.cancel(&trade).await.status, 200);
        let mut tx = app.mall.core.db.begin().await.unwrap();
        let id = trade.parse().unwrap();
        stock::release_holds(&mut tx, app.tenant, id).await.unwrap();
        stock::commit_holds(&mut tx, app.tenant, id, app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.stock(&sku).await, (before.0, before.1 + 1), "{other} still holds one");
    }
);
