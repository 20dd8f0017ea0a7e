//! A line of a bill: fields by the names of their columns.

use std::sync::Arc;

/// The fields of one line. Columns are known by name: old merchants have other sets of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Columns {
    names: Arc<[String]>,
    values: Vec<String>,
}

impl Columns {
    /// Splits a line at its commas, which are never inside of a field: WeChat Pay writes them as backslash and blank.
    pub(super) fn split(names: &Arc<[String]>, line: &str) -> Option<Self> {
        let values: Vec<String> = line.split(',').map(field).collect();
        (values.len() == names.len()).then(|| Self { names: names.clone(), values })
    }

    /// The names of a heading.
    pub(super) fn names(line: &str) -> Arc<[String]> {
        line.split(',').map(|name| name.trim().to_owned()).collect()
    }

    /// The field of a column, unescaped; `None` if there is no such column.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self.names.iter().position(|known| known == name)?;
        self.values.get(place).map(String::as_str)
    }

    /// All fields with the names of their columns.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(String::as_str).zip(self.values.iter().map(String::as_str))
    }
}

/// Names only: values may be personal data.
impl std::fmt::Debug for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names.iter()).finish()
    }
}

/// Takes off the backtick at the beginning and the escapes.
fn field(text: &str) -> String {
    let text = text.strip_prefix('`').unwrap_or(text);
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = unescaped(after, &mut plain);
    }
    plain.push_str(rest);
    plain
}

/// Writes what follows a backslash; gives what comes after it. A comma and U+E000 are written the same.
fn unescaped<'t>(text: &'t str, plain: &mut String) -> &'t str {
    if let Some(rest) = text.strip_prefix("140") {
        plain.push('`');
        return rest;
    }
    let Some(first) = text.chars().next() else {
        plain.push('\\');
        return text;
    };
    plain.push(match first {
        ' ' => ',',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    });
    &text[first.len_utf8()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lose_their_backtick_and_their_escapes() {
        let cases = [
            ("`茶", "茶"),
            ("plain", "plain"),
            ("``x", "`x"),
            (r"`a\\b", r"a\b"),
            (r"`a\ b", "a,b"),
            (r"`a\nb\rc\td", "a\nb\rc\td"),
            (r#"`\'\"\`"#, "'\"`"),
            (r"`x\140y", "x`y"),
            ("`\\", "\\"),
            (r"`\茶", "茶"),
            ("`", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(field(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_has_as_many_fields_as_there_are_columns() {
        let names = Columns::names("交易时间,手续费");
        let line = Columns::split(&names, "`2026,`0.5").unwrap();
        assert_eq!((line.get("手续费"), line.get("费率")), (Some("0.5"), None));
        assert!(Columns::split(&names, "`2026").is_none() && Columns::split(&names, "`1,`2,`3").is_none());
        assert_eq!(format!("{line:?}"), "{\"交易时间\", \"手续费\"}");
    }
}
