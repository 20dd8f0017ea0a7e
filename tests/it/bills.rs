//! WeChat's daily bills against the books: nothing on a clean day, and exactly what was planted otherwise.

use crate::support::{MCH, Person, TestApp, both, key};
use jishi::base::{Clock as _, Day, Timestamp};
use jishi::flow::reconcile;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use wechat_sim::{BillKind, BillReturnedFees, BillStyle, BillTamper, PayOptions, RefundStatus};

/// A day in the books.
struct Shop<'a> {
    app: &'a TestApp,
    day: Day,
}

/// Noon of the next day in China: what follows is all on that day.
async fn noon(app: &TestApp) -> Shop<'_> {
    let day = Day::of(app.clock.now()).next();
    to(app, day.start().after(Duration::from_hours(12))).await;
    Shop { app, day }
}

async fn to(app: &TestApp, moment: Timestamp) {
    let seconds = (moment.millis() - app.clock.now().millis()) / 1000 + 1;
    app.later(seconds.unsigned_abs()).await;
}

/// A paid trade, and its number at WeChat.
async fn paid(app: &TestApp, place: usize) -> (Person, String, String) {
    let (sku, _) = app.guest().sku(place).await;
    let (person, trade) = app.ordered(&sku).await;
    assert_eq!(person.start_payment(&trade).await.status, 200);
    let number = app.out_trade_no(&trade).await;
    app.sim.pay(MCH, &number).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    (person, trade, number)
}

/// Money that came after its trade was closed, and went back.
async fn given_back(app: &TestApp, place: usize) -> String {
    let number = late(app, place).await;
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    app.run_jobs().await;
    app.later(61).await;
    app.later(61).await;
    number
}

async fn late(app: &TestApp, place: usize) -> String {
    let (sku, _) = app.guest().sku(place).await;
    let (person, trade) = app.ordered(&sku).await;
    assert_eq!(person.start_payment(&trade).await.status, 200);
    let number = app.out_trade_no(&trade).await;
    assert_eq!(person.cancel(&trade).await.status, 200);
    let late = PayOptions { even_if_closed: true, ..PayOptions::default() };
    app.sim.pay_with(MCH, &number, &late).unwrap();
    number
}

