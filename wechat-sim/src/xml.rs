//! Message pushes as XML, and the XML that a receiver answers with.
//!
//! A receiver is not trusted: its answer is read without resolving anything that it declares itself.

mod reader;

pub(crate) use reader::read_reply;

use serde_json::{Map, Value};

/// The members that WeChat sends first, in its order. A JSON object does not keep one.
const FIRST: [&str; 6] = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "Encrypt"];

/// The value as the element `root`: texts in CDATA, numbers and truth values bare, a list as an element for each
/// entry, an object as elements inside. A member that is null or an empty list is left out. Names are written
/// as they are.
pub(crate) fn render(root: &str, value: &Value) -> String {
    let mut out = String::new();
    element(&mut out, root, value);
    out
}

fn element(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| element(out, name, item)),
        Value::Object(members) => enclose(out, name, |out| elements(out, members)),
        Value::String(text) => enclose(out, name, |out| cdata(out, text)),
        Value::Number(_) | Value::Bool(_) => enclose(out, name, |out| out.push_str(&value.to_string())),
    }
}

fn enclose(out: &mut String, name: &str, inside: impl FnOnce(&mut String)) {
    out.extend(["<", name, ">"]);
    inside(out);
    out.extend(["</", name, ">"]);
}

fn elements(out: &mut String, members: &Map<String, Value>) {
    let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    let mut ordered: Vec<_> = members.iter().collect();
    ordered.sort_by_key(|(name, _)| rank(name));
    for (name, value) in ordered {
        element(out, name, value);
    }
}

/// The end of a section is split between two sections. What XML cannot hold at all becomes U+FFFD.
fn cdata(out: &mut String, text: &str) {
    let safe: String = text.chars().map(|letter| if is_char(letter) { letter } else { '\u{fffd}' }).collect();
    out.extend(["<![CDATA[", &safe.replace("]]>", "]]]]><![CDATA[>"), "]]>"]);
}

/// Whether XML 1.0 allows the character.
fn is_char(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_push_reads_as_wechat_writes_it() {
        let push = json!({
            "Content": "你好 & <再见>", "CreateTime": 1_482_048_670, "FromUserName": "oOpenid", "MsgType": "text",
            "MsgId": 6_054_768_590_064_713_728_u64, "ToUserName": "gh_1234",
        });
        let expected = "<xml><ToUserName><![CDATA[gh_1234]]></ToUserName><FromUserName><![CDATA[oOpenid]]>\
                        </FromUserName><CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>\
                        <Content><![CDATA[你好 & <再见>]]></Content><MsgId>6054768590064713728</MsgId></xml>";
        assert_eq!(render("xml", &push), expected);
    }

    #[test]
    fn the_secure_envelope_has_the_documented_shape() {
        let envelope = json!({ "ToUserName": "gh_1", "Encrypt": "Zm9v+/==" });
        let expected =
            "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[Zm9v+/==]]></Encrypt></xml>";
        assert_eq!(render("xml", &envelope), expected);
    }

    #[test]
    fn a_list_repeats_its_element_and_an_object_nests() {
        let list =
            json!({ "SubscribeMsgPopupEvent": { "List": [{ "TemplateId": "a" }, { "TemplateId": "b" }] } });
        let expected = "<xml><SubscribeMsgPopupEvent><List><TemplateId><![CDATA[a]]></TemplateId></List>\
                        <List><TemplateId><![CDATA[b]]></TemplateId></List></SubscribeMsgPopupEvent></xml>";
        assert_eq!(render("xml", &list), expected);
    }

    #[test]
    fn what_is_not_there_leaves_no_element_but_an_empty_text_does() {
        let value = json!({ "a": null, "b": [], "c": "", "d": {}, "e": false, "f": 1.5, "g": [null, 1] });
        let expected = "<xml><c><![CDATA[]]></c><d></d><e>false</e><f>1.5</f><g>1</g></xml>";
        assert_eq!(render("xml", &value), expected);
        assert_eq!(render("xml", &json!({})), "<xml></xml>");
    }

    #[test]
    fn the_end_of_a_section_inside_a_text_is_split() {
        let rendered = render("xml", &json!({ "a": "x]]>y" }));
        assert_eq!(rendered, "<xml><a><![CDATA[x]]]]><![CDATA[>y]]></a></xml>");
    }

    #[test]
    fn every_text_comes_back_as_it_was() {
        for text in [
            "",
            "]]>",
            "]]>]]>",
            "]]]>",
            "]",
            "]]",
            ">",
            "<![CDATA[",
            "&amp;",
            "<a>",
            "a\nb\t",
            "😀茶",
            " x ",
        ] {
            let rendered = render("xml", &json!({ "a": text, "n": 7 }));
            let read = read_reply(rendered.as_bytes()).unwrap();
            assert_eq!(read["a"], text, "{rendered}");
            assert_eq!(read["n"], "7");
        }
    }

    #[test]
    fn a_character_that_xml_cannot_hold_is_replaced() {
        let rendered = render("xml", &json!({ "a": "x\0\u{1b}y\u{ffff}" }));
        assert_eq!(rendered, "<xml><a><![CDATA[x\u{fffd}\u{fffd}y\u{fffd}]]></a></xml>");
    }
}
