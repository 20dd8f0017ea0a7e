//! Message push: what the console sends when a URL is saved, and an event in secure mode. The messages are the
//! published samples.
//!
//! `cargo run -p wechat-sdk --example push`

use wechat_sdk::push::{EncodingAesKey, MessagePush, PushContent, PushQuery};
use wechat_sdk::{AppId, Secret};

const ECHO: &str = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249\
    &timestamp=1714036504&nonce=1514711492";
const QUERY: &str = "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741\
    &openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
const BODY: &str = r#"{"ToUserName": "gh_97417a04a28d", "Encrypt": "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = EncodingAesKey::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
    let push = MessagePush::secure(AppId::new("wxba5fad812f8e6fb9")?, Secret::new("AAAAA"), key)?;

    println!("GET:  answer {}", push.echo(&PushQuery::parse(ECHO))?);

    let arrived = push.open(&PushQuery::parse(QUERY), BODY.as_bytes())?;
    println!("POST: {} {:?}, kept under {}", arrived.msg_type(), arrived.event(), arrived.key());
    match arrived.content()? {
        PushContent::Other => println!("      no type of this crate; its members: {}", arrived.members()),
        content => println!("      {content:?}"),
    }

    let forged = BODY.replace("+qdx1", "+qdx2");
    println!(
        "forged: {}",
        push.open(&PushQuery::parse(QUERY), forged.as_bytes()).expect_err("it is refused")
    );
    Ok(())
}
