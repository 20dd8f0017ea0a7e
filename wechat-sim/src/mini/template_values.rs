//! What the values of a subscribe message may hold. The key of a value names its type: `thing1` is a `thing`.

mod moments;

/// A gap in the text of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placeholder<'a> {
    /// What the message has to send, such as `character_string3`.
    pub(crate) key: &'a str,
    /// The key without its number: the type of the value.
    pub(crate) prefix: &'a str,
    /// What the reader of the message sees in front of the value.
    pub(crate) label: &'a str,
}

/// The gaps of a `content` such as `名称:{{thing1.DATA}}\n`, in their order. Braces that hold anything else are
/// text.
pub(crate) fn placeholders(content: &str) -> Vec<Placeholder<'_>> {
    let (closed, _) = content.rsplit_once("}}").unwrap_or_default();
    closed.split("}}").filter_map(placeholder).collect()
}

/// Reads a piece that ended in front of `}}`.
fn placeholder(piece: &str) -> Option<Placeholder<'_>> {
    let (before, inside) = piece.rsplit_once("{{")?;
    let key = inside.strip_suffix(".DATA")?;
    let prefix = key.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let line = before.rsplit('\n').next().unwrap_or_default();
    let label = line.trim().trim_end_matches([':', '：', ' ']);
    let named = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    named.then_some(Placeholder { key, prefix, label })
}

/// Checks the value of a placeholder. `allowed` holds the choices of an enum and means nothing elsewhere.
///
/// The error goes on after the name of the value: `is empty`, `is longer than 20 characters`.
pub(crate) fn check(prefix: &str, value: &str, allowed: &[String]) -> Result<(), String> {
    hold(!value.trim().is_empty(), "is empty")?;
    hold(!value.contains(breaks_a_line), "holds a line break or another control character")?;
    match prefix {
        "thing" => within(value, 20),
        "number" => hold(is_decimal(value, 32), "is not a number of at most 32 digits"),
        "letter" => only(value, 32, |letter| letter.is_ascii_alphabetic(), "letters"),
        "symbol" => only(value, 5, is_symbol, "symbols"),
        "character_string" => {
            only(value, 32, |letter| matches!(letter, ' '..='~'), "letters, digits and symbols of ASCII")
        }
        "time" => hold(moments::is_time(value), "is not a time such as 15:01 or 2019年10月1日 15:01"),
        "date" => hold(moments::is_date(value), "is not a date such as 2019年10月1日 or 2019-10-01 15:01"),
        "amount" => hold(is_amount(value), "is not an amount such as ￥100 or 12.50元 of at most 10 digits"),
        "phone_number" => phone_number(value),
        "car_number" => car_number(value),
        "name" => name(value),
        "phrase" => only(value, 5, is_chinese, "Chinese characters"),
        "enum" | "enum_string" => {
            hold(allowed.iter().any(|choice| choice == value), "is not one of the listed choices")
        }
        unknown => Err(format!("has the unknown type {unknown}")),
    }
}

fn hold(fine: bool, wrong: &str) -> Result<(), String> {
    if fine { Ok(()) } else { Err(wrong.to_owned()) }
}

fn within(value: &str, max: usize) -> Result<(), String> {
    hold(value.chars().count() <= max, &format!("is longer than {max} characters"))
}

fn only(value: &str, max: usize, fits: impl Fn(char) -> bool, what: &str) -> Result<(), String> {
    hold(value.chars().all(fits), &format!("may hold nothing but {what}"))?;
    within(value, max)
}

