//! The values of a subscribe message. WeChat refuses a bad one with 47003, which does not always tell why, so
//! they are checked before they are sent.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::ser::{Serialize, Serializer};

use crate::error::ConfigError;
use crate::secret::Secret;

/// What a subscribe message says: the keys of its template and their texts. WeChat wants every key of the
/// template and no other; the template's `content` has them as `{{thing1.DATA}}`, which is the key `thing1`.
///
/// The letters of a key say what its text may be. Sending refuses texts that do not fit;
/// [`check`](Self::check) does so at any time. The texts are not printed: they may be names and phone
/// numbers.
///
/// | Key | Text |
/// |---|---|
/// | `thing` | up to 20 characters |
/// | `number` | up to 32 digits, and a decimal point |
/// | `letter` | up to 32 letters |
/// | `symbol` | up to 5 symbols |
/// | `character_string` | up to 32 digits, letters and symbols |
/// | `time` | `15:01` or `15:01:30`, with or without a date before it; two of them with `~` in between |
/// | `date` | `2019年10月1日`, `2019-10-01`, `2019-10`, `10-01` and the like, a time behind it or not; or two with `~` |
/// | `amount` | a currency sign, up to 10 digits with a decimal point, `元`; sign and `元` may be missing |
/// | `phone_number` | up to 17 digits and symbols |
/// | `car_number` | up to 8 letters and digits; the first and the last may be Chinese |
/// | `name` | up to 20 letters and symbols, or up to 10 characters if one of them is Chinese |
/// | `phrase` | up to 5 Chinese characters |
/// | `enum`, `enum_string` | what the template lists, which is not checked here |
///
/// No text is empty or has control characters such as line breaks; that holds for keys of other kinds too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateData(BTreeMap<String, Secret>);

impl TemplateData {
    /// Without any text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the text of a key, in place of an earlier one.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, text: impl Into<Secret>) -> Self {
        self.0.insert(key.into(), text.into());
        self
    }

    /// Whether WeChat can take all texts.
    ///
    /// # Errors
    /// Names the key and what its text must be; never the text.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.0.is_empty() {
            return Err(ConfigError::new("a message has at least one value"));
        }
        self.0.iter().try_for_each(|(key, text)| check(key, text.expose()))
    }
}

impl<K: Into<String>, T: Into<Secret>> FromIterator<(K, T)> for TemplateData {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(texts: I) -> Self {
        Self(texts.into_iter().map(|(key, text)| (key.into(), text.into())).collect())
    }
}

/// `{"thing1": {"value": "…"}}`.
impl Serialize for TemplateData {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(key, text)| (key, BTreeMap::from([("value", text.expose())]))))
    }
}

fn check(key: &str, text: &str) -> Result<(), ConfigError> {
    // A key that cannot be one is not named: it may be a text in the wrong place.
    let begins = key.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(ConfigError::new("a key is written as thing1: letters, digits and _, without .DATA"));
    }
    match broken(key, text) {
        Some(rule) => Err(ConfigError::of(format!("{key}: {rule}"))),
        None => Ok(()),
    }
}

/// A kind of key, what its texts must be, and whether one is.
type Rule = (&'static str, &'static str, fn(&str) -> bool);

