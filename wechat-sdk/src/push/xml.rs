//! XML as WeChat writes it: elements and text, nothing else. No document types, hence no entities of one's own.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

use super::PushError;

/// WeChat's messages are three or four levels deep.
const DEPTH: usize = 16;
/// And have a few dozen elements.
const ELEMENTS: usize = 4096;

/// An element that is being read.
struct Open {
    name: String,
    members: Map<String, Value>,
    text: String,
}

/// The text of one member of the outermost element, without building anything of the rest.
pub(super) fn member(text: &str, name: &str) -> Result<Option<String>, PushError> {
    let mut reader = Reader::from_str(text);
    let (mut depth, mut inside, mut found) = (0_usize, false, None::<String>);
    loop {
        match reader.read_event().map_err(|_| PushError::Malformed("not well-formed XML"))? {
            Event::Start(tag) => {
                depth += 1;
                inside = depth == 2 && found.is_none() && tag.name().as_ref() == name;
                if inside {
                    found = Some(String::new());
                }
            }
            Event::End(_) => (depth, inside) = (depth.saturating_sub(1), false),
            Event::Text(part) if inside => found.get_or_insert_default().push_str(&part.xml10_content()),
            Event::CData(part) if inside => found.get_or_insert_default().push_str(&part.xml10_content()),
            Event::DocType(_) | Event::PI(_) => return Err(PushError::Malformed("XML with a document type")),
            Event::Eof if depth == 0 => return Ok(found),
            Event::Eof => return Err(PushError::Malformed("not well-formed XML")),
            _ => {}
        }
    }
}

/// The content of the outermost element: elements are members, repeated ones lists, leaves texts.
pub(super) fn parse(text: &str) -> Result<Value, PushError> {
    let mut reader = Reader::from_str(text);
    let (mut open, mut elements): (Vec<Open>, usize) = (vec![], 0);
    let mut whole = None;
    loop {
        let event = reader.read_event().map_err(|_| PushError::Malformed("not well-formed XML"))?;
        match event {
            Event::Start(tag) => {
                elements += 1;
                if whole.is_some() || open.len() >= DEPTH || elements > ELEMENTS {
                    return Err(PushError::Malformed(
                        "the XML is too large, too deep, or goes on after its end",
                    ));
                }
                open.push(Open {
                    name: tag.name().as_ref().to_owned(),
                    members: Map::new(),
                    text: String::new(),
                });
            }
            Event::Empty(tag) => {
                elements += 1;
                if elements > ELEMENTS {
                    return Err(PushError::Malformed(
                        "the XML is too large, too deep, or goes on after its end",
                    ));
                }
                let parent = open.last_mut().ok_or(PushError::Malformed("an empty message"))?;
                add(&mut parent.members, tag.name().as_ref().to_owned(), Value::String(String::new()));
            }
            Event::End(_) => {
                let done = open.pop().ok_or(PushError::Malformed("not well-formed XML"))?;
                let (name, value) = closed(done);
                match open.last_mut() {
                    Some(parent) => add(&mut parent.members, name, value),
                    None => whole = Some(value),
                }
            }
            Event::Text(text) => push(&mut open, &text.xml10_content())?,
            Event::CData(text) => push(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => push(&mut open, &resolved(&reference)?)?,
            Event::Comment(_) | Event::Decl(_) => {}
            Event::DocType(_) | Event::PI(_) => return Err(PushError::Malformed("XML with a document type")),
            Event::Eof => break,
        }
    }
    match (whole, open.is_empty()) {
        (Some(whole), true) => Ok(whole),
        _ => Err(PushError::Malformed("not well-formed XML")),
    }
}

/// Text between elements is layout.
fn push(open: &mut [Open], text: &str) -> Result<(), PushError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(PushError::Malformed("text outside of the XML")),
    }
    Ok(())
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, PushError> {
    const UNKNOWN: PushError = PushError::Malformed("an unknown entity in the XML");
    if let Some(c) = reference.resolve_char_ref().map_err(|_| UNKNOWN)? {
        return Ok(c.to_string());
    }
    let text = match reference.xml10_content().as_ref() {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        _ => return Err(UNKNOWN),
    };
    Ok(text.to_owned())
}

fn closed(element: Open) -> (String, Value) {
    let value =
        if element.members.is_empty() { Value::String(element.text) } else { Value::Object(element.members) };
    (element.name, value)
}

fn add(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        Some(Value::Array(list)) => list.push(value),
        Some(first) => {
            let first = first.take();
            members.insert(name, Value::Array(vec![first, value]));
        }
        None => {
            members.insert(name, value);
        }
    }
}

/// A text as CDATA; an end of CDATA inside of it is split over two sections.
pub(super) fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_become_members_and_repeated_ones_lists() {
        let text = "<?xml version=\"1.0\"?><!-- x --><xml>\n <A><![CDATA[<b>&]]></A><B>1</B><C><L>x</L><L>y&amp;&#33;</L></C><D/>\n</xml>\n";
        let expected = json!({"A": "<b>&", "B": "1", "C": {"L": ["x", "y&!"]}, "D": ""});
        assert_eq!(parse(text).unwrap(), expected);
        let ended = format!("<xml><A>{}</A></xml>", cdata("a]]>b"));
        assert_eq!(parse(&ended).unwrap(), json!({"A": "a]]>b"}));
    }

    #[test]
    fn what_could_do_harm_is_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><xml><A>&b;</A></xml>";
        let outside = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><xml><A>&a;</A></xml>";
        let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
        let many = format!("<xml>{}</xml>", "<a>1</a>".repeat(5000));
        for bad in [
            bomb,
            outside,
            &deep,
            &many,
            "<xml><A>&a;</A></xml>",
            "<xml><A></xml>",
            "<xml>",
            "x",
            "",
            "<xml/>x",
            "<xml></xml><xml></xml>",
            "<?php echo 1 ?><xml></xml>",
            "<xml>&#xD800;</xml>",
        ] {
            assert!(parse(bad).is_err(), "{}", bad.chars().take(60).collect::<String>());
        }
    }
}