/// Line and paragraph separators are no control characters to Unicode, but they break a line as well.
fn breaks_a_line(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn is_chinese(letter: char) -> bool {
    matches!(letter,
        '々' | '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

fn is_symbol(letter: char) -> bool {
    !letter.is_alphanumeric() && !letter.is_whitespace()
}

/// Digits, perhaps with one point between them. The point is not counted.
fn is_decimal(text: &str, max: usize) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let count = text.bytes().filter(u8::is_ascii_digit).count();
    digits(whole) && digits(fraction) && count <= max
}

fn is_amount(text: &str) -> bool {
    let sum = text.strip_prefix(is_currency).unwrap_or(text);
    is_decimal(sum.strip_suffix('元').unwrap_or(sum), 10)
}

fn is_currency(letter: char) -> bool {
    matches!(letter, '$' | '¢'..='¥' | '฿' | '\u{20a0}'..='\u{20cf}' | '＄' | '￠' | '￡' | '￥' | '￦')
}

fn phone_number(value: &str) -> Result<(), String> {
    let fits = |letter: char| letter.is_ascii_digit() || letter.is_ascii_punctuation();
    hold(value.contains(|letter: char| letter.is_ascii_digit()), "holds no digit")?;
    only(value, 17, fits, "digits and symbols")
}

/// Chinese stands at the ends only: the province in front, the kind of the car behind.
fn car_number(value: &str) -> Result<(), String> {
    let inner = value.strip_prefix(is_chinese).unwrap_or(value);
    let inner = inner.strip_suffix(is_chinese).unwrap_or(inner);
    let plain = inner.bytes().all(|byte| byte.is_ascii_alphanumeric());
    hold(plain, "is not a car number such as 粤A8Z888挂")?;
    within(value, 8)
}

/// One Chinese character makes the whole a Chinese name, which is half as long.
fn name(value: &str) -> Result<(), String> {
    let fits =
        |letter: char| is_chinese(letter) || letter.is_alphabetic() || is_symbol(letter) || letter == ' ';
    only(value, if value.contains(is_chinese) { 10 } else { 20 }, fits, "letters and symbols")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(prefix: &str, values: &[&str]) {
        for value in values {
            assert_eq!(check(prefix, value, &[]), Ok(()), "{prefix} {value:?}");
        }
    }

    fn refuses(prefix: &str, cases: &[(&str, &str)]) {
        for (value, wrong) in cases {
            let error = check(prefix, value, &[]).expect_err(&format!("{prefix} {value:?}"));
            assert!(error.contains(wrong), "{prefix} {value:?}: {error}");
        }
    }

    fn long(letter: &str, count: usize) -> String {
        letter.repeat(count)
    }

    #[test]
    fn no_type_takes_an_empty_value_or_a_control_character() {
        let every = [
            "thing",
            "number",
            "letter",
            "symbol",
            "character_string",
            "time",
            "date",
            "amount",
            "phone_number",
            "car_number",
            "name",
            "phrase",
            "enum",
            "enum_string",
        ];
        for prefix in every {
            refuses(prefix, &[("", "is empty"), ("  ", "is empty"), ("\u{3000}", "is empty")]);
            for control in ['\n', '\r', '\t', '\0', '\u{7f}', '\u{85}', '\u{2028}'] {
                refuses(prefix, &[(&format!("1{control}2"), "control character")]);
            }
        }
    }

    #[test]
    fn a_thing_is_any_text_of_twenty_characters() {
        accepts("thing", &["青花瓷茶杯 2件, A-1!", &long("茶", 20), &long("😀", 20), "无"]);
        refuses("thing", &[(&long("茶", 21), "longer than 20"), (&long("a", 21), "longer than 20")]);
    }

    #[test]
    fn a_number_is_digits_with_a_point() {
        accepts("number", &["0", "12.5", "007", &long("9", 32), &format!("{}.5", long("9", 31))]);
        for wrong in ["1a", "1,000", "-1", "+1", "1.", ".5", "1.2.3", "１２", "三", " 1", "1e3"] {
            refuses("number", &[(wrong, "not a number")]);
        }
        refuses("number", &[(&long("9", 33), "32 digits"), (&format!("{}.5", long("9", 32)), "32 digits")]);
    }

    #[test]
    fn a_letter_value_holds_letters_only() {
        accepts("letter", &["SF", "aBc", &long("z", 32)]);
        refuses("letter", &[("A1", "nothing but letters"), ("A B", "nothing but"), ("顺丰", "nothing but")]);
        refuses("letter", &[(&long("z", 33), "longer than 32"), ("é", "nothing but")]);
    }

    #[test]
    fn a_symbol_value_holds_symbols_only() {
        accepts("symbol", &["★★★★★", "!", "，。", "+-*/="]);
        refuses("symbol", &[("★1", "nothing but symbols"), ("a", "nothing but"), ("好", "nothing but")]);
        refuses("symbol", &[("★ ★", "nothing but"), ("★★★★★★", "longer than 5")]);
    }

    #[test]
    fn a_character_string_has_no_chinese() {
        accepts("character_string", &["SF1234567890", "A-1/2_#", "a b", &long("9", 32)]);
        refuses("character_string", &[("单号1", "nothing but"), ("（1）", "nothing but")]);
        refuses("character_string", &[(&long("9", 33), "longer than 32"), ("é", "nothing but")]);
    }

    #[test]
    fn an_amount_has_a_sign_in_front_and_a_unit_behind() {
        accepts("amount", &["￥100", "12.50元", "¥0.01", "$9.99", "€5", "100", "￥12.50元", "￥12345678.90"]);
        for wrong in [
            "￥", "元", "￥￥1", "1元元", "1￥", "-1", "￥-1", "￥ 1", "1,000.00", "1.", "￥.5", "十元",
            "RMB1",
        ] {
            refuses("amount", &[(wrong, "not an amount")]);
        }
        refuses("amount", &[("￥12345678901", "not an amount"), ("123456789.01元", "not an amount")]);
    }

    #[test]
    fn a_phone_number_is_digits_and_symbols() {
        accepts("phone_number", &["+86-0766-66888866", "13800138000", "138****8000", "(010)12345678"]);
        refuses("phone_number", &[("+86-0766-668888661", "longer than 17"), ("138 0013", "nothing but")]);
        refuses(
            "phone_number",
            &[("1380013800a", "nothing but"), ("电话1", "nothing but"), ("--", "no digit")],
        );
    }

    #[test]
    fn a_car_number_has_chinese_at_its_ends_only() {
        accepts("car_number", &["粤A8Z888挂", "京A12345", "AB1234", "粤A12345D"]);
        refuses("car_number", &[("粤A8Z8888挂", "longer than 8"), ("粤港A1", "not a car number")]);
        refuses("car_number", &[("A粤B12", "not a car number"), ("粤A-1234", "not a car number")]);
    }

    #[test]
    fn a_name_with_one_chinese_character_is_a_chinese_name() {
        accepts("name", &["张三", "John Smith", "阿凡提·某", "张**", &long("王", 10), &long("a", 20)]);
        accepts("name", &["张abcdefghi", "O'Neil-Žižek"]);
        refuses("name", &[(&long("王", 11), "longer than 10"), ("张abcdefghij", "longer than 10")]);
        refuses(
            "name",
            &[(&long("a", 21), "longer than 20"), ("张3", "nothing but"), ("R2D2", "nothing but")],
        );
    }

    #[test]
    fn a_phrase_is_five_chinese_characters() {
        accepts("phrase", &["已发货", "退款处理中"]);
        refuses(
            "phrase",
            &[("退款正在处理", "longer than 5"), ("发货!", "nothing but"), ("OK", "nothing but")],
        );
        refuses("phrase", &[("已，发", "nothing but"), ("已 发", "nothing but"), ("第1", "nothing but")]);
    }

    #[test]
    fn an_enum_takes_one_of_its_choices_exactly() {
        let choices = ["快递配送".to_owned(), "到店自提".to_owned()];
        for prefix in ["enum", "enum_string"] {
            assert_eq!(check(prefix, "到店自提", &choices), Ok(()));
            for wrong in ["自提", "到店自提 ", "快递配送,到店自提"] {
                assert_eq!(
                    check(prefix, wrong, &choices),
                    Err("is not one of the listed choices".to_owned())
                );
            }
            assert!(check(prefix, "到店自提", &[]).is_err());
        }
    }

    #[test]
    fn times_and_dates_are_told_apart() {
        accepts("time", &["15:01", "2019年10月1日 15:01", "15:01~16:30"]);
        accepts("date", &["2019年10月1日", "2019年10月1日 15:01", "2019-10-01~2019-10-03"]);
        refuses("time", &[("2019年10月1日", "not a time")]);
        refuses("date", &[("15:01", "not a date")]);
    }

    #[test]
    fn a_type_that_nobody_knows_is_refused() {
        for prefix in ["", "things", "thing1", "Thing", "const"] {
            refuses(prefix, &[("1", "unknown type")]);
        }
    }

    #[test]
    fn finds_the_placeholders_of_a_content_in_their_order() {
        let found = placeholders("名称:{{thing20.DATA}}\n单号：{{character_string3.DATA}}\n{{date2.DATA}}");
        let expected = [
            ("thing20", "thing", "名称"),
            ("character_string3", "character_string", "单号"),
            ("date2", "date", ""),
        ];
        assert_eq!(found, expected.map(|(key, prefix, label)| Placeholder { key, prefix, label }));
    }

    #[test]
    fn a_label_is_the_text_of_its_own_line() {
        let found = placeholders(
            "您的订单已发货\r\n 送达: 时间 :{{time4.DATA}}\r\n备注:{{thing5.DATA}}再见\n{{date6.DATA}}",
        );
        let labels: Vec<_> = found.iter().map(|gap| gap.label).collect();
        assert_eq!(labels, ["送达: 时间", "备注", ""]);
    }

    #[test]
    fn braces_that_are_no_placeholder_are_text() {
        for text in [
            "",
            "名称",
            "{{thing1}}",
            "{{.DATA}}",
            "{{12.DATA}}",
            "{{thing1.DATA",
            "{{thing1.DATA}",
            "{{a b1.DATA}}",
            "}}{{",
        ] {
            assert_eq!(placeholders(text), [], "{text}");
        }
        assert_eq!(placeholders("{{x}}{{ {{thing1.DATA}}")[0].key, "thing1");
    }
}
