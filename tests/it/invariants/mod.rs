//! Every invariant fails when its rule is broken, and names the row that breaks it.

mod breaks;
mod lived_in;

use self::lived_in::lived_in;
use crate::bought::PATIENT;
use crate::support::{MCH, TestApp, both, key};
use jishi::base::id;
use jishi::flow::invariants::{self, Finding, MOST_LISTED};
use jishi::infra::db::{Db, Tx};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor as _};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::process::{Command, Output};
use std::time::Duration;
use uuid::Uuid;

/// Takes everything away that would refuse a broken row.
async fn without_constraints(db: &Db) {
    match db {
        Db::Sqlite { write, .. } => {
            // Its one connection is the one that transactions get.
            let mut conn = write.acquire().await.unwrap();
            conn.execute(sqlx::raw_sql("pragma foreign_keys = off; pragma ignore_check_constraints = on"))
                .await
                .unwrap();
            drop(conn);
            let mut tx = db.begin().await.unwrap();
            let unique: Vec<(String,)> = tx
                .query("select name from sqlite_master where type = 'index' and sql like 'create unique%'")
                .all()
                .await
                .unwrap();
            drop(tx);
            for (name,) in unique {
                let sql = AssertSqlSafe(format!("drop index {name}"));
                write.execute(sqlx::raw_sql(sql)).await.unwrap();
            }
        }
        Db::Postgres(pool) => {
            pool.execute(sqlx::raw_sql(
                "do $$ declare found record; begin
                   for found in select conrelid::regclass as place, conname as name from pg_constraint
                     where contype in ('c', 'f', 'u') and connamespace = 'public'::regnamespace
                     order by contype <> 'f' loop
                     execute format('alter table %s drop constraint %I', found.place, found.name);
                   end loop;
                   for found in select indexrelid::regclass as name from pg_index
                     join pg_class on pg_class.oid = indexrelid
                     where indisunique and not indisprimary and relnamespace = 'public'::regnamespace loop
                     execute format('drop index %s', found.name);
                   end loop;
                 end $$",
            ))
            .await
            .unwrap();
        }
    }
}

async fn look(app: &TestApp, tx: &mut Tx, name: &str) -> (Finding, &'static str) {
    let invariant = invariants::all().find(|one| one.name == name).unwrap();
    (invariants::look(tx, invariant, app.tenant).await.unwrap(), invariant.prefix)
}

/// Breaks a rule in a transaction that is rolled back; gives what is wrong with what is found then.
async fn complaint(app: &TestApp, name: &str, sql: &'static str) -> Option<String> {
    let mut tx = app.mall.core.db.begin().await.unwrap();
    let planted = tx.query(sql).bind(app.tenant).all::<(Uuid,)>().await;
    let planted = match planted {
        Ok(planted) => planted.into_iter().map(|(id,)| id).collect::<HashSet<_>>(),
        Err(error) => return Some(format!("{name}: {error}\n    {sql}")),
    };
    let (found, prefix) = look(app, &mut tx, name).await;
    let named = |id: &Uuid| found.violations.contains(&format!("{prefix}_{}", id::encode(*id)));
    let all_named = found.more || planted.iter().all(named);
    let right = !planted.is_empty() && !found.holds && all_named;
    (!right).then(|| format!("{name}: planted {planted:?}, found {found:?}\n    {sql}"))
}

#[test]
fn every_invariant_has_a_statement_that_breaks_it() {
    let named: BTreeSet<_> = invariants::all().map(|one| one.name).collect();
    let broken: BTreeSet<_> = breaks::all().map(|(name, _)| *name).collect();
    assert_eq!(named, broken, "add to `breaks` the statement that breaks the new invariant");
}

both!(
    with PATIENT;
    async fn every_invariant_names_what_breaks_it(app) {
        lived_in(&app).await;
        app.books().add_up().await;
        without_constraints(&app.mall.core.db).await;
        let mut wrong = vec![];
        for (name, sql) in breaks::all() {
            wrong.extend(complaint(&app, name, sql).await);
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), breaks::all().count(), wrong.join("\n"));
    }
);