impl Shop<'_> {
    /// Ten o'clock of the next day: the bills are there.
    async fn over(&self) {
        to(self.app, self.day.next().start().after(Duration::from_hours(10))).await;
    }

    fn tamper(&self, kind: BillKind, does: &[BillTamper]) {
        self.app.sim.tamper_bill(MCH, kind, &self.day.to_string(), does).unwrap();
    }

    /// Compares; gives the differences of the day, as `class subject number state`.
    async fn compare(&self) -> Vec<String> {
        let run = self.run().await;
        for bill in run["bills"].as_array().unwrap() {
            assert!(["compared", "empty"].contains(&bill["state"].as_str().unwrap()), "{run}");
        }
        let mut found: Vec<_> = self.differences().await.iter().map(told).collect();
        found.sort();
        found
    }

    async fn run(&self) -> Value {
        let path = format!("/admin/v1/bills/{}/run", self.day);
        let answer = self.app.operator().await.post(&path, json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    async fn differences(&self) -> Vec<Value> {
        let path = format!("/admin/v1/differences?date={}&limit=100", self.day);
        self.app.operator().await.get(&path).await.body["items"].as_array().unwrap().clone()
    }

    async fn balance(&self, account: &str) -> i64 {
        let balances = self.app.operator().await.get("/admin/v1/ledger/balances").await.body;
        let found = balances["items"].as_array().unwrap().iter().find(|item| item["account"] == account);
        found.map_or(0, |item| item["balance"].as_i64().unwrap())
    }
}

fn told(case: &Value) -> String {
    let words = ["class", "subject", "number", "state"].map(|name| case[name].as_str().unwrap());
    words.join(" ")
}

both!(
    async fn a_clean_day_has_no_differences_and_its_fees_are_booked_once(app) {
        let shop = noon(&app).await;
        paid(&app, 0).await;
        paid(&app, 1).await;
        given_back(&app, 2).await;
        shop.over().await;
        for _ in 0..3 {
            assert_eq!(shop.compare().await, Vec::<String>::new());
        }
        let kept: i64 = app.sim.ledger_of(MCH).iter().map(|entry| entry.fee).sum();
        let gained: i64 = app.sim.ledger_of(MCH).iter().map(|entry| entry.amount).sum();
        assert!(kept > 0);
        assert_eq!((shop.balance("fees").await, shop.balance("wechat").await), (kept, gained - kept));
        let bills = app.operator().await.get("/admin/v1/bills").await.body;
        let trade = bills["items"].as_array().unwrap().iter().find(|bill| bill["kind"] == "trade").unwrap();
        assert_eq!((&trade["incomes"], &trade["expenses"]), (&json!(3), &json!(1)), "{trade}");
        assert_eq!(trade["hash"].as_str().unwrap().len(), 40);
    }
);

both!(
    async fn every_style_of_bill_is_read(app) {
        let shop = noon(&app).await;
        paid(&app, 0).await;
        given_back(&app, 1).await;
        let style = BillStyle {
            bom: false,
            shortest_summary: true,
            returned_fees: BillReturnedFees::Line,
            ..BillStyle::default()
        };
        app.sim.bill_style(None, style).unwrap();
        shop.over().await;
        assert_eq!(shop.compare().await, Vec::<String>::new());
        let lf = BillTamper::Replace { from: "\r\n".to_owned(), to: "\n".to_owned() };
        shop.tamper(BillKind::Trade, std::slice::from_ref(&lf));
        shop.tamper(BillKind::FundFlow, &[lf]);
        assert_eq!(shop.compare().await, Vec::<String>::new());
    }
);

both!(
    async fn planted_differences_are_found_once_each_however_often(app) {
        let shop = noon(&app).await;
        let mut numbers = vec![];
        for place in 0..4 {
            numbers.push(paid(&app, place).await.2);
            app.later(1).await;
        }
        given_back(&app, 4).await;
        let refund = app.sim.refunds()[0].out_refund_no.clone();
        shop.over().await;
        let does = [
            BillTamper::DropLine(1),
            BillTamper::ChangeAmount { line: 2, by: 1 },
            BillTamper::ChangeAmount { line: 3, by: -1 },
            BillTamper::RepeatLine(4),
            BillTamper::ChangeAmount { line: 6, by: 1 },
            BillTamper::Stranger(777),
            BillTamper::RepeatLine(8),
        ];
        shop.tamper(BillKind::Trade, &does);
        let first = shop.compare().await;
        let differences = shop.differences().await;
        let stranger = differences.iter().find(|case| case["theirs"] == 777).unwrap();
        assert_eq!(stranger["lines"], 2);
        let stranger = stranger["number"].as_str().unwrap().to_owned();
        let mut expected = vec![
            format!("only_us payment {} open", numbers[0]),
            format!("amount payment {} open", numbers[1]),
            format!("amount payment {} open", numbers[2]),
            format!("only_wechat payment {} open", numbers[3]),
            format!("amount refund {refund} open"),
            format!("only_wechat payment {stranger} open"),
        ];
        expected.sort();
        assert_eq!(first, expected);
        assert_eq!(shop.compare().await, expected);
        app.later(1800).await;
        assert_eq!(shop.compare().await, expected);
        let gaps: Vec<i64> = differences
            .iter()
            .filter(|case| case["class"] == "amount")
            .map(|case| case["theirs"].as_i64().unwrap() - case["ours"].as_i64().unwrap())
            .collect();
        assert_eq!(gaps.iter().map(|gap| gap.abs()).collect::<Vec<_>>(), [1, 1, 1]);
        let again = differences.iter().find(|case| case["number"] == numbers[3].as_str()).unwrap();
        assert_eq!(again["lines"], 2);
    }
);

both!(
    async fn runs_at_the_same_time_do_not_find_or_book_anything_twice(app) {
        let shop = noon(&app).await;
        let (_, _, number) = paid(&app, 0).await;
        paid(&app, 1).await;
        shop.over().await;
        shop.tamper(BillKind::Trade, &[BillTamper::ChangeAmount { line: 1, by: -1 }]);
        let operator = app.operator().await;
        let path = format!("/admin/v1/bills/{}/run", shop.day);
        let does = wechat_sim::Effect::Delay { ms: 1000, after_work: false };
        app.sim.fault(wechat_sim::Fault::new("trade_bill", does));
        let runs = (0..6).map(|_| operator.post(&path, json!({})));
        let answers = futures_util::future::join_all(runs).await;
        assert!(answers.iter().any(|answer| answer.status == 200));
        assert!(answers.iter().any(|answer| answer.status == 409), "one run at a time");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!((answer.status, answer.code()), (409, "bill_in_work"));
        }
        assert_eq!(shop.compare().await, [format!("amount payment {number} open")]);
        let fees = operator.get("/admin/v1/ledger?kind=fee").await.body;
        assert_eq!(fees["items"].as_array().unwrap().len(), 1);
    }
);

