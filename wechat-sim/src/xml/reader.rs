//! Reading what a receiver answered.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use thiserror::Error;

use super::is_char;

const MOST_BYTES: usize = 64 * 1024;
const MOST_LEVELS: usize = 8;

/// Why an answer is not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum XmlError {
    #[error("is longer than 64 KiB")]
    TooLong,
    #[error("nests more than 8 elements")]
    TooDeep,
    #[error("declares a document type")]
    Doctype,
    #[error("uses an entity that is not predefined")]
    Entity,
    #[error("holds a processing instruction")]
    Instruction,
    #[error("is broken: {0}")]
    Broken(String),
}

type Read<T> = Result<T, XmlError>;

fn broken<T>(why: impl std::fmt::Display) -> Read<T> {
    Err(XmlError::Broken(why.to_string()))
}

/// The texts of an answer `<xml>…</xml>` in UTF-8, by the names of their elements; an element inside another one
/// is called `Outer/Inner`. Texts are not trimmed.
///
/// # Errors
/// Beside what is not XML, everything that the plain answers of this protocol do without is refused: attributes,
/// an element that comes twice, and text between elements.
pub(crate) fn read_reply(bytes: &[u8]) -> Read<BTreeMap<String, String>> {
    let mut reader = Reader::from_str(plain(bytes)?);
    let config = reader.config_mut();
    (config.expand_empty_elements, config.check_comments) = (true, true);
    let mut document = Document::default();
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return document.finish(),
            Ok(event) => document.take(event)?,
            Err(error) => return broken(error),
        }
    }
}

/// The bytes as a text that may be XML.
fn plain(bytes: &[u8]) -> Read<&str> {
    if bytes.len() > MOST_BYTES {
        return Err(XmlError::TooLong);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(is_char) => Ok(text),
        Ok(_) => broken("a character that XML does not have"),
        Err(_) => broken("not UTF-8"),
    }
}

/// What was read so far.
#[derive(Default)]
struct Document {
    /// Something came already, so that no declaration may come any more.
    begun: bool,
    /// The elements that are open, the outermost first.
    open: Vec<Element>,
    /// The root was closed.
    closed: bool,
    found: BTreeMap<String, String>,
}

struct Element {
    name: String,
    text: String,
    has_elements: bool,
}