/// What no code must write, so that the tables themselves refuse it; each names rows that are there.
const REFUSED: &[&str] = &[
    // payments and refunds
    "update payment set refunding = paid_amount + 1 where tenant_id = $1 and state = 'succeeded'",
    "update payment set refunds = 51 where tenant_id = $1",
    "insert into payment (tenant_id, id, trade_id, customer_id, state, amount, app_id, mch_id, transaction_id,
       paid_amount, applied, paid_at, created_at, updated_at)
     select tenant_id, trade_id, trade_id, customer_id, state, amount, app_id, mch_id, transaction_id || '0',
       paid_amount, true, paid_at, created_at, updated_at from payment where tenant_id = $1 and applied",
    "insert into payment (tenant_id, id, trade_id, customer_id, state, amount, app_id, mch_id, transaction_id,
       paid_amount, applied, paid_at, created_at, updated_at)
     select tenant_id, trade_id, trade_id, customer_id, state, amount, app_id, mch_id, transaction_id, paid_amount,
       false, paid_at, created_at, updated_at from payment where tenant_id = $1 and applied",
    "update refund set ordinal = 51 where tenant_id = $1",
    "insert into refund (tenant_id, id, trade_id, payment_id, ordinal, order_id, after_sale_id, state, amount,
       reason, created_at, updated_at)
     select tenant_id, after_sale_id, trade_id, payment_id, ordinal + 20, order_id, after_sale_id, 'created', amount,
       reason, created_at, updated_at from refund where tenant_id = $1 and after_sale_id is not null",
    "insert into refund (tenant_id, id, trade_id, payment_id, ordinal, state, amount, reason, created_at, updated_at)
     select tenant_id, payment_id, trade_id, payment_id, ordinal + 20, 'created', amount, reason, created_at, updated_at
     from refund where tenant_id = $1 and after_sale_id is null",
    "insert into refund (tenant_id, id, trade_id, payment_id, ordinal, state, amount, reason, created_at, updated_at)
     select tenant_id, payment_id, trade_id, payment_id, ordinal, 'closed', amount, reason, created_at, updated_at
     from refund where tenant_id = $1 and after_sale_id is null",
    // orders and their lines
    "update orders set refunding = total + 1 where tenant_id = $1 and state not in ('unpaid', 'closed')",
    "update orders set refunded = refunding + 1 where tenant_id = $1",
    "update orders set refunding = 1 where tenant_id = $1 and state = 'unpaid'",
    "update orders set state = 'refunded' where tenant_id = $1 and refunded < total",
    "update order_line set shipped = quantity + 1 where tenant_id = $1",
    "update order_line set cancelled = 1 where tenant_id = $1 and shipped = 0 and claimed = 0",
    "update order_line set claimed = 1 where tenant_id = $1 and shipped = 0 and claimed = 0",
    "update order_line set claimed_amount = payable + 1 where tenant_id = $1",
    // after-sales and what is put back
    "update after_sale set amount = worth + 1 where tenant_id = $1",
    "update after_sale_line set restocked = quantity + 1 where tenant_id = $1",
    "insert into stock_move (tenant_id, id, sku_id, kind, quantity, source_id, created_at)
     select tenant_id, source_id, sku_id, kind, quantity, source_id, created_at from stock_move
     where tenant_id = $1 and kind = 'return'",
    // the books
    "insert into ledger_transaction (tenant_id, id, kind, source_id, created_at)
     select tenant_id, source_id, kind, source_id, created_at from ledger_transaction
     where tenant_id = $1 and kind = 'payment'",
    "insert into difference (tenant_id, id, day, bill_kind, class, subject, number, ours, theirs, lines, state,
       found_at, seen_at)
     select tenant_id, source_id, day, bill_kind, class, subject, number, ours, theirs, lines, state, found_at, seen_at
     from difference where tenant_id = $1",
    "update difference set state = 'resolved', resolution = 'explained', resolved_at = found_at
     where tenant_id = $1 and state = 'open'",
];

both!(
    with PATIENT;
    async fn what_must_not_be_the_tables_refuse(app) {
        lived_in(&app).await;
        for sql in REFUSED {
            let mut tx = app.mall.core.db.begin().await.unwrap();
            let written = tx.query(sql).bind(app.tenant).execute().await;
            assert!(written.is_err(), "{written:?}: {sql}");
        }
    }
);

/// One shopper's quarter of an hour: orders, and pays, cancels, or pays after cancelling.
async fn shop(app: &TestApp, sku: &str, how: usize) {
    let (person, trade) = app.ordered(sku).await;
    match how % 4 {
        0 => assert_eq!(person.start_payment(&trade).await.status, 200),
        1 => assert_eq!(person.cancel(&trade).await.status, 200),
        _ => {
            assert_eq!(person.start_payment(&trade).await.status, 200);
            let number = app.out_trade_no(&trade).await;
            if how % 4 == 3 {
                assert_eq!(person.cancel(&trade).await.status, 200);
            }
            let options = wechat_sim::PayOptions { even_if_closed: true, ..Default::default() };
            app.sim.pay_with(MCH, &number, &options).unwrap();
        }
    }
}