both!(
    async fn a_movement_that_the_ledger_does_not_have_is_a_case_that_an_operator_can_book(app) {
        let shop = noon(&app).await;
        paid(&app, 0).await;
        app.sim.top_up(MCH, 5000).unwrap();
        shop.over().await;
        shop.tamper(BillKind::FundFlow, &[BillTamper::ChangeAmount { line: 2, by: 3 }]);
        let found = shop.compare().await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], "fee fees fund_flow open");
        let case = shop.differences().await.into_iter().find(|case| case["subject"] == "movement").unwrap();
        assert_eq!((&case["class"], &case["theirs"]), (&json!("only_wechat"), &json!(5000)));
        let operator = app.operator().await;
        let path = format!("/admin/v1/differences/{}", case["id"].as_str().unwrap());
        let taken = operator.post(&format!("{path}/take"), json!({})).await;
        assert!(taken.status == 200 && taken.body["owner_id"].is_string(), "{}", taken.body);
        let wish = json!({ "resolution": "booked", "note": "own money for refunds" }).to_string();
        let path = format!("{path}/resolve");
        let (key, other) = (key(), key());
        assert_eq!(operator.send(Method::POST, &path, Some(wish.clone()), None).await.status, 400);
        for _ in 0..2 {
            let answer = operator.send(Method::POST, &path, Some(wish.clone()), Some(&key)).await;
            assert_eq!((answer.status, &answer.body["resolution"]), (200, &json!("booked")), "{}", answer.body);
        }
        let late = operator.send(Method::POST, &path, Some(wish), Some(&other)).await;
        assert_eq!((late.status, late.code()), (409, "difference_resolved"));
        assert_eq!(shop.balance("suspense").await, -5000);
        assert_eq!(shop.compare().await.len(), 2, "a resolved case stays one");
        let open = operator.get("/admin/v1/differences?state=open").await.body;
        assert_eq!(open["items"].as_array().unwrap().len(), 1);
    }
);

fn replace(from: &str, to: &str) -> BillTamper {
    BillTamper::Replace { from: from.to_owned(), to: to.to_owned() }
}

