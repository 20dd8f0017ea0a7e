//! Evidence that shoppers send.

use crate::bought::{PATIENT, buy};
use crate::support::{Answer, Person, both};
use reqwest::Method;
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe rest of a picture";

/// What `wx.uploadFile` sends.
async fn upload(person: &Person, field: &str, file: &[u8]) -> Answer {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"tmp.html\"\r\n\
         Content-Type: text/html\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    let request = person.request(Method::POST, "/api/v1/images");
    let answer = request.header("content-type", "multipart/form-data; boundary=edge").body(body).send();
    let answer = answer.await.unwrap();
    Answer { status: answer.status().as_u16(), body: answer.json().await.unwrap() }
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().unwrap().to_owned()
}

both!(
    async fn evidence_is_shown_to_its_shopper_and_to_operators(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        let (first, second) = (upload(&bought.person, "file", PNG).await, upload(&bought.person, "file", PNG).await);
        let (first, second) = (id(&first), id(&second));
        let path = format!("/api/v1/images/{first}");
        let shown = bought.person.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(shown.headers()["content-type"], "image/png");
        assert_eq!(shown.headers()["content-disposition"], format!("attachment; filename=\"{first}.png\""));
        assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
        assert!(shown.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
        assert_eq!(shown.bytes().await.unwrap(), PNG);
        let stranger = app.shopper().await;
        assert_eq!(stranger.get(&path).await.status, 404);
        assert_eq!(app.guest().get(&path).await.status, 401);
        let admin = format!("/admin/v1/images/{first}");
        let seen = bought.operator.request(Method::GET, &admin).send().await.unwrap();
        assert_eq!((seen.status().as_u16(), seen.bytes().await.unwrap().as_ref()), (200, PNG));
        assert_eq!(app.operator_of_another_tenant().await.get(&admin).await.status, 404);

        let mut wish = bought.wish("cancel", bought.all()).await;
        let theirs = id(&upload(&stranger, "file", PNG).await);
        for wrong in [json!([theirs]), json!([first, first])] {
            wish["image_ids"] = wrong;
            assert_eq!(bought.person.post_once("/api/v1/after-sales", wish.clone()).await.status, 422);
        }
        wish["image_ids"] = json!([first]);
        let opened = bought.person.post_once("/api/v1/after-sales", wish.clone()).await;
        assert_eq!((opened.status, &opened.body["image_ids"]), (201, &json!([first])), "{}", opened.body);
        let used = format!("/api/v1/after-sales/{}/withdraw", opened.body["id"].as_str().unwrap());
        assert_eq!(bought.person.post(&used, json!({})).await.status, 200);
        assert_eq!(bought.person.post_once("/api/v1/after-sales", wish).await.status, 422, "it is named already");
        jishi::flow::sweep::schedule(&app.mall).await.unwrap();
        for (hours, status) in [(23, 200), (2, 404)] {
            app.later(hours * 3600).await;
            let operator = app.operator().await;
            assert_eq!(operator.get(&format!("/admin/v1/images/{second}")).await.status, status);
            assert_eq!(operator.get(&admin).await.status, 200, "a case names it");
        }
    }
);

both!(
    with PATIENT;
    async fn pictures_of_cases_that_came_to_nothing_do_not_pile_up(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        jishi::flow::sweep::schedule(&app.mall).await.unwrap();
        let mut kept = vec![];
        for _ in 0..6 {
            let mut images = vec![];
            for _ in 0..9 {
                let sent = upload(&bought.person, "file", PNG).await;
                match sent.status {
                    201 => images.push(id(&sent)),
                    _ => assert_eq!((sent.status, sent.code()), (409, "limit_reached")),
                }
            }
            let mut wish = bought.wish("cancel", bought.all()).await;
            wish["image_ids"] = json!(images);
            let opened = bought.person.post_once("/api/v1/after-sales", wish).await;
            let case = opened.body["id"].as_str().unwrap().to_owned();
            assert_eq!(bought.act(&case, "withdraw", json!({})).await.status, 200);
            kept.extend(images);
        }
        assert_eq!(kept.len(), 50, "and not 54");
        let path = format!("/admin/v1/images/{}", kept[0]);
        for (days, status) in [(29, 200), (2, 404)] {
            app.later(days * 86_400).await;
            assert_eq!(bought.operator.get(&path).await.status, status);
        }
        let left = bought.person.get("/api/v1/after-sales").await.body;
        assert_eq!(left["items"][0]["image_ids"], json!([]));
        assert_eq!(upload(&bought.person, "file", PNG).await.status, 201);
    }
);

both!(
    async fn only_pictures_of_a_decent_size_are_kept(app) {
        let person = app.shopper().await;
        let large = [b"\xff\xd8\xff".as_slice(), &vec![0; 2 * 1024 * 1024 - 3]].concat();
        assert_eq!(upload(&person, "file", &large).await.status, 201);
        for (field, file, status, code) in [
            ("file", b"<html><script>alert(1)</script>".as_slice(), 422, "not_an_image"),
            ("file", b"", 422, "not_an_image"),
            ("file", &[large.as_slice(), b"."].concat(), 413, "body_too_large"),
            ("picture", PNG, 422, "invalid_body"),
        ] {
            let answer = upload(&person, field, file).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{} bytes", file.len());
        }
        let json = person.post("/api/v1/images", json!({})).await;
        assert_eq!((json.status, json.code()), (415, "unsupported_media_type"));
        let cut = person.request(Method::POST, "/api/v1/images");
        let cut = cut.header("content-type", "multipart/form-data; boundary=edge").body("--edge\r\nContent-");
        let cut: Value = cut.send().await.unwrap().json().await.unwrap();
        assert_eq!(cut["code"], "invalid_body");
        let long = json!({ "code": "x".repeat(300_000) });
        assert_eq!(person.post("/api/v1/auth/login", long).await.status, 413, "other paths take no more than before");
        for _ in 1..50 {
            assert_eq!(upload(&person, "file", PNG).await.status, 201);
        }
        let more = upload(&person, "file", PNG).await;
        assert_eq!((more.status, more.code()), (409, "limit_reached"));
    }
);