const RULES: &[Rule] = &[
    ("thing", "at most 20 characters", |text| up_to(20, text)),
    ("number", "at most 32 digits, with at most one decimal point", |text| decimal(32, text)),
    ("letter", "at most 32 letters", |text| up_to(32, text) && all(text, |c| c.is_ascii_alphabetic())),
    ("symbol", "at most 5 symbols", |text| up_to(5, text) && all(text, symbol)),
    ("character_string", "at most 32 digits, letters and symbols, nothing Chinese", |text| {
        up_to(32, text) && all(text, |c| !chinese(c))
    }),
    ("time", "a time such as 15:01, after a date or not, or two with ~ in between", |text| {
        span(text, |one| clock(one) || moment(one), |other| clock(other) || moment(other))
    }),
    ("date", "a date such as 2019-10-01, before a time or not, or two with ~ in between", |text| {
        span(text, |one| day(one) || moment(one), |other| day(other) || moment(other) || clock(other))
    }),
    ("amount", "a currency sign or none, at most 10 digits, 元 or nothing", |text| {
        let text = text.strip_prefix(currency).unwrap_or(text);
        decimal(10, text.strip_suffix('元').unwrap_or(text))
    }),
    ("phone_number", "at most 17 digits and symbols", |text| {
        up_to(17, text)
            && all(text, |c| c.is_ascii_digit() || symbol(c))
            && text.contains(|c: char| c.is_ascii_digit())
    }),
    ("car_number", "at most 8 letters and digits; only the first and the last may be Chinese", |text| {
        let inner = text.strip_prefix(chinese).unwrap_or(text);
        let inner = inner.strip_suffix(chinese).unwrap_or(inner);
        up_to(8, text) && !inner.is_empty() && all(inner, |c| c.is_ascii_alphanumeric())
    }),
    ("name", "at most 20 letters and symbols, or at most 10 if one is Chinese, and no digits", |text| {
        up_to(if text.contains(chinese) { 10 } else { 20 }, text) && all(text, |c| !c.is_ascii_digit())
    }),
    ("phrase", "at most 5 characters, all Chinese", |text| up_to(5, text) && all(text, chinese)),
];

/// The rule that a text breaks.
fn broken(key: &str, text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        return Some("not empty; write 无 if there is nothing to say");
    }
    if text.contains(char::is_control) {
        return Some("no control characters, such as line breaks");
    }
    let kind = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let (_, rule, fits) = RULES.iter().find(|(name, ..)| *name == kind)?;
    (!fits(text)).then_some(rule)
}

fn up_to(limit: usize, text: &str) -> bool {
    text.chars().count() <= limit
}

fn all(text: &str, of: impl Fn(char) -> bool) -> bool {
    text.chars().all(of)
}

/// Ideographs, also rare ones.
fn chinese(c: char) -> bool {
    matches!(
        c,
        '\u{3007}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{323AF}'
    )
}

fn symbol(c: char) -> bool {
    !c.is_alphanumeric()
}

fn currency(c: char) -> bool {
    matches!(c, '$' | '¢'..='¥' | '\u{20A0}'..='\u{20CF}' | '＄' | '￠' | '￡' | '￥' | '￦')
}

/// Digits, or digits on both sides of a point; the point does not count.
fn decimal(limit: usize, text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(part) && text.bytes().filter(u8::is_ascii_digit).count() <= limit
}

/// One, or two with `~` in between.
fn span(text: &str, one: impl Fn(&str) -> bool, other: impl Fn(&str) -> bool) -> bool {
    match text.split_once('~') {
        Some((from, to)) => one(from.trim_end()) && other(to.trim_start()),
        None => one(text),
    }
}

fn clock(text: &str) -> bool {
    ["h:i", "h:i:s"].iter().any(|form| reads(form, text))
}

fn day(text: &str) -> bool {
    const FORMS: [&str; 12] = [
        "y年m月d日",
        "y年m月",
        "m月d日",
        "y-m-d",
        "y/m/d",
        "y.m.d",
        "y-m",
        "y/m",
        "y.m",
        "m-d",
        "m/d",
        "m.d",
    ];
    FORMS.iter().any(|form| reads(form, text))
}

/// A date and a time of day.
fn moment(text: &str) -> bool {
    let end_of_date =
        text.char_indices().rfind(|(_, c)| matches!(c, ' ' | '日')).map(|(at, c)| at + c.len_utf8());
    end_of_date.map(|at| text.split_at(at)).is_some_and(|(date, time)| day(date.trim_end()) && clock(time))
}