both!(
    async fn the_bill_alone_resolves_nothing(app) {
        let shop = noon(&app).await;
        let (_, _, number) = paid(&app, 0).await;
        let (person, trade) = app.ordered(&app.guest().sku(1).await.0).await;
        assert_eq!(person.start_payment(&trade).await.status, 200);
        let unpaid = app.out_trade_no(&trade).await;
        app.sim.refund_outcome(RefundStatus::Abnormal);
        given_back(&app, 2).await;
        app.sim.refund_outcome(RefundStatus::Success);
        given_back(&app, 3).await;
        let refund = |status| {
            let refunds = app.sim.refunds().into_iter();
            refunds.filter(|refund| refund.status == status).map(|refund| refund.out_refund_no).next().unwrap()
        };
        shop.over().await;
        shop.tamper(BillKind::Trade, &[replace(&number, &unpaid), replace("CHANGE", "SUCCESS")]);
        let found = shop.compare().await;
        for case in [
            format!("only_us payment {number} open"),
            format!("state payment {unpaid} open"),
            format!("state refund {} open", refund(RefundStatus::Abnormal)),
        ] {
            assert!(found.contains(&case), "{case}: {found:?}");
        }
        shop.tamper(BillKind::Trade, &[replace("SUCCESS", "FAIL")]);
        let case = format!("state refund {} open", refund(RefundStatus::Success));
        let found = shop.compare().await;
        assert!(found.contains(&case), "{case}: {found:?}");
    }
);

both!(
    async fn what_either_bill_lacks_is_found(app) {
        let shop = noon(&app).await;
        let (_, _, number) = paid(&app, 0).await;
        app.later(1).await;
        given_back(&app, 1).await;
        let refund = app.sim.refunds()[0].out_refund_no.clone();
        shop.over().await;
        shop.tamper(BillKind::Trade, &[BillTamper::DropLine(3)]);
        shop.tamper(BillKind::FundFlow, &[BillTamper::DropLine(1), BillTamper::DropLine(2)]);
        let found = shop.compare().await;
        for case in [format!("only_us refund {refund} open"), format!("only_us payment {number} open")] {
            assert!(found.contains(&case), "{case}: {found:?}");
        }
    }
);

both!(
    async fn a_refund_stands_in_the_bill_of_the_day_on_which_wechat_took_it(app) {
        let shop = noon(&app).await;
        to(&app, shop.day.end().before(Duration::from_mins(1))).await;
        app.sim.fault(wechat_sim::Fault::error("refund", 500, "SYSTEM_ERROR").always());
        late(&app, 3).await;
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        app.run_jobs().await;
        to(&app, shop.day.end().after(Duration::from_mins(1))).await;
        app.sim.clear_faults();
        app.later(600).await;
        let refund = app.sim.refunds()[0].out_refund_no.clone();
        shop.over().await;
        assert_eq!(shop.compare().await, Vec::<String>::new());
        paid(&app, 0).await;
        let next = Shop { app: &app, day: shop.day.next() };
        next.over().await;
        next.tamper(BillKind::Trade, &[BillTamper::DropLine(1)]);
        assert_eq!(next.compare().await, [format!("only_us refund {refund} open")]);
    }
);

/// Changes what the ledger has of payments on WeChat's account.
async fn book_more(app: &TestApp, fen: i64) {
    let mut tx = app.mall.core.db.begin().await.unwrap();
    let sql = "update ledger_entry set amount = amount + $2 where tenant_id = $1 and account = 'wechat'
       and transaction_id in (select id from ledger_transaction where tenant_id = $1 and kind = 'payment')";
    tx.query(sql).bind(app.tenant).bind(fen).execute().await.unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn what_moved_is_compared_with_the_ledger(app) {
        let shop = noon(&app).await;
        let (_, _, number) = paid(&app, 0).await;
        shop.over().await;
        book_more(&app, 1).await;
        assert_eq!(shop.compare().await, [format!("amount payment {number} open")]);
        book_more(&app, -1).await;
    }
);

both!(
    async fn what_another_merchant_number_collected_is_not_missed(app) {
        let shop = noon(&app).await;
        paid(&app, 0).await;
        shop.over().await;
        shop.tamper(BillKind::Trade, &[BillTamper::DropLine(1), BillTamper::Stranger(5)]);
        let mut tx = app.mall.core.db.begin().await.unwrap();
        let sql = "update payment set mch_id = '1900000002' where tenant_id = $1";
        tx.query(sql).bind(app.tenant).execute().await.unwrap();
        tx.commit().await.unwrap();
        let found = shop.compare().await;
        assert!(found.iter().all(|case| !case.starts_with("only_us")), "{found:?}");
    }
);

