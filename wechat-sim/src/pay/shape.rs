//! The documented shapes of request bodies, as tables: what is missing, too long, of another type or not
//! documented at all is refused with a pointer to it.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::wire::text;

type Checked = Result<(), Refusal>;

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) needed: bool,
    pub(crate) rule: Rule,
}

/// What a value has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    /// A text that is not empty, of at most so many characters.
    Text(usize),
    /// A text of at most so many bytes.
    Bytes(usize),
    /// A text of `min` to `max` letters, digits and marks.
    Word(usize, usize, &'static str),
    /// One of these.
    Choice(&'static [&'static str]),
    /// A whole number between two bounds.
    Integer(i64, i64),
    Boolean,
    /// RFC 3339, of at most so many characters.
    Time(usize),
    /// Where notifications go: https, or http to this machine; without a query; of at most so many characters.
    Url(usize),
    /// An IPv4 or IPv6 address.
    Ip,
    /// A value that travels encrypted; what is in it is looked at when it is opened.
    Sealed,
    /// An object of these members.
    Object(&'static [Field]),
    /// An object of these members, of at most so many bytes as compact JSON.
    Small(usize, &'static [Field]),
    /// A list of at least and at most so many.
    List(usize, usize, &'static Rule),
}

/// A member that has to be there.
pub(crate) const fn need(name: &'static str, rule: Rule) -> Field {
    Field { name, needed: true, rule }
}

/// A member that may be there.
pub(crate) const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, needed: false, rule }
}

/// A sum in fen of at least one.
pub(crate) const FEN: Rule = Rule::Integer(1, i64::MAX);
/// A sum in fen, also of nothing.
pub(crate) const FEN_OR_NONE: Rule = Rule::Integer(0, i64::MAX);
pub(crate) const CURRENCY: Rule = Rule::Choice(&["CNY"]);
/// An order number of a merchant.
pub(crate) const OUT_TRADE_NO: Rule = Rule::Word(6, 32, "_-|*");
/// A number of a refund or of a profit sharing.
pub(crate) const OUT_REFUND_NO: Rule = Rule::Word(1, 64, "_-|*@");

/// Parses a body and refuses what no member may hold: `null` and characters outside the basic plane.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::new(400, "PARAM_ERROR", "请求体不是合法的 JSON"))?;
    refuse_everywhere(&value, "")?;
    Ok(value)
}

fn refuse_everywhere(value: &Value, pointer: &str) -> Checked {
    match value {
        Value::Null => Err(Refusal::body(pointer, value, "不能为 null")),
        Value::String(text) if text.chars().any(|letter| letter > '\u{ffff}') => {
            Err(Refusal::body(pointer, value, "含有不支持的字符"))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| refuse_everywhere(item, &format!("{pointer}/{index}"))),
        Value::Object(members) => {
            members.iter().try_for_each(|(name, member)| refuse_everywhere(member, &below(pointer, name)))
        }
        _ => Ok(()),
    }
}

/// Checks a body against its shape.
pub(crate) fn check(shape: &[Field], body: &Value) -> Checked {
    object(shape, body, "")
}

fn object(shape: &[Field], value: &Value, pointer: &str) -> Checked {
    let members = value.as_object().ok_or_else(|| Refusal::body(pointer, value, "应为 object 类型"))?;
    if let Some((name, value)) = stranger(shape, members) {
        return Err(Refusal::body(&below(pointer, name), value, "是未定义的参数"));
    }
    shape.iter().try_for_each(|field| {
        let place = below(pointer, field.name);
        match members.get(field.name) {
            Some(value) => rule(field.rule, value, &place),
            None if field.needed => Err(Refusal::body(&place, &Value::Null, "必填")),
            None => Ok(()),
        }
    })
}

fn stranger<'a>(shape: &[Field], members: &'a Map<String, Value>) -> Option<(&'a String, &'a Value)> {
    members.iter().find(|(name, _)| shape.iter().all(|field| field.name != *name))
}

fn rule(rule: Rule, value: &Value, pointer: &str) -> Checked {
    match rule {
        Rule::Object(shape) => object(shape, value, pointer),
        Rule::Small(most, shape) if value.to_string().len() <= most => object(shape, value, pointer),
        Rule::Small(..) => Err(Refusal::body(pointer, value, "长度超过限制")),
        Rule::List(least, most, of) => list((least, most), *of, value, pointer),
        Rule::Boolean if value.is_boolean() => Ok(()),
        Rule::Boolean => Err(Refusal::body(pointer, value, "应为 boolean 类型")),
        Rule::Integer(least, most) => match value.as_i64() {
            Some(number) if (least..=most).contains(&number) => Ok(()),
            Some(number) if number < least => Err(Refusal::body(pointer, value, "小于最小值")),
            Some(_) => Err(Refusal::body(pointer, value, "大于最大值")),
            None => Err(Refusal::body(pointer, value, "应为 integer 类型")),
        },
        _ => match value.as_str() {
            Some(text) => written(rule, text).map_err(|issue| Refusal::body(pointer, value, issue)),
            None => Err(Refusal::body(pointer, value, "应为 string 类型")),
        },
    }
}

fn list((least, most): (usize, usize), of: Rule, value: &Value, pointer: &str) -> Checked {
    let items = value.as_array().ok_or_else(|| Refusal::body(pointer, value, "应为 array 类型"))?;
    if items.len() < least {
        return Err(Refusal::body(pointer, value, "数组元素个数不足"));
    }
    if items.len() > most {
        return Err(Refusal::body(pointer, value, "数组元素个数超过限制"));
    }
    items.iter().enumerate().try_for_each(|(index, item)| rule(of, item, &format!("{pointer}/{index}")))
}

