//! `POST /v3/security/echo`: whether signatures, sealed fields and notifications work.

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shape::{Field, Rule, may, need};
use super::{PayCall, PayServe, Reply, post};
use crate::notify::pay_events;
use crate::operation::Operation;
use crate::world::Merchant;

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[post("security_echo", "/v3/security/echo", echo)];

/// The longest message that is taken. UNCONFIRMED: no length is documented.
const LONGEST: usize = 2048;

const SHAPE: &[Field] = &[
    need("echo_message", Rule::Text(LONGEST)),
    may("notify_url", Rule::Url(255)),
    may("encrypted_echo_message", Rule::Sealed),
];

#[derive(Debug, Deserialize)]
struct Wish {
    echo_message: String,
    notify_url: Option<String>,
    encrypted_echo_message: Option<String>,
}

fn echo(call: &PayCall<'_>) -> Reply {
    let (_, wish): (Value, Wish) = call.read(SHAPE)?;
    let merchant = call.core.read(|world| world.merchants.get(&call.mchid).cloned());
    let merchant = merchant.ok_or_else(|| Refusal::sign("商户号不存在"))?;
    let sealed = sealed_again(call, &merchant, wish.encrypted_echo_message.as_deref())?;
    let message = json!({"echo_message": wish.echo_message});
    if let Some(url) = &wish.notify_url {
        // UNCONFIRMED: the documentation has other names in the notification than in the answer.
        let plaintext = with(message.clone(), "encrypt_echo_message", sealed.as_deref());
        notify(call, url, &plaintext)?;
    }
    Ok(with(message, "encrypted_echo_message", sealed.as_deref()).into())
}

fn with(mut body: Value, name: &str, sealed: Option<&str>) -> Value {
    if let Some(sealed) = sealed {
        body[name] = json!(sealed);
    }
    body
}

/// What the merchant sealed for the platform, sealed for the merchant.
fn sealed_again(
    call: &PayCall<'_>,
    merchant: &Merchant,
    sealed: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let serial = call.request.header("wechatpay-serial").unwrap_or_default();
    let wrong = |issue| Refusal::url("Wechatpay-Serial", serial, issue, "header");
    if serial.is_empty() {
        return Err(wrong("必填"));
    }
    let key =
        merchant.platform_key(serial).ok_or_else(|| wrong("不是有效的平台证书序列号或微信支付公钥ID"))?;
    let Some(sealed) = sealed else { return Ok(None) };
    let again = key.open_oaep(sealed).and_then(|plain| merchant.keys.merchant.key.seal_oaep(&plain));
    let refused = || {
        Refusal::body("/encrypted_echo_message", &json!(sealed), "解密失败")
            .explained(format!("the key {serial} does not open it: OAEP with SHA-1, base64"))
    };
    again.map(Some).ok_or_else(refused)
}

fn notify(call: &PayCall<'_>, url: &str, plaintext: &Value) -> Result<(), Refusal> {
    call.core.change(|world, now| {
        let event = ("SECURITY_ECHO.SUCCESS", "security", "商户签名验签/加解密测试成功");
        pay_events::post_event(call.core, world, (&call.mchid, url), event, plaintext.clone(), now);
        Ok(())
    })
}