impl Document {
    fn take(&mut self, event: Event<'_>) -> Read<()> {
        let first = !std::mem::replace(&mut self.begun, true);
        match event {
            Event::Start(start) => self.start(&start),
            Event::End(_) => self.end(),
            Event::Text(text) if text.contains("]]>") => broken("the end of a section without its start"),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(_) if self.open.is_empty() => broken("a section outside the root"),
            Event::CData(section) => self.text(&section.xml10_content()),
            Event::GeneralRef(reference) => self.reference(&reference),
            Event::Decl(declaration) if first => declared(&declaration),
            Event::Decl(_) => broken("a declaration that is not at the start"),
            Event::PI(_) => Err(XmlError::Instruction),
            Event::DocType(_) => Err(XmlError::Doctype),
            Event::Comment(_) | Event::Empty(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Read<()> {
        let name = start.name().as_ref().to_owned();
        if !is_name(&name) || !start.attributes_raw().trim().is_empty() {
            return broken("an element has a wrong name or an attribute");
        }
        match self.open.last_mut() {
            Some(outer) => outer.has_elements = true,
            None if self.closed || name != "xml" => return broken("the only root has to be `xml`"),
            None => {}
        }
        self.open.push(Element { name, text: String::new(), has_elements: false });
        if self.open.len() > MOST_LEVELS { Err(XmlError::TooDeep) } else { Ok(()) }
    }

    /// The reader has compared the names already.
    fn end(&mut self) -> Read<()> {
        let path =
            self.open.iter().skip(1).map(|element| element.name.as_str()).collect::<Vec<_>>().join("/");
        let Some(element) = self.open.pop() else { return broken("an end without a start") };
        self.closed = self.open.is_empty();
        if element.has_elements || self.closed {
            return if is_blank(&element.text) { Ok(()) } else { broken("text between elements") };
        }
        match self.found.insert(path, element.text) {
            Some(_) => broken("an element comes twice"),
            None => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Read<()> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if is_blank(text) => {}
            None => return broken("text outside the root"),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Read<()> {
        if self.open.is_empty() {
            return broken("a reference outside the root");
        }
        match reference.resolve_char_ref() {
            Ok(Some(letter)) if is_char(letter) => self.text(letter.encode_utf8(&mut [0; 4])),
            Ok(None) => self.text(resolve_xml_entity(reference).ok_or(XmlError::Entity)?),
            Ok(Some(_)) | Err(_) => broken("a number that is no character"),
        }
    }

    fn finish(self) -> Read<BTreeMap<String, String>> {
        if self.closed { Ok(self.found) } else { broken("the root is not closed") }
    }
}

/// The bytes were read as UTF-8, so nothing else may be declared.
fn declared(declaration: &BytesDecl<'_>) -> Read<()> {
    let version = declaration.version().is_ok_and(|version| version == "1.0");
    let utf8 = match declaration.encoding() {
        None => true,
        Some(encoding) => encoding.is_ok_and(|encoding| encoding.eq_ignore_ascii_case("utf-8")),
    };
    if version && utf8 { Ok(()) } else { broken("not declared as XML 1.0 in UTF-8") }
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Read<Vec<(String, String)>> {
        read_reply(text.as_bytes()).map(|found| found.into_iter().collect())
    }

    fn pairs(text: &str) -> Vec<(String, String)> {
        read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn one(name: &str, text: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), text.to_owned())]
    }

    fn is_broken(text: &str) {
        let answer = read(text);
        assert!(matches!(answer, Err(XmlError::Broken(_))), "{text:?} gave {answer:?}");
    }

    fn nested(levels: usize) -> String {
        format!("<xml>{}x{}</xml>", "<a>".repeat(levels), "</a>".repeat(levels))
    }

    #[test]
    fn reads_the_encrypted_answer_of_a_receiver() {
        let answer = "<xml><Encrypt><![CDATA[Zm9v+/==]]></Encrypt>\n  <TimeStamp>1713424427</TimeStamp>\
                      <Nonce><![CDATA[415]]>670741</Nonce><Empty/></xml>\n";
        let found = read_reply(answer.as_bytes()).unwrap();
        let expected =
            [("Empty", ""), ("Encrypt", "Zm9v+/=="), ("Nonce", "415670741"), ("TimeStamp", "1713424427")];
        assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    }

    #[test]
    fn reads_the_xml_of_the_known_answers() {
        let data: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/vectors.json")).unwrap();
        let vectors = data["vectors"].as_array().unwrap();
        let expected = |id: &str| &vectors.iter().find(|vector| vector["id"] == id).unwrap()["expected"];
        let reply = expected("push-encrypt-wechatpy");
        let found = read_reply(reply["xml"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!((found.len(), found["TimeStamp"].as_str()), (4, "1411525903"));
        for name in ["Encrypt", "MsgSignature"] {
            assert_eq!(reply[name], found[name]);
        }
        let message = expected("push-decrypt-easywechat")["msg"].as_str().unwrap();
        let found = read_reply(message.as_bytes()).unwrap();
        assert_eq!(
            (found["URL"].as_str(), found["MsgId"].as_str()),
            ("http://wechat.laravel.so/server", "12345")
        );
    }

    #[test]
    fn an_inner_element_is_found_by_its_path() {
        let found =
            pairs("<xml><TransInfo><KfAccount>a@b</KfAccount></TransInfo><KfAccount>c</KfAccount></xml>");
        assert_eq!(found, [one("KfAccount", "c"), one("TransInfo/KfAccount", "a@b")].concat());
    }

    #[test]
    fn a_byte_order_mark_a_declaration_and_comments_are_passed_over() {
        for start in
            ["\u{feff}", "<?xml version=\"1.0\"?>", "\u{feff}<?xml version='1.0' encoding='utf-8' ?>\n"]
        {
            assert_eq!(
                pairs(&format!("{start}<!-- a - b --><xml><!----><a>1<!--2-->3</a></xml>")),
                one("a", "13")
            );
        }
        assert_eq!(pairs("<xml></xml>"), []);
        assert_eq!(pairs("\r\n\t <xml />"), []);
    }

    #[test]
    fn predefined_entities_and_numbers_are_characters() {
        let text = "<xml><a>&lt;&gt;&amp;&apos;&quot; &#65;&#x8336;&#10;&amp;lt;</a></xml>";
        assert_eq!(pairs(text), one("a", "<>&'\" A茶\n&lt;"));
        assert_eq!(pairs("<xml><a><![CDATA[&lt;&b;]]></a></xml>"), one("a", "&lt;&b;"));
    }

    #[test]
    fn any_other_entity_is_refused() {
        for text in ["<xml><a>&nbsp;</a></xml>", "<xml><a>&lol9;</a></xml>", "<xml><a>&LT;</a></xml>"] {
            assert_eq!(read(text), Err(XmlError::Entity), "{text}");
        }
        for number in
            ["#0", "#8", "#x1f", "#xd800", "#xffff", "#x110000", "#99999999999", "#", "#x", "#-1", "#1a"]
        {
            is_broken(&format!("<xml><a>&{number};</a></xml>"));
        }
        for text in ["<xml><a>&</a></xml>", "<xml><a>& b</a></xml>", "<xml><a>&lt</a></xml>", "&#32;<xml/>"] {
            is_broken(text);
        }
    }

    #[test]
    fn no_document_type_is_read_however_harmless() {
        let bomb = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">\
                    <!ENTITY c \"&b;&b;&b;&b;\">]><xml><a>&c;</a></xml>";
        let file = "<!DOCTYPE xml [<!ENTITY file SYSTEM \"file:///etc/passwd\">]><xml><a>&file;</a></xml>";
        let parameter = "<!DOCTYPE xml [<!ENTITY % p SYSTEM \"http://a.example/p.dtd\"> %p;]><xml/>";
        let outside = "<!DOCTYPE xml SYSTEM \"http://a.example/x.dtd\"><xml/>";
        let inside = "<xml><!DOCTYPE xml><a>1</a></xml>";
        for text in [bomb, file, parameter, outside, inside, "<!DOCTYPE xml><xml/>", "<!doctype xml><xml/>"] {
            assert_eq!(read(text), Err(XmlError::Doctype), "{text}");
        }
        for text in ["<!DOCTYPE><xml/>", "<!DOCTYPE xml [<xml/>", "<!ENTITY a \"b\"><xml/>"] {
            is_broken(text);
        }
    }

    #[test]
    fn no_instruction_is_read_and_no_second_declaration() {
        for text in
            ["<?php echo 1?><xml/>", "<xml><?a?></xml>", "<?xml-stylesheet href='a'?><xml/>", "<xml/><?a b?>"]
        {
            assert_eq!(read(text), Err(XmlError::Instruction), "{text}");
        }
        let declaration = "<?xml version='1.0'?>";
        for text in ["DD<xml/>", " D<xml/>", "<xml>D</xml>", "<xml/>D"] {
            is_broken(&text.replace('D', declaration));
        }
    }

    #[test]
    fn only_utf_8_may_be_declared_and_sent() {
        is_broken("<?xml version='1.0' encoding='GBK'?><xml/>");
        is_broken("<?xml version='1.1'?><xml/>");
        is_broken("<?xml?><xml/>");
        let latin = read_reply(b"<xml><a>\xe9</a></xml>");
        assert_eq!(latin, broken("not UTF-8"));
        let utf16: Vec<u8> = "\u{feff}<xml/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_reply(&utf16), broken("not UTF-8"));
    }

    #[test]
    fn eight_levels_are_read_and_no_more() {
        assert_eq!(pairs(&nested(7)), one("a/a/a/a/a/a/a", "x"));
        assert_eq!(read(&nested(8)), Err(XmlError::TooDeep));
        assert_eq!(read(&"<xml>".repeat(10_000)), Err(XmlError::TooDeep));
        assert_eq!(read(&nested(7).replace('x', "<b/>").replace("<b/>ml", "xml")), Err(XmlError::TooDeep));
    }

    #[test]
    fn sixty_four_kibibytes_are_read_and_no_more() {
        let sized =
            |size: usize| format!("<xml><a>{}</a></xml>", "x".repeat(size - "<xml><a></a></xml>".len()));
        assert_eq!(pairs(&sized(64 * 1024))[0].1.len(), 64 * 1024 - 18);
        assert_eq!(read(&sized(64 * 1024 + 1)), Err(XmlError::TooLong));
    }

    #[test]
    fn what_is_not_one_whole_document_is_broken() {
        for text in [
            "",
            " ",
            "success",
            "{\"Encrypt\":\"a\"}",
            "</xml>",
            "<xml><a></xml>",
            "<xml><a></b></xml>",
            "<xml><a></A></xml>",
            "<xml><a></a>",
            "<xml></xml></xml>",
            "<xml/><xml/>",
            "<xml/>a",
            "a<xml/>",
            "<xml/>]]>",
            "<![CDATA[a]]><xml/>",
            "<xml><a><![CDATA[b</a></xml>",
            "<xml><a>b]]></a></xml>",
            "<xml><a><![cdata[b]]></a></xml>",
            "<xml><!-- a -- b --></xml>",
            "<xml><!-- a </xml>",
            "<xml><></></xml>",
            "<xml>< a></a></xml>",
            "<xml><1a></1a></xml>",
            "<xml><a/b></a/b></xml>",
            "<XML></XML>",
            "<root><a>1</a></root>",
            "\u{feff}\u{feff}<xml/>",
            "<xml><a>\0</a></xml>",
            "<xml><a>\u{ffff}</a></xml>",
        ] {
            is_broken(text);
        }
    }

    #[test]
    fn what_a_plain_answer_never_has_is_refused() {
        is_broken("<xml><a b='1'>c</a></xml>");
        is_broken("<xml a></xml>");
        is_broken("<xml><a>1</a><a>2</a></xml>");
        is_broken("<xml>text</xml>");
        is_broken("<xml><a>text<b>1</b></a></xml>");
        is_broken("<xml><a>1</a>&#65;</xml>");
    }

    #[test]
    fn no_damage_makes_the_reader_panic() {
        let whole = "<?xml version='1.0'?><!--c--><xml><a><![CDATA[b]]>&amp;&#65;</a><!--d--><c/></xml>";
        for at in 0..whole.len() {
            assert!(read(&whole[..at]).is_err(), "{}", &whole[..at]);
            for byte in b"<>&;!?-[]/'\"#x \0\xff" {
                let mut damaged = whole.as_bytes().to_vec();
                damaged[at] = *byte;
                let _ = read_reply(&damaged);
                damaged.insert(at, *byte);
                let _ = read_reply(&damaged);
                damaged.drain(at..at + 2);
                let _ = read_reply(&damaged);
            }
        }
    }
}
