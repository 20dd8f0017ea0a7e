//! The signature of a request of WeChat Pay.

use serde_json::json;

use super::refusal::Refusal;
use super::signed_body;
use crate::core::Core;
use crate::wire::Request;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048 ";
/// How far a timestamp may be off, in either direction.
const TOLERANCE_SECS: i64 = 300;

/// The five values of an `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
struct Credentials<'a> {
    mchid: &'a str,
    nonce: &'a str,
    signature: &'a str,
    timestamp: &'a str,
    serial: &'a str,
}

/// The merchant that signed the request, if it really did.
pub(crate) fn authenticate(core: &Core, request: &Request) -> Result<String, Refusal> {
    let header = request.header("authorization").ok_or_else(|| Refusal::sign("缺少 Authorization 请求头"))?;
    let credentials = Credentials::parse(header)?;
    check_time(core.time.stamp(), credentials.timestamp)?;
    check_signature(core, request, &credentials)?;
    if core.settings.nonce_check {
        let nonce = format!("{}/{}", credentials.mchid, credentials.nonce);
        if !core.nonces(|nonces| nonces.take(nonce, core.time.stamp())) {
            return Err(Refusal::sign("nonce_str 已被使用").explained("this nonce_str came before"));
        }
    }
    Ok(credentials.mchid.to_owned())
}

/// The merchant a request says it comes from.
pub(crate) fn claimed(request: &Request) -> Option<&str> {
    Credentials::parse(request.header("authorization")?).ok().map(|credentials| credentials.mchid)
}

impl<'a> Credentials<'a> {
    fn parse(header: &'a str) -> Result<Self, Refusal> {
        let pairs =
            header.strip_prefix(SCHEME).ok_or_else(|| Refusal::sign("Authorization 认证类型不正确"))?;
        let mut values = [None; 5];
        for pair in pairs.split(',') {
            let (name, value) = split_pair(pair).ok_or_else(|| Refusal::sign("Authorization 格式不正确"))?;
            let place = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"]
                .iter()
                .position(|known| *known == name)
                .ok_or_else(|| Refusal::sign("Authorization 含有未知的参数"))?;
            if values[place].replace(value).is_some() {
                return Err(Refusal::sign("Authorization 参数重复"));
            }
        }
        let [Some(mchid), Some(nonce), Some(signature), Some(timestamp), Some(serial)] = values else {
            return Err(Refusal::sign("Authorization 缺少参数"));
        };
        Ok(Self { mchid, nonce, signature, timestamp, serial })
    }
}

fn split_pair(pair: &str) -> Option<(&str, &str)> {
    let (name, value) = pair.trim().split_once('=')?;
    let value = value.strip_prefix('"')?.strip_suffix('"')?;
    (!value.is_empty() && !value.contains('"')).then_some((name, value))
}

fn check_time(now: i64, timestamp: &str) -> Result<(), Refusal> {
    let seconds: i64 = timestamp.parse().map_err(|_| Refusal::sign("timestamp 不是整数"))?;
    let distance = (now / 1000).saturating_sub(seconds).saturating_abs();
    if distance > TOLERANCE_SECS {
        let explanation = format!("timestamp is {seconds}, the clock here shows {}", now / 1000);
        let message = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟";
        Err(Refusal::sign(message).explained(explanation))
    } else {
        Ok(())
    }
}

fn check_signature(core: &Core, request: &Request, credentials: &Credentials<'_>) -> Result<(), Refusal> {
    let certified = core
        .read(|world| world.merchants.get(credentials.mchid).map(|merchant| merchant.keys.merchant.clone()))
        .ok_or_else(|| {
            Refusal::sign("商户号不存在").explained(format!("no merchant {}", credentials.mchid))
        })?;
    if certified.serial != credentials.serial {
        let explanation = format!(
            "serial_no is {}, the certificate of this merchant has {}",
            credentials.serial, certified.serial
        );
        return Err(Refusal::sign("商户证书序列号有误").explained(explanation));
    }
    let body = signed_body(request).ok_or_else(|| Refusal::sign("上传请求缺少 meta"))?;
    let message = signed_message(request, credentials, &body);
    if certified.key.verifies(&message, credentials.signature) {
        Ok(())
    } else {
        Err(wrong_signature(request, &String::from_utf8_lossy(&message)))
    }
}

fn signed_message(request: &Request, credentials: &Credentials<'_>, body: &[u8]) -> Vec<u8> {
    let head =
        [request.method.as_str(), &request.target(), credentials.timestamp, credentials.nonce, ""].join("\n");
    [head.as_bytes(), body, b"\n"].concat()
}

/// As WeChat Pay shows what it expected, with the bodies cut; the page of requests shows all of it.
fn wrong_signature(request: &Request, message: &str) -> Refusal {
    let cut: String = message.chars().take(256).collect();
    let detail = json!({
        "field": "signature",
        "issue": "sign not match",
        "location": "authorization",
        "sign_information": {
            "method": request.method.as_str(),
            "url": request.target(),
            "sign_message_length": message.len(),
            "truncated_sign_message": cut,
        },
    });
    // As JSON quotes it, so that every byte can be read back.
    let shown: String = message.chars().take(8192).collect();
    let explanation = format!("signature wrong: the string to sign was {}", json!(shown));
    Refusal { detail: Some(detail), ..Refusal::sign("签名错误，请检查后再试") }.explained(explanation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_five_values_in_any_order() {
        let header = r#"WECHATPAY2-SHA256-RSA2048 serial_no="AB",mchid="19", nonce_str="n",timestamp="1",signature="a=""#;
        let read = Credentials::parse(header).unwrap();
        assert_eq!(
            read,
            Credentials { mchid: "19", nonce: "n", signature: "a=", timestamp: "1", serial: "AB" }
        );
    }

    #[test]
    fn refuses_other_schemes_and_shapes() {
        for header in [
            "Bearer x",
            r#"WECHATPAY2-SHA256-RSA2048 mchid="19""#,
            r#"WECHATPAY2-SHA256-RSA2048 mchid=19,nonce_str="n",timestamp="1",signature="a",serial_no="A""#,
            r#"WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="2",nonce_str="n",timestamp="1",signature="a",serial_no="A""#,
        ] {
            assert_eq!(Credentials::parse(header).unwrap_err().status, 401, "{header}");
        }
    }

    #[test]
    fn accepts_five_minutes_and_not_more() {
        assert!(check_time(1_000_000, "1300").is_ok());
        assert!(check_time(1_000_000, "1301").is_err());
        assert!(check_time(1_000_000, "699").is_err());
        assert!(check_time(1_000_000, "-9223372036854775808").is_err());
    }
}
