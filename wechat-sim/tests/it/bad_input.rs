//! What no client should send: refused quickly, and without the memory to show for it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{APP, SECRET, Shop, shop};

const SECOND: Duration = Duration::from_secs(1);
const CALLS: [&str; 4] =
    ["/v3/pay/transactions/jsapi", "/cgi-bin/stable_token", "/_control/pay", "/no/such/path"];

impl Shop {
    /// Sends bytes as they are; the status, and the answer.
    async fn raw(&self, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let authorization =
            self.authorization("POST", path, &String::from_utf8_lossy(body), self.clock_secs());
        let request = self
            .http
            .post(format!("{}{path}", self.sim.base_url()))
            .header("authorization", authorization)
            .header("content-type", kind)
            .body(body.to_vec());
        let start = Instant::now();
        let response = request.send().await.unwrap();
        let answer = (response.status().as_u16(), response.text().await.unwrap());
        assert!(start.elapsed() < SECOND, "{path} took {:?}", start.elapsed());
        answer
    }
}

/// The memory of this process, in MiB.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Promises ten megabytes with a length, or sends them in chunks; the first line of the answer.
async fn huge(shop: &Shop, path: &str, chunked: bool) -> String {
    const BODY: usize = 10 * 1024 * 1024;
    let address = shop.sim.base_url().trim_start_matches("http://").to_owned();
    let mut line = TcpStream::connect(&address).await.unwrap();
    let length =
        if chunked { "transfer-encoding: chunked".to_owned() } else { format!("content-length: {BODY}") };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{length}\r\n\r\n"
    );
    line.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b' '; 64 * 1024];
    for _ in 0..BODY / piece.len() {
        let sent = if chunked {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
            line.write_all(&chunk).await
        } else {
            line.write_all(&piece).await
        };
        // The other side has heard enough.
        if sent.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 4096];
    let read = line.read(&mut answer).await.unwrap_or(0);
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn ten_megabytes_are_refused_before_they_are_read() {
    let shop = shop().await;
    for path in CALLS {
        for chunked in [false, true] {
            let start = Instant::now();
            let line = huge(&shop, path, chunked).await;
            assert!(start.elapsed() < SECOND, "{path} took {:?}", start.elapsed());
            // The answer can be lost when the connection is closed on a client that goes on sending.
            assert!(line.is_empty() || line.contains("413"), "{path}: {line}");
        }
    }
    assert_eq!(shop.http.get(shop.sim.control_url()).send().await.unwrap().status(), 200);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn large_bodies_leave_no_memory_behind() {
    let shop = shop().await;
    let deep = "[".repeat(200_000);
    let mut before = 0;
    for round in 0..40 {
        // What is allocated once is there after the first rounds.
        if round == 10 {
            before = memory();
        }
        for path in CALLS {
            huge(&shop, path, true).await;
            shop.raw(path, "application/json", deep.as_bytes()).await;
        }
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 64, "{grown} MiB more after thirty rounds");
}

#[tokio::test]
async fn broken_json_is_refused_in_the_shape_of_the_interface() {
    let shop = shop().await;
    let deep = "[".repeat(100_000);
    let nested = format!("{}1{}", "{\"a\":".repeat(30_000), "}".repeat(30_000));
    for body in ["{", "nonsense", "\"text\"", "[]", "{\"appid\":\"\u{fffd}", "{}{}", &deep, &nested, "1e999"]
    {
        let (status, answer) = shop.raw(CALLS[0], "application/json", body.as_bytes()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, &answer["code"]), (400, &json!("PARAM_ERROR")), "{body:.40}");
        let (status, answer) = shop.raw(CALLS[1], "application/json", body.as_bytes()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, &answer["errcode"]), (200, &json!(47001)), "{body:.40}");
        assert_eq!(shop.raw(CALLS[2], "application/json", body.as_bytes()).await.0, 400, "{body:.40}");
    }
    // Bytes that are no text.
    let (_, answer) = shop.raw(CALLS[1], "application/json", b"{\"appid\":\"\xff\xfe\"}").await;
    assert!(answer.contains("47001"), "{answer}");
}

#[tokio::test]
async fn xml_is_refused_where_json_is_spoken() {
    let shop = shop().await;
    let level = |level: usize| format!("<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10));
    let entities = (1..20).map(level).collect::<Vec<_>>().concat();
    for body in [
        format!("<!DOCTYPE x [<!ENTITY a0 \"lol\">{entities}]><xml>&a19;</xml>"),
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><xml>&x;</xml>".to_owned(),
        "<xml>".repeat(50_000),
        "<xml><a></xml>".to_owned(),
    ] {
        assert_eq!(shop.raw(CALLS[0], "text/xml", body.as_bytes()).await.0, 415);
        assert_eq!(shop.raw(CALLS[0], "application/json", body.as_bytes()).await.0, 400);
        assert!(shop.raw(CALLS[1], "text/xml", body.as_bytes()).await.1.contains("47001"));
    }
}

#[tokio::test]
async fn nonsense_on_the_line_harms_nobody() {
    let shop = shop().await;
    let address = shop.sim.base_url().trim_start_matches("http://").to_owned();
    for nonsense in [
        &b"\x00\x01\x02\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /a HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        "A".repeat(100_000).as_bytes(),
    ] {
        let mut line = TcpStream::connect(&address).await.unwrap();
        drop(line.write_all(nonsense).await);
        let mut answer = vec![0; 1024];
        let read = tokio::time::timeout(SECOND, line.read(&mut answer)).await.unwrap_or(Ok(0)).unwrap_or(0);
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let target = format!(
        "/sns/jscode2session?appid={APP}&secret={SECRET}&js_code=%ff%00%zz&grant_type=authorization_code"
    );
    let login = shop.http.get(format!("{}{target}", shop.sim.base_url())).send().await.unwrap();
    assert_eq!(login.json::<Value>().await.unwrap()["errcode"], 40029);
}
