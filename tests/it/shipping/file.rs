//! Operators send many orders with one file.

use super::buy;
use crate::support::{Answer, Person, TestApp, both};
use serde_json::{Value, json};

/// What sends the file, and its report.
async fn import(app: &TestApp, operator: &Person, file: &str, dry: bool) -> Answer {
    let url = format!("{}/admin/v1/shipments/import?dry_run={dry}", app.url);
    let request = reqwest::Client::new().post(url).bearer_auth(&operator.token);
    let answer =
        request.header("content-type", "text/csv; charset=utf-8").body(file.to_owned()).send().await.unwrap();
    Answer { status: answer.status().as_u16(), body: answer.json().await.unwrap() }
}

fn outcomes(report: &Answer) -> Vec<String> {
    let rows = report.body["rows"].as_array().unwrap_or_else(|| panic!("{}", report.body));
    let said = |row: &Value| match row["code"].as_str() {
        Some(code) => code.to_owned(),
        None => row["outcome"].as_str().unwrap().to_owned(),
    };
    rows.iter().map(said).collect()
}

both!(
    async fn a_file_sends_each_row_once(app) {
        let (whole, parts) = (buy(&app, &[1]).await, buy(&app, &[2, 1]).await);
        let operator = app.operator().await;
        let file = format!(
            "\u{feff}order_id,carrier_code,tracking_no,line_id,quantity\r\n\
             {whole},SF,SF1000000001,,\r\n{parts},ZTO,75300000000001,{line},1\r\n\
             order_00000000000000000000000000,SF,SF1,,\r\n{parts},XX,75300000000001,,\r\n\
             order_00000000000000000000000000,SF,SF1000000009,,\r\n{parts},ZTO,75300000000001,{line},9\r\n\
             {whole},SF,SF1000000002,,\r\n{parts},ZTO,75300000000002,,\r\n{parts},ZTO,75300000000002,,\r\n",
            whole = whole.order,
            parts = parts.order,
            line = parts.lines[0],
        );
        let dry = import(&app, &operator, &file, true).await;
        assert_eq!(outcomes(&dry)[..2], ["shipped", "shipped"]);
        assert_eq!((whole.shipments().await.len(), parts.shipments().await.len()), (0, 0), "nothing was sent");
        let real = import(&app, &operator, &file, false).await;
        let expected = [
            "shipped", "shipped", "invalid_body", "invalid_body", "not_found", "nothing_to_ship",
            "nothing_to_ship", "shipped", "already",
        ];
        assert_eq!(outcomes(&real), expected);
        assert_eq!((real.body["shipped"].as_i64(), real.body["refused"].as_i64()), (Some(3), Some(5)));
        assert_eq!(real.body["rows"][8]["row"], 10);
        let again = import(&app, &operator, &file, false).await;
        assert_eq!(outcomes(&again)[..2], ["already", "already"]);
        assert_eq!(again.body["shipped"], 0);
        assert_eq!((whole.shipments().await.len(), parts.shipments().await.len()), (1, 2));
        let wrong = import(&app, &operator, "order_id;carrier_code;tracking_no", false).await;
        assert_eq!((wrong.status, wrong.code()), (400, "invalid_csv"));
        let json = operator.post("/admin/v1/shipments/import", json!({})).await;
        assert_eq!((json.status, json.code()), (415, "unsupported_media_type"));
        app.run_jobs().await;
    }
);

both!(
    async fn a_file_has_five_thousand_rows_and_no_more(app) {
        let bought = buy(&app, &[1]).await;
        let operator = app.operator().await;
        let unknown = format!("{},NOBODY,75300000000001\r\n", bought.order);
        let file = |rows: usize| {
            let last = format!("{},SF,SF1000000001\r\n", bought.order);
            format!("order_id,carrier_code,tracking_no\r\n{}{last}", unknown.repeat(rows - 1))
        };
        let long = import(&app, &operator, &file(5_001), false).await;
        assert_eq!((long.status, long.code()), (400, "invalid_csv"), "{}", long.body);
        let large = import(&app, &operator, &" ".repeat(2 << 20), false).await;
        assert_eq!(large.status, 413, "{}", large.body);
        assert_eq!(bought.shipments().await.len(), 0);
        let most = import(&app, &operator, &file(5_000), false).await;
        assert_eq!((&most.body["shipped"], &most.body["refused"]), (&json!(1), &json!(4_999)));
        assert_eq!(bought.shipments().await.len(), 1);
        app.run_jobs().await;
    }
);
