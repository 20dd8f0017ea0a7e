//! The documented limits of request bodies, checked one member at a time.

use serde_json::{Map, Value};

use super::refusal::Refusal;

type Checked<T> = Result<T, Refusal>;

/// Parses a body and refuses what no member may hold: `null` and characters outside the basic plane.
pub(crate) fn parse(body: &[u8]) -> Checked<Value> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::new(400, "PARAM_ERROR", "请求体不是合法的 JSON"))?;
    refuse_everywhere(&value, "")?;
    Ok(value)
}

fn refuse_everywhere(value: &Value, pointer: &str) -> Checked<()> {
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

/// The JSON pointer of a member, escaped as RFC 6901 asks.
fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// An object of a body whose members are all documented.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    members: &'a Map<String, Value>,
    pointer: String,
}

impl<'a> Object<'a> {
    /// The object at the top of a body.
    pub(crate) fn top(value: &'a Value, known: &[&str]) -> Checked<Self> {
        Self::open(value, String::new(), known)
    }

    fn open(value: &'a Value, pointer: String, known: &[&str]) -> Checked<Self> {
        let members = value.as_object().ok_or_else(|| Refusal::body(&pointer, value, "应为 object 类型"))?;
        match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, value)) => Err(Refusal::body(&below(&pointer, name), value, "是未定义的参数")),
            None => Ok(Self { members, pointer }),
        }
    }

    /// The refusal of one member.
    pub(crate) fn wrong(&self, name: &str, issue: &str) -> Refusal {
        let value = self.members.get(name).unwrap_or(&Value::Null);
        Refusal::body(&below(&self.pointer, name), value, issue)
    }

    /// How many bytes the object has without blanks.
    pub(crate) fn compact_len(&self) -> usize {
        serde_json::to_vec(self.members).map_or(usize::MAX, |bytes| bytes.len())
    }

    /// A text of at most `max` characters.
    pub(crate) fn text(&self, name: &str, max: usize) -> Checked<Option<&'a str>> {
        let Some(value) = self.members.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.wrong(name, "应为 string 类型"))?;
        if text.is_empty() {
            return Err(self.wrong(name, "不能为空"));
        }
        if text.chars().count() > max {
            Err(self.wrong(name, "字符数超过限制"))
        } else {
            Ok(Some(text))
        }
    }

    pub(crate) fn needed_text(&self, name: &str, max: usize) -> Checked<&'a str> {
        self.text(name, max)?.ok_or_else(|| self.wrong(name, "必填"))
    }

    /// A text made of letters, digits and the marks in `extra`.
    pub(crate) fn word(&self, name: &str, sizes: (usize, usize), extra: &str) -> Checked<Option<&'a str>> {
        let Some(text) = self.text(name, sizes.1)? else { return Ok(None) };
        if text.len() < sizes.0 {
            return Err(self.wrong(name, "字符数不足"));
        }
        let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || extra.contains(letter));
        if plain { Ok(Some(text)) } else { Err(self.wrong(name, "含有不允许的字符")) }
    }

    pub(crate) fn needed_word(&self, name: &str, sizes: (usize, usize), extra: &str) -> Checked<&'a str> {
        self.word(name, sizes, extra)?.ok_or_else(|| self.wrong(name, "必填"))
    }

    pub(crate) fn choice(&self, name: &str, choices: &[&str]) -> Checked<Option<&'a str>> {
        let Some(text) = self.text(name, usize::MAX)? else { return Ok(None) };
        if choices.contains(&text) { Ok(Some(text)) } else { Err(self.wrong(name, "不在枚举范围内")) }
    }

    /// An integer of at least `min`.
    pub(crate) fn integer(&self, name: &str, min: i64) -> Checked<Option<i64>> {
        let Some(value) = self.members.get(name) else { return Ok(None) };
        let number = value.as_i64().ok_or_else(|| self.wrong(name, "应为 integer 类型"))?;
        if number < min { Err(self.wrong(name, "小于最小值")) } else { Ok(Some(number)) }
    }

    pub(crate) fn needed_integer(&self, name: &str, min: i64) -> Checked<i64> {
        self.integer(name, min)?.ok_or_else(|| self.wrong(name, "必填"))
    }

    pub(crate) fn boolean(&self, name: &str) -> Checked<Option<bool>> {
        let Some(value) = self.members.get(name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.wrong(name, "应为 boolean 类型"))
    }

    pub(crate) fn object(&self, name: &str, known: &[&str]) -> Checked<Option<Object<'a>>> {
        let Some(value) = self.members.get(name) else { return Ok(None) };
        Self::open(value, below(&self.pointer, name), known).map(Some)
    }

    pub(crate) fn needed_object(&self, name: &str, known: &[&str]) -> Checked<Object<'a>> {
        self.object(name, known)?.ok_or_else(|| self.wrong(name, "必填"))
    }

    /// A list of objects with at least one entry.
    pub(crate) fn objects(&self, name: &str, known: &[&str]) -> Checked<Option<Vec<Object<'a>>>> {
        let Some(value) = self.members.get(name) else { return Ok(None) };
        let items = value.as_array().ok_or_else(|| self.wrong(name, "应为 array 类型"))?;
        if items.is_empty() {
            return Err(self.wrong(name, "不能为空数组"));
        }
        let pointer = below(&self.pointer, name);
        let open = |(index, item)| Self::open(item, format!("{pointer}/{index}"), known);
        items.iter().enumerate().map(open).collect::<Checked<Vec<_>>>().map(Some)
    }

    /// A list of texts out of `choices`.
    pub(crate) fn choices(&self, name: &str, choices: &[&str]) -> Checked<()> {
        let Some(value) = self.members.get(name) else { return Ok(()) };
        let items = value.as_array().ok_or_else(|| self.wrong(name, "应为 array 类型"))?;
        let known = items.iter().all(|item| item.as_str().is_some_and(|text| choices.contains(&text)));
        if known { Ok(()) } else { Err(self.wrong(name, "不在枚举范围内")) }
    }

    pub(crate) fn currency(&self, needed: bool) -> Checked<()> {
        match self.choice("currency", &["CNY"])? {
            None if needed => Err(self.wrong("currency", "必填")),
            _ => Ok(()),
        }
    }

    /// The address of notifications: https, or http to this machine; without a query.
    pub(crate) fn notify_url(&self, max: usize) -> Checked<Option<&'a str>> {
        let Some(text) = self.text("notify_url", max)? else { return Ok(None) };
        if is_notify_url(text) {
            Ok(Some(text))
        } else {
            Err(self.wrong("notify_url", "不是合法的通知地址"))
        }
    }

    /// The merchant in the body has to be the one that signed.
    pub(crate) fn own_mchid(&self, mchid: &str) -> Checked<()> {
        if self.needed_text("mchid", 32)? == mchid {
            Ok(())
        } else {
            Err(self.wrong("mchid", "与签名商户号不一致"))
        }
    }
}

fn is_notify_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let secure = uri.scheme_str() == Some("https") || (loopback && uri.scheme_str() == Some("http"));
    secure && !text.contains(['?', '#', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_notify_urls() {
        for good in
            ["https://shop.example/notify", "http://127.0.0.1:80/n", "http://[::1]:9/n", "http://localhost/n"]
        {
            assert!(is_notify_url(good), "{good}");
        }
        for bad in
            ["http://shop.example/n", "https://shop.example/n?a=1", "/n", "https://a@b/n", "ftp://127.0.0.1/"]
        {
            assert!(!is_notify_url(bad), "{bad}");
        }
    }

    #[test]
    fn points_at_the_member_that_is_wrong() {
        let pointer = |text: &str| parse(text.as_bytes()).unwrap_err().detail.unwrap()["field"].clone();
        assert_eq!(pointer(r#"{"a":{"b/c":[1,null]}}"#), "/a/b~1c/1");
        assert_eq!(pointer(r#"{"a":"\ud83d\ude00"}"#), "/a");
    }
}