both!(
    async fn a_busy_mall_breaks_nothing_at_any_moment(app) {
        let (sku, _) = app.guest().sku(0).await;
        let busy = async {
            for round in 0..3 {
                futures_util::future::join_all((0..8).map(|how| shop(&app, &sku, how))).await;
                app.sim.delivered_within(Duration::from_secs(10)).await;
                app.later(if round == 1 { 1801 } else { 61 }).await;
            }
        };
        let looks = Cell::new(0);
        let watch = async {
            let mut db = app.mall.core.db.read().await.unwrap();
            loop {
                let found = invariants::check(&mut db, app.tenant).await.unwrap();
                let broken: Vec<_> = found.into_iter().filter(|finding| !finding.holds).collect();
                assert!(broken.is_empty(), "{broken:#?}");
                looks.set(looks.get() + 1);
            }
        };
        tokio::select! { () = busy => {}, () = watch => {} }
        assert!(looks.get() > 2, "only {} looks", looks.get());
    }
);

both!(
    async fn the_kinds_of_jobs_are_known(app) {
        let sql = invariants::all().find(|one| one.name == "jobs_are_known").unwrap().sql;
        let list = sql.split_once("not in (").unwrap().1.trim_end_matches(')');
        let named: BTreeSet<_> = list.split(',').map(|word| word.trim().trim_matches('\'')).collect();
        assert_eq!(named, app.kinds_of_jobs().into_iter().collect());
    }
);

async fn shift(app: &TestApp, by: i64) -> usize {
    let mut tx = app.mall.core.db.begin().await.unwrap();
    let changed = tx
        .query("update stock set on_hand = on_hand + $2 where tenant_id = $1")
        .bind(app.tenant)
        .bind(by)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    usize::try_from(changed).unwrap()
}

fn run_check(app: &TestApp) -> Output {
    Command::new(env!("CARGO_BIN_EXE_jishi"))
        .arg("check")
        .env("JISHI_DATABASE__URL", app.database_url())
        .env("JISHI_SECURITY__KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
        .output()
        .unwrap()
}

both!(
    async fn operators_and_the_command_line_see_which_rows_are_wrong(app) {
        let whole = run_check(&app);
        let said = String::from_utf8_lossy(&whole.stdout).into_owned();
        assert!(whole.status.success(), "{said}{}", String::from_utf8_lossy(&whole.stderr));
        assert_eq!(said.matches("✓ main ").count(), invariants::all().count(), "{said}");
        assert!(said.ends_with(&format!("all {} invariants hold\n", invariants::all().count())), "{said}");
        let skus = shift(&app, 1).await;
        assert!(skus > MOST_LISTED, "only {skus} SKUs");
        let path = "/admin/v1/ops/invariants";
        let page = app.operator().await.get(path).await.body;
        let of = |name: &str| -> Value {
            let items = page["items"].as_array().unwrap();
            items.iter().find(|item| item["name"] == name).unwrap().clone()
        };
        let (broken, holding) = (of("stock_moves"), of("stock_reserved"));
        assert_eq!((&broken["holds"], &broken["more"]), (&json!(false), &json!(true)));
        assert_eq!(broken["violations"].as_array().unwrap().len(), MOST_LISTED);
        assert!(broken["violations"][0].as_str().unwrap().starts_with("sku_"), "{broken}");
        assert_eq!(broken["broken"], json!(MOST_LISTED + 1));
        assert_eq!((&holding["holds"], &holding["violations"]), (&json!(true), &json!([])));
        let check = run_check(&app);
        let said = String::from_utf8_lossy(&check.stdout).into_owned();
        assert!(!check.status.success());
        assert!(said.contains("✗ main stock_moves: ") && said.contains("✓ main stock_reserved: "), "{said}");
        assert!(said.contains("at least 101 rows") && said.matches("    sku_").count() == MOST_LISTED, "{said}");
        let summary = String::from_utf8_lossy(&check.stderr).into_owned();
        assert!(summary.contains(&format!("1 of {} invariants", invariants::all().count())), "{summary}");
        shift(&app, -1).await;
    }
);

both!(
    async fn jobs_about_a_trade_stay_for_a_while_when_they_are_done(app) {
        jishi::flow::sweep::schedule(&app.mall).await.unwrap();
        let (sku, _) = app.guest().sku(1).await;
        let person = app.shopper().await;
        let placed = person.order(&sku, 1, &person.address().await, &key()).await;
        let trade = placed.body["id"].as_str().unwrap().to_owned();
        app.later(3600).await;
        let page = app.operator().await.get(&format!("/admin/v1/trades/{trade}")).await.body;
        assert_eq!(page["state"], "closed");
        let done = || async { app.operator().await.get("/admin/v1/jobs?state=done").await.body["items"].clone() };
        let kept = done().await;
        let kinds: BTreeSet<_> = kept.as_array().unwrap().iter().map(|job| job["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, BTreeSet::from(["close_trade", "remind_unpaid"]), "{kept}");
        assert!(kept[0]["finished_at"].is_string(), "{kept}");
        app.later(30 * 86_400 - 1800).await;
        assert_eq!(done().await.as_array().unwrap().len(), 2);
        app.later(7200).await;
        assert_eq!(done().await, json!([]));
    }
);
