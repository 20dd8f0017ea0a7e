//! The default transport on a real socket.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wechat_sdk::{HttpSettings, HttpTransport, MerchantKey, Sent, Serial, Transport, TransportError};

use crate::support::pem;

/// Serves one connection with these bytes, then says nothing more.
async fn serve(reply: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await;
        let _ = stream.write_all(&reply).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    });
    format!("http://{address}/x")
}

async fn get(uri: &str) -> Result<http::Response<Bytes>, TransportError> {
    let timeout = Duration::from_millis(500);
    let settings = HttpSettings { connect_timeout: timeout, timeout, ..HttpSettings::default() };
    let request = http::Request::get(uri).body(Bytes::new()).unwrap();
    HttpTransport::new(settings).unwrap().send(request).await
}

#[tokio::test]
async fn an_answer_comes_through_whole() {
    let uri = serve(b"HTTP/1.1 418 x\r\nRequest-ID: 7\r\ncontent-length: 2\r\n\r\nhi".to_vec()).await;
    let answer = get(&uri).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["request-id"].as_bytes()), (418, &b"7"[..]));
    assert_eq!(answer.body(), "hi");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let uri =
        serve(b"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    assert_eq!(get(&uri).await.unwrap().status(), 302);
}

#[tokio::test]
async fn silence_and_endless_answers_end() {
    let uri = serve(Vec::new()).await;
    assert_eq!(get(&uri).await.unwrap_err().sent, Sent::Maybe);
    let mut long = b"HTTP/1.1 200 x\r\ncontent-length: 20000000\r\n\r\n".to_vec();
    long.resize(20_000_100, b' ');
    let error = get(&serve(long).await).await.unwrap_err();
    assert!(error.to_string().contains("16 MiB"), "{error}");
    assert_eq!(get("http://127.0.0.1:1/").await.unwrap_err().sent, Sent::No);
}

#[test]
fn keys_are_read_from_both_kinds_of_pem() {
    let pkcs1 = pem("mp_apisec_app_private_key");
    assert!(pkcs1.contains("BEGIN RSA PRIVATE KEY"));
    let key = MerchantKey::from_pem(pkcs1, " 0a:0b:ff ").unwrap();
    assert_eq!(key.serial().as_str(), "0A0BFF");
    for bad in ["", "key", pem("java_wechatpay_public_key"), pem("java_wechatpay_certificate")] {
        assert!(MerchantKey::from_pem(bad, "0A").is_err());
    }
    assert!(MerchantKey::from_pem(pkcs1, "PUB_KEY_ID_1").is_err());
    assert!(Serial::new("xyz").is_err() && Serial::new("").is_err());
}

#[test]
fn identifiers_are_checked() {
    use wechat_sdk::{AppId, MchId, OpenId, OutRefundNo, OutTradeNo};
    assert!(OutTradeNo::new("abc-_|*").is_ok());
    for bad in ["abcde", "a/bcdef", "订单号订单号", &"1".repeat(33)] {
        assert!(OutTradeNo::new(bad).is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<OutTradeNo>("\"../../x\"").is_err());
    assert!(OutRefundNo::new("1".repeat(64)).is_ok() && OutRefundNo::new("1".repeat(65)).is_err());
    assert!(AppId::new("wx\"x").is_err() && MchId::new("19a").is_err() && OpenId::new("").is_err());
}
