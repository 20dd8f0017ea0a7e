//! Uploads of pictures and videos.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::support::{Reply, Shop, shop, verifies};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn part(head: &str, body: &[u8]) -> Vec<u8> {
    [b"--line\r\nContent-Disposition: form-data; ", head.as_bytes(), b"\r\n\r\n", body, b"\r\n"].concat()
}

async fn send(shop: &Shop, target: &str, meta: &str, file: Option<&[u8]>) -> Reply {
    let mut body = part("name=\"meta\"\r\nContent-Type: application/json", meta.as_bytes());
    if let Some(file) = file {
        let head = "name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png";
        body.extend(part(head, file));
    }
    body.extend(b"--line--\r\n");
    let response = shop
        .http
        .post(format!("{}{target}", shop.sim.base_url()))
        .header("authorization", shop.authorization("POST", target, meta, shop.clock_secs()))
        .header("content-type", "multipart/form-data; boundary=line")
        .body(body)
        .send()
        .await
        .unwrap();
    Reply::of(response).await.unwrap()
}

const PICTURES: &str = "/v3/merchant/media/upload";
const VIDEOS: &str = "/v3/merchant/media/video_upload";

fn meta(name: &str, file: &[u8]) -> Value {
    json!({"filename": name, "sha256": sha256(file)})
}

#[tokio::test]
async fn uploads_are_answered_with_a_media_id() {
    let shop = shop().await;
    let bitmap = [b"BM".as_slice(), &[0; 12], &[40, 0, 0, 0], &[0; 8]].concat();
    for (target, name, file) in [
        (PICTURES, "a.PNG", PNG),
        (PICTURES, "a.jpg", b"\xff\xd8\xff\xe0 jpeg"),
        (PICTURES, "a.bmp", &bitmap),
        (PICTURES, "a.pdf", b"%PDF-1.7 text"),
        (VIDEOS, "a.mp4", b"any bytes"),
    ] {
        let reply = send(&shop, target, &meta(name, file).to_string(), Some(file)).await;
        assert_eq!(reply.status, 200, "{name}: {:?}", reply.json());
        assert!(verifies(&shop.kit, &reply.headers, &reply.body));
        let answer = reply.json();
        assert!(answer.as_object().unwrap().len() == 1 && !answer["media_id"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn files_of_another_kind_size_or_digest_are_refused() {
    let shop = shop().await;
    let large = [PNG, &vec![0; 5 * 1024 * 1024]].concat();
    let other = json!({"filename": "a.png", "sha256": sha256(b"other")});
    let short = json!({"filename": "a.png", "sha256": "abc"});
    let more = json!({"filename": "a.png", "sha256": sha256(PNG), "more": 1});
    for (target, meta, file, field) in [
        (PICTURES, meta("a.gif", b"GIF89a"), Some(b"GIF89a".as_slice()), "filename"),
        (PICTURES, meta("a.jpg", PNG), Some(PNG), "filename"),
        (PICTURES, meta("a.pdf", PNG), Some(PNG), "filename"),
        (PICTURES, meta("png", PNG), Some(PNG), "filename"),
        (VIDEOS, meta("a.png", PNG), Some(PNG), "filename"),
        (PICTURES, meta("a.png", &large), Some(large.as_slice()), "file"),
        (VIDEOS, meta("a.mp4", &large), Some(large.as_slice()), "file"),
        (PICTURES, meta("a.png", PNG), None, "file"),
        (VIDEOS, meta("a.mp4", b""), Some(b"".as_slice()), "file"),
        (PICTURES, other, Some(PNG), "sha256"),
        (PICTURES, short, Some(PNG), "/sha256"),
        (PICTURES, more, Some(PNG), "/more"),
        (PICTURES, json!({"sha256": sha256(PNG)}), Some(PNG), "/filename"),
    ] {
        let reply = send(&shop, target, &meta.to_string(), file).await;
        let seen = (reply.status, reply.code(), reply.field());
        assert_eq!(seen, (400, "PARAM_ERROR".to_owned(), field.to_owned()), "{meta}");
    }
}

#[tokio::test]
async fn the_signature_covers_the_meta_part() {
    let shop = shop().await;
    let target = PICTURES;
    let body =
        [part("name=\"meta\"", meta("a.png", PNG).to_string().as_bytes()), b"--line--\r\n".to_vec()].concat();
    for signed in ["", "other"] {
        let response = shop
            .http
            .post(format!("{}{target}", shop.sim.base_url()))
            .header("authorization", shop.authorization("POST", target, signed, shop.clock_secs()))
            .header("content-type", "multipart/form-data; boundary=line")
            .body(body.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 401);
    }
}