both!(
    async fn a_fee_that_was_taken_is_not_booked_again_and_what_is_resolved_stays(app) {
        let shop = noon(&app).await;
        let (_, _, number) = paid(&app, 0).await;
        shop.over().await;
        shop.tamper(BillKind::Trade, &[replace("0.60%", "0.30%")]);
        assert_eq!(shop.compare().await, [format!("fee payment {number} open")]);
        let case = shop.differences().await.remove(0);
        let (operator, path) = (app.operator().await, format!("/admin/v1/differences/{}", case["id"].as_str().unwrap()));
        let resolve = async |how: &str| {
            operator.post_once(&format!("{path}/resolve"), json!({ "resolution": how, "note": "活动费率" })).await
        };
        let booked = resolve("booked").await;
        assert_eq!((booked.status, booked.code()), (422, "invalid_body"));
        assert_eq!(resolve("explained").await.status, 200);
        let take = operator.post(&format!("{path}/take"), json!({})).await;
        assert_eq!((take.status, take.code()), (409, "difference_resolved"));
        shop.tamper(BillKind::Trade, &[replace("0.60%", "0.10%")]);
        assert_eq!(shop.compare().await, [format!("fee payment {number} resolved")]);
        assert_eq!(shop.differences().await[0]["ours"], case["ours"]);
    }
);

both!(
    async fn a_file_that_was_cut_or_is_another_is_refused_whole(app) {
        let shop = noon(&app).await;
        for place in 0..3 {
            paid(&app, place).await;
        }
        shop.over().await;
        for bad in [BillTamper::WrongHash, BillTamper::Cut] {
            shop.tamper(BillKind::Trade, &[bad, BillTamper::Stranger(5), BillTamper::DropLine(1)]);
            let run = shop.run().await;
            assert_eq!((run["bills"].as_array().unwrap().len(), &run["open"]), (1, &json!(0)), "{run}");
            assert_eq!((&run["bills"][0]["state"], &run["bills"][0]["incomes"]), (&json!("refused"), &json!(0)));
            assert!(run["bills"][0]["last_error"].is_string());
            assert_eq!((shop.differences().await, shop.balance("fees").await), (vec![], 0));
        }
        shop.tamper(BillKind::Trade, &[]);
        assert_eq!(shop.compare().await, Vec::<String>::new());
        shop.tamper(BillKind::Trade, &[BillTamper::WrongHash, BillTamper::Stranger(5)]);
        let run = shop.run().await;
        assert_eq!((&run["bills"][0]["state"], &run["bills"][0]["incomes"]), (&json!("compared"), &json!(3)));
        assert_eq!(shop.differences().await, Vec::<Value>::new());
    }
);

both!(
    async fn late_money_that_nobody_told_of_is_found_by_the_bill_and_goes_back(app) {
        let shop = noon(&app).await;
        app.sim.notifications_off();
        let number = late(&app, 3).await;
        reconcile::schedule(&app.mall).await.unwrap();
        shop.over().await;
        let cases = shop.differences().await;
        assert_eq!(cases.iter().map(told).collect::<Vec<_>>(), [format!("state payment {number} resolved")]);
        assert_eq!(cases[0]["resolution"], "refunded");
        app.later(61).await;
        app.later(61).await;
        let given = app.sim.refunds();
        assert_eq!((given.len(), &given[0].out_trade_no), (1, &number));
        let refunds = app.operator().await.get("/admin/v1/refunds").await.body;
        assert_eq!(refunds["items"][0]["state"], "succeeded", "{refunds}");
        assert_eq!(shop.compare().await.len(), 1);
    }
);

both!(
    async fn a_refund_of_which_we_heard_nothing_is_asked_about(app) {
        let shop = noon(&app).await;
        let number = late(&app, 3).await;
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        app.sim.notifications_off();
        app.one_look().await;
        let moment = shop.day.next().start().after(Duration::from_hours(10));
        app.clock.advance(Duration::from_millis((moment.millis() - app.clock.now().millis()).unsigned_abs()));
        assert_eq!(app.sim.refunds().len(), 1, "of {number}");
        let cases = shop.compare().await;
        let refund = &app.sim.refunds()[0].out_refund_no;
        assert_eq!(cases, [format!("state refund {refund} resolved")]);
        assert_eq!(shop.differences().await[0]["resolution"], "refunded");
    }
);