/// Whether a text has a form and means a time that there is. `y`, `m`, `d`, `h`, `i` and `s` are the digits
/// of year, month, day, hour, minute and second; everything else is itself.
fn reads(form: &str, text: &str) -> bool {
    // Without a year any day of a leap year will do.
    let (mut year, mut month, mut date) = (2000, 1, 1);
    let mut rest = text;
    for c in form.chars() {
        if !c.is_ascii_lowercase() {
            let Some(after) = rest.strip_prefix(c) else { return false };
            rest = after;
            continue;
        }
        let (digits, after) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
        let number: u16 = digits.parse().unwrap_or_default();
        let fits = match c {
            'y' => digits.len() == 4,
            'm' | 'd' => (1..=2).contains(&digits.len()),
            'h' => (1..=2).contains(&digits.len()) && number < 24,
            _ => digits.len() == 2 && number < 60,
        };
        if !fits {
            return false;
        }
        match c {
            'y' => year = number,
            'm' => month = number,
            'd' => date = number,
            _ => {}
        }
        rest = after;
    }
    rest.is_empty() && NaiveDate::from_ymd_opt(year.into(), month.into(), date.into()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key, texts that fit, texts that do not.
    const TABLE: &[(&str, &str, &str)] = &[
        (
            "thing1",
            "茶|A 级 tea, 2 斤 (500g)！|一二三四五六七八九十一二三四五六七八九十|🍵🍵",
            "一二三四五六七八九十一二三四五六七八九十一|aaaaaaaaaaaaaaaaaaaaa|两\n行|tab\t|\u{7f}",
        ),
        (
            "number2",
            "0|007|3.14|12345678901234567890123456789012|1234567890123456789012345678901.2",
            "123456789012345678901234567890123|-1|1.|.5|1.2.3|1,000|一|１|1 2|1e3",
        ),
        (
            "letter3",
            "a|ABCdef|abcdefghijklmnopqrstuvwxyzabcdef",
            "abcdefghijklmnopqrstuvwxyzabcdefg|a1|a b|茶|a-b|é",
        ),
        ("symbol4", "!|★☆★☆★|，。|$%&", "!!!!!!|a|1|茶|!a"),
        (
            "character_string5",
            "SF1234567890|a-b_c d/e#1|12345678901234567890123456789012|￥1，2",
            "123456789012345678901234567890123|顺丰123|〇|𠀀",
        ),
        (
            "time6",
            "15:01|15:01:59|0:00|23:59:59|2019年10月1日 15:01|2019年10月1日15:01|2019-10-01 15:01:30|\
             10月1日 8:30|15:01~16:30|2019年10月1日 15:01~16:01|2019-10-01 15:01 ~ 2019-10-02 15:01",
            "24:00|15:60|15:01:60|15:1|15|15:01:|2019-10-01|2019-10-01T15:01|2019-10-01T15:01:00+08:00|\
             2019-10-0115:01|2019-02-29 15:01|15:01:30.5|15:01-16:01|15:01～16:01|15:01~16:01~17:01|~15:01|\
             15:01~|下午3点| 15:01|3:01 PM",
        ),
        (
            "date7",
            "2019年10月1日|2019年10月|10月1日|2019-10-01|2019-1-1|2019/10/01|2019.10.01|2018-01|2018/01|01-01|\
             02-29|2020-02-29|2019年10月1日 15:01|2019-12-25 09:42:00|2019年10月1日~2019年10月3日|\
             2019-10-01~10-03|2019年10月1日 15:01~16:01",
            "2019|15:01|2019-13-01|2019-00-01|2019-10-32|2019-02-29|2019-04-31|02-30|19-10-01|20191001|\
             2019-10/01|2019年10月1|2019年10日|二〇一九年十月一日|2019-10-01T00:00:00Z|2019-10-01 25:00|\
             15:01~16:01|15:01~2019-10-01|1~2|99999999999-10-01",
        ),
        (
            "amount8",
            "￥100|¥0.01|12.50元|$1234567890|￥99999999.99元|0|€3|＄3",
            "￥|元|12345678901|￥123456789.012|-1|￥-1|￥￥1|1,000.00|￥1.|1元元|100块|¥ 1|CNY1",
        ),
        (
            "phone_number9",
            "13800138000|+86-0766-66888866|(0755)12345678|138****8000",
            "+86-0766-668888666|abc|1380013800a|电话13800138000|+-*|１",
        ),
        (
            "car_number10",
            "粤A8Z888挂|粤AD12345|A12345|粤A|1",
            "粤A8Z8888挂|粤A挂888|粤A·12345|粤粤A1234|粤挂|粤|A-12345|A1234挂挂",
        ),
        (
            "name11",
            "张三|张*三|一二三四五六七八九十|Mary-Ann O'Neil|abcdefghijklmnopqrst|张 san",
            "一二三四五六七八九十一|abcdefghijklmnopqrstu|张abcdefghij|张3|Tom1",
        ),
        ("phrase12", "配送中|配|订单已取消", "订单已经取消|OK|配送中。|配送1|配 送|《配送》"),
        ("enum_string13", "客厅|anything at all, however long it may be 123", "a\nb"),
        ("enum14", "1", "\0"),
        ("site15", "a kind that is not in the table, however long it may be", "a\rb"),
        ("thing", "no number at the end", "\u{85}"),
    ];

    #[test]
    fn texts_fit_their_keys_or_are_refused() {
        for (key, good, bad) in TABLE {
            for text in good.split('|') {
                assert_eq!(TemplateData::new().set(*key, text).check(), Ok(()), "{key} {text:?}");
            }
            for text in bad.split('|').chain(["", " ", "\u{3000}"]) {
                let refusal = TemplateData::new().set(*key, text).check();
                let message = refusal.expect_err(&format!("{key} {text:?}")).to_string();
                assert!(message.starts_with(&format!("{key}: ")), "{message}");
            }
        }
    }

    #[test]
    fn every_rule_is_tried() {
        let tried = |kind: &str| TABLE.iter().any(|(key, ..)| key.trim_end_matches(char::is_numeric) == kind);
        assert!(RULES.iter().all(|(kind, ..)| tried(kind)));
    }

    #[test]
    fn a_number_behind_the_key_is_no_limit() {
        let text = "一二三四五六七八九十一二三四五六七八九十";
        assert_eq!(TemplateData::new().set("thing5", text).check(), Ok(()));
    }

    #[test]
    fn keys_are_those_of_the_template() {
        for key in ["", "thing1.DATA", "{{thing1}}", "茶叶", "thing 1", "13800138000"] {
            let message = TemplateData::new().set(key, "茶").check().expect_err(key).to_string();
            assert!(message.starts_with("a key is written as thing1"), "{message}");
        }
        assert!(TemplateData::new().check().is_err());
    }

    #[test]
    fn texts_are_not_told() {
        let data = TemplateData::new().set("phrase1", "secret").set("name2", "张三");
        assert!(!format!("{data:?} {}", data.check().unwrap_err()).contains("secret"));
        assert!(!format!("{data:?}").contains('张'));
        let swapped = TemplateData::new().set("张三", "name2").check().unwrap_err();
        assert!(!swapped.to_string().contains('张'));
    }

    #[test]
    fn it_is_written_as_wechat_wants_it() {
        let data: TemplateData =
            [("thing1", "茶"), ("amount2", "￥1"), ("thing1", "绿茶")].into_iter().collect();
        assert_eq!(data, TemplateData::new().set("amount2", "￥1").set("thing1", "茶").set("thing1", "绿茶"));
        let written = serde_json::to_string(&data).unwrap();
        assert_eq!(written, r#"{"amount2":{"value":"￥1"},"thing1":{"value":"绿茶"}}"#);
    }
}
