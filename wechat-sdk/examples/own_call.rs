//! A call that the SDK does not have: a small value of your own, and the same without one.
//!
//! `cargo run -p wechat-sdk --example own_call`

use http::Method;
use wechat_sdk::{AppId, Error, MiniProgram, Secret, answer, mini_call};
use wechat_sim::{Settings, Simulator};

/// The phone number of a user, written anew: the attribute makes constructor, setters and the rest.
#[mini_call(
    POST "/wxa/business/getuserphonenumber", Unsafe -> Phone,
    page = "user-info/phone-number/api_getphonenumber", name = "own_phone_number"
)]
struct OwnPhoneNumber {
    /// As the button gave it.
    code: Secret,
}

/// What comes back. Members that are not listed are kept in `extra`.
#[answer]
struct Phone {
    /// The number and what belongs to it.
    phone_info: Numbers,
}

#[answer]
#[serde(rename_all = "camelCase")]
struct Numbers {
    /// Without a country prefix.
    pure_phone_number: Secret,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    const APP: &str = "wx0123456789abcdef";
    let wechat = Simulator::start(Settings::default()).await?;
    wechat.app(APP, "a-secret-of-thirty-two-characters");
    let mini = MiniProgram::builder(AppId::new(APP)?, Secret::new("a-secret-of-thirty-two-characters"))
        .base_url(wechat.base_url())
        .build()?;

    let code = wechat.phone_code(APP, "13800138000");
    let phone = mini.send(&OwnPhoneNumber::new(code.clone())).await?;
    println!("typed: ends in {}", &phone.phone_info.pure_phone_number.expose()[7..]);
    println!("also there: {:?}", phone.phone_info.extra);

    // The code works once; the error says what that means for the call.
    match mini.send(&OwnPhoneNumber::new(code)).await {
        Err(error @ Error::Api(_)) => println!("refused: {error}; outcome {:?}", error.outcome()),
        other => return Err(format!("a code worked twice: {other:?}").into()),
    }

    // Without a type: path and bytes, with the token and the errors of all other calls.
    let code = wechat.phone_code(APP, "13800138001");
    let body = format!("{{\"code\":\"{code}\"}}");
    let answer = mini.raw(Method::POST, "/wxa/business/getuserphonenumber", Some(body.into())).await?;
    println!("raw: {} bytes of JSON", answer.len());
    wechat.shutdown().await;
    Ok(())
}