both!(
    async fn what_wechat_will_confirm_is_not_booked_by_hand(app) {
        let shop = noon(&app).await;
        app.sim.notifications_off();
        let (sku, _) = app.guest().sku(0).await;
        let (person, trade) = app.ordered(&sku).await;
        assert_eq!(person.start_payment(&trade).await.status, 200);
        let number = app.out_trade_no(&trade).await;
        app.sim.fault(wechat_sim::Fault::error("query", 500, "SYSTEM_ERROR").always());
        app.sim.pay(MCH, &number).unwrap();
        shop.over().await;
        assert_eq!(shop.compare().await, [format!("state payment {number} open")]);
        let case = shop.differences().await.remove(0);
        let path = format!("/admin/v1/differences/{}/resolve", case["id"].as_str().unwrap());
        let wish = json!({ "resolution": "booked", "note": "the money is there" });
        let refused = app.operator().await.post_once(&path, wish).await;
        assert_eq!((refused.status, refused.code()), (422, "invalid_body"), "{}", refused.body);
        app.sim.clear_faults();
        assert_eq!(shop.compare().await, [format!("state payment {number} resolved")]);
        app.later(61).await;
        app.later(61).await;
        let gained: i64 = app.sim.ledger_of(MCH).iter().map(|entry| entry.amount - entry.fee).sum();
        assert_eq!((shop.balance("suspense").await, shop.balance("wechat").await), (0, gained));
    }
);

both!(
    async fn the_job_waits_for_the_bills_and_compares_every_day_once(app) {
        let shop = noon(&app).await;
        paid(&app, 0).await;
        reconcile::schedule(&app.mall).await.unwrap();
        reconcile::schedule(&app.mall).await.unwrap();
        to(&app, shop.day.next().start().after(Duration::from_hours(9))).await;
        let of_day = |bills: &Value| {
            let all = bills["items"].as_array().unwrap().iter();
            all.filter(|bill| bill["day"] == shop.day.to_string()).count()
        };
        assert_eq!(of_day(&app.operator().await.get("/admin/v1/bills").await.body), 0);
        app.sim.fault(wechat_sim::Fault::error("trade_bill", 400, "STATEMENT_CREATING"));
        shop.over().await;
        let wanted = app.operator().await.get("/admin/v1/bills?state=wanted").await.body;
        assert_eq!(of_day(&wanted), 1, "{wanted}");
        app.later(1801).await;
        let compared = app.operator().await.get("/admin/v1/bills?state=compared").await.body;
        assert_eq!(of_day(&compared), 2, "{compared}");
        let jobs = app.operator().await.get("/admin/v1/jobs?kind=reconcile").await.body;
        assert_eq!(jobs["items"].as_array().unwrap().len(), 1);
        assert_eq!(shop.differences().await, Vec::<Value>::new());
    }
);

both!(
    async fn a_day_without_a_bill_is_believed_at_once_only_if_nothing_was_sold(app) {
        let shop = noon(&app).await;
        let (_, _, number) = paid(&app, 0).await;
        shop.over().await;
        shop.tamper(BillKind::Trade, &[BillTamper::DropLine(1)]);
        let run = shop.run().await;
        assert_eq!((&run["bills"][0]["state"], &run["open"]), (&json!("wanted"), &json!(0)), "{run}");
        app.later(86_400).await;
        assert_eq!(shop.compare().await, [format!("only_us payment {number} open")]);
        let quiet = Shop { app: &app, day: shop.day.before(1) };
        assert_eq!(quiet.compare().await, Vec::<String>::new());
    }
);