/// What is wrong with a text.
fn written(rule: Rule, text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("不能为空");
    }
    match rule {
        Rule::Text(most) => shorter(text.chars().count(), most),
        Rule::Bytes(most) => shorter(text.len(), most),
        Rule::Word(least, most, marks) => word(text, (least, most), marks),
        Rule::Choice(choices) if choices.contains(&text) => Ok(()),
        Rule::Choice(_) => Err("不在枚举范围内"),
        Rule::Time(most) => shorter(text.len(), most)
            .and_then(|()| text::parse_rfc3339(text).map(drop).ok_or("不是合法的 RFC 3339 时间")),
        Rule::Url(most) => shorter(text.chars().count(), most).and_then(|()| {
            if is_notify_url(text) {
                Ok(())
            } else {
                Err("不是合法的通知地址：须为 https，不能带参数")
            }
        }),
        Rule::Ip => text.parse::<std::net::IpAddr>().map(drop).map_err(|_| "不是合法的 IP 地址"),
        _ => Ok(()),
    }
}

fn shorter(len: usize, most: usize) -> Result<(), &'static str> {
    if len > most { Err("字符数超过限制") } else { Ok(()) }
}

fn word(text: &str, (least, most): (usize, usize), marks: &str) -> Result<(), &'static str> {
    shorter(text.chars().count(), most)?;
    if text.len() < least {
        return Err("字符数不足");
    }
    let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || marks.contains(letter));
    if plain { Ok(()) } else { Err("含有不允许的字符") }
}

/// The JSON pointer of a member, escaped as RFC 6901 asks.
fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A place that only a test can mean: this machine, a name without a domain as containers have, a private
/// address. WeChat itself takes none of these.
fn is_near(host: &str) -> bool {
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private(),
        Ok(std::net::IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => !host.contains('.'),
    }
}

fn is_notify_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let secure = uri.scheme_str() == Some("https") || (is_near(bare) && uri.scheme_str() == Some("http"));
    secure && !text.contains(['?', '#', '@'])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn knows_notify_urls() {
        for good in [
            "https://shop.example/notify",
            "http://127.0.0.1:80/n",
            "http://[::1]:9/n",
            "http://localhost/n",
            "http://shop:3000/n",
            "http://10.0.0.2/n",
        ] {
            assert!(is_notify_url(good), "{good}");
        }
        for bad in [
            "http://shop.example/n",
            "http://8.8.8.8/n",
            "https://shop.example/n?a=1",
            "/n",
            "https://a@b/n",
            "ftp://127.0.0.1/",
        ] {
            assert!(!is_notify_url(bad), "{bad}");
        }
    }

    fn pointer(refusal: Refusal) -> String {
        refusal.detail.unwrap()["field"].as_str().unwrap().to_owned()
    }

    #[test]
    fn points_at_what_no_member_may_hold() {
        let pointer = |text: &str| pointer(parse(text.as_bytes()).unwrap_err());
        assert_eq!(pointer(r#"{"a":{"b/c":[1,null]}}"#), "/a/b~1c/1");
        assert_eq!(pointer(r#"{"a":"\ud83d\ude00"}"#), "/a");
    }

    #[test]
    fn points_at_the_member_that_breaks_its_rule() {
        const ITEM: Rule = Rule::Object(&[need("id", Rule::Word(2, 4, "-")), may("n", Rule::Integer(1, 9))]);
        const SHAPE: &[Field] = &[
            need("list", Rule::List(1, 2, &ITEM)),
            may("text", Rule::Text(2)),
            may("bytes", Rule::Bytes(3)),
            may("kind", Rule::Choice(&["A", "B"])),
            may("at", Rule::Time(32)),
            may("ip", Rule::Ip),
            may("ok", Rule::Boolean),
        ];
        let fine = json!({"list": [{"id": "a-1", "n": 9}], "text": "中文", "bytes": "中", "kind": "B",
            "at": "2026-01-02T03:04:05+08:00", "ip": "::1", "ok": true});
        check(SHAPE, &fine).unwrap();
        for (name, wrong, place) in [
            ("list", json!([]), "/list"),
            ("list", json!([{"id": "ab"}, {"id": "ab"}, {"id": "ab"}]), "/list"),
            ("list", json!([{"id": "a_1"}]), "/list/0/id"),
            ("list", json!([{"id": "ab", "n": 10}]), "/list/0/n"),
            ("list", json!([{"id": "ab", "more": 1}]), "/list/0/more"),
            ("list", json!([{}]), "/list/0/id"),
            ("text", json!("三个字"), "/text"),
            ("text", json!(1), "/text"),
            ("text", json!(""), "/text"),
            ("bytes", json!("中文"), "/bytes"),
            ("kind", json!("C"), "/kind"),
            ("at", json!("2026-01-02 03:04:05"), "/at"),
            ("ip", json!("1.2.3"), "/ip"),
            ("ok", json!("true"), "/ok"),
            ("stranger", json!(1), "/stranger"),
        ] {
            let mut body = fine.clone();
            body[name] = wrong;
            assert_eq!(pointer(check(SHAPE, &body).unwrap_err()), place, "{body}");
        }
    }
}