both!(
    async fn days_that_are_no_days_or_not_over_are_refused(app) {
        let operator = app.operator().await;
        let today = Day::of(app.clock.now());
        let answer = operator.post(&format!("/admin/v1/bills/{today}/run"), json!({})).await;
        assert_eq!((answer.status, answer.code()), (400, "invalid_parameter"));
        assert_eq!(operator.post("/admin/v1/bills/2026-02-30/run", json!({})).await.status, 400);
        assert_eq!(operator.get("/admin/v1/reports/reconciliation?date=today").await.status, 400);
        for odd in ["-9999-01-01", "+262142-12-31", "0001-01-01", "3000-01-01"] {
            assert_eq!(operator.post(&format!("/admin/v1/bills/{odd}/run"), json!({})).await.status, 400, "{odd}");
            let odd = odd.replace('+', "%2B");
            assert_eq!(operator.get(&format!("/admin/v1/reports/reconciliation?date={odd}")).await.status, 400, "{odd}");
            assert_eq!(operator.get(&format!("/admin/v1/differences?date={odd}")).await.status, 400, "{odd}");
            assert_eq!(operator.get(&format!("/admin/v1/ledger/export?from={odd}&to={odd}")).await.status, 400, "{odd}");
        }
        assert_eq!(operator.get("/admin/v1/differences/difference_x").await.status, 400);
        let nobody = "/admin/v1/differences/difference_01j9x3mz8ke6rr0v2t4w5y7a9b";
        assert_eq!(operator.get(nobody).await.status, 404);
        assert_eq!(operator.post(&format!("{nobody}/take"), json!({})).await.status, 404);
        assert_eq!(operator.get("/admin/v1/ledger/export?from=2026-11-02&to=2026-11-01").await.status, 400);
        for path in ["/admin/v1/bills", "/admin/v1/reports/reconciliation?date=2026-11-01"] {
            assert_eq!(app.guest().get(path).await.status, 401);
        }
    }
);

both!(
    async fn the_accountant_reads_a_report_and_exports_the_ledger(app) {
        let shop = noon(&app).await;
        let (_, _, number) = paid(&app, 0).await;
        paid(&app, 1).await;
        shop.over().await;
        shop.tamper(BillKind::Trade, &[BillTamper::ChangeAmount { line: 1, by: 1 }]);
        shop.compare().await;
        let case = shop.differences().await.remove(0);
        let operator = app.operator().await;
        let path = format!("/admin/v1/differences/{}/resolve", case["id"].as_str().unwrap());
        let wish = json!({ "resolution": "explained", "note": "=1+1 <b>" }).to_string();
        assert_eq!(operator.send(Method::POST, &path, Some(wish), Some(&key())).await.status, 200);
        let report = format!("/admin/v1/reports/reconciliation?date={}", shop.day);
        let page = operator.get(&report).await.body;
        let page = page.as_str().unwrap();
        for words in ["微信支付对账报告", "差异均已处理", number.as_str(), "=1+1 &lt;b&gt;", "金额不一致"] {
            assert!(page.contains(words), "{words} in {page}");
        }
        assert!(!page.contains("<script") && !page.contains("http"));
        let csv = operator.get(&format!("{report}&format=csv")).await.body;
        let csv = csv.as_str().unwrap();
        assert!(csv.contains("'=1+1 <b>") && csv.contains(&number) && csv.lines().count() == 2, "{csv}");
        let span = format!("from={}&to={}", shop.day, shop.day.next());
        let ledger = operator.get(&format!("/admin/v1/ledger/export?{span}")).await.body;
        let rows: Vec<&str> = ledger.as_str().unwrap().lines().skip(1).collect();
        assert_eq!(rows.len(), 8, "two payments with goods and freight, and the fees: {ledger}");
        let yuan = |row: &&str, place: usize| row.split(',').nth(place).unwrap().replace('.', "");
        let sum = |place: usize| rows.iter().filter_map(|row| yuan(row, place).parse::<i64>().ok()).sum::<i64>();
        assert!(sum(6) > 0 && sum(6) == sum(7), "{ledger}");
    }
);
