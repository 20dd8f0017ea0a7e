//! From the members of a call to its path, query and body.

use bytes::Bytes;
use http::{HeaderValue, Method};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::ConfigError;
use crate::exchange::{Body, Call};
use crate::operation::Operation;
use crate::text::percent;

/// The members of a call, on their way out.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    /// Writes the call down; `caller` is the app id or the merchant's number.
    pub(crate) fn of<O: Operation>(operation: &O, caller: &str) -> Result<Self, ConfigError> {
        operation.check()?;
        let mut members = match written(operation)? {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            _ => return Err(ConfigError::new("a call serialises to an object")),
        };
        for name in O::CALLER {
            members.insert((*name).to_owned(), caller.into());
        }
        Ok(Self(members))
    }

    /// Adds a member to the body.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// All of them, wherever they would go.
    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Whether any of these members is there.
    pub(crate) fn have(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| self.0.iter().any(|(name, value)| found(path, name, value)))
    }

    /// Replaces the texts of these members.
    pub(crate) fn replace(
        &mut self,
        paths: &[&str],
        mut with: impl FnMut(&str) -> Result<String, ConfigError>,
    ) -> Result<(), ConfigError> {
        for path in paths {
            replace(&mut self.0, path, &mut with)?;
        }
        Ok(())
    }

    /// WeChat Pay takes neither `null` nor characters of four bytes.
    pub(crate) fn check_for_pay(&self) -> Result<(), ConfigError> {
        self.0.iter().try_for_each(|(name, value)| check(name, value))
    }

    /// The path with its query, and what is left for the body.
    fn split<O: Operation>(mut self) -> Result<(String, Map<String, Value>), ConfigError> {
        let mut path = self.filled(O::PATH)?;
        let whole = matches!(O::METHOD, Method::GET | Method::DELETE);
        let mut mark = '?';
        let (query, body): (Map<_, _>, Map<_, _>) =
            self.0.into_iter().partition(|(name, _)| whole || O::QUERY.contains(&name.as_str()));
        for (name, value) in &query {
            path.push(mark);
            path.extend([name, "=", &percent(&plain(name, value)?)]);
            mark = '&';
        }
        Ok((path, body))
    }

    /// Puts the members into the braces of the path.
    fn filled(&mut self, template: &str) -> Result<String, ConfigError> {
        let mut path = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) =
                after.split_once('}').ok_or(ConfigError::new("a brace of the path is open"))?;
            let value = self.0.remove(name).ok_or_else(|| ConfigError::of(format!("{name} is missing")))?;
            let value = plain(name, &value)?;
            // A dot is not encoded, and `..` would climb.
            if value.is_empty() || value.bytes().all(|byte| byte == b'.') {
                return Err(ConfigError::of(format!("{name} is empty, or dots")));
            }
            path.push_str(before);
            path.push_str(&percent(&value));
            rest = after;
        }
        path.push_str(rest);
        Ok(path)
    }

    /// A call with a JSON body; `always` writes `{}` where there is nothing to say.
    pub(crate) fn into_call<O: Operation>(self, always: bool) -> Result<Call, ConfigError> {
        let (path, members) = self.split::<O>()?;
        let bodiless = matches!(O::METHOD, Method::GET | Method::DELETE) || (members.is_empty() && !always);
        let body = if bodiless { Body::default() } else { Body::json(json(&members)?) };
        Ok(Call { operation: O::NAME, effect: O::EFFECT, method: O::METHOD, path, body, serial: None })
    }

    /// A call with a body of another kind.
    pub(crate) fn into_upload<O: Operation>(
        self,
        (content_type, bytes): (HeaderValue, Bytes),
        signed: Bytes,
    ) -> Result<Call, ConfigError> {
        let (path, members) = self.split::<O>()?;
        if !members.is_empty() {
            return Err(ConfigError::new("a file travels without further members"));
        }
        let body = Body { bytes, content_type: Some(content_type), signed };
        Ok(Call { operation: O::NAME, effect: O::EFFECT, method: O::METHOD, path, body, serial: None })
    }
}

/// Names the member that cannot be written.
fn written(value: &impl Serialize) -> Result<Value, ConfigError> {
    serde_path_to_error::serialize(value, serde_json::value::Serializer)
        .map_err(|error| ConfigError::of(format!("{}: {}", error.path(), error.inner())))
}

fn json(members: &Map<String, Value>) -> Result<Bytes, ConfigError> {
    match serde_json::to_vec(members) {
        Ok(body) => Ok(Bytes::from(body)),
        Err(_) => Err(ConfigError::new("the body cannot be written as JSON")),
    }
}

/// The text of a path segment or a query value.
fn plain(name: &str, value: &Value) -> Result<String, ConfigError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(ConfigError::of(format!("{name} does not fit into an address"))),
    }
}

fn check(name: &str, value: &Value) -> Result<(), ConfigError> {
    match value {
        Value::Null => Err(ConfigError::of(format!("{name} is null"))),
        Value::String(text) if text.bytes().any(|byte| byte >= 0xF0) => {
            Err(ConfigError::of(format!("{name} has a character that takes four bytes, such as an emoji")))
        }
        Value::Array(values) => values.iter().try_for_each(|value| check(name, value)),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| check(name, value)),
        _ => Ok(()),
    }
}

/// Whether `path` leads somewhere from this member on.
fn found(path: &str, name: &str, value: &Value) -> bool {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    head == name
        && match value {
            Value::Array(values) => values.iter().any(|value| found(path, name, value)),
            Value::Object(members) => members.iter().any(|(name, value)| found(rest, name, value)),
            _ => rest.is_empty(),
        }
}

fn replace(
    members: &mut Map<String, Value>,
    path: &str,
    with: &mut impl FnMut(&str) -> Result<String, ConfigError>,
) -> Result<(), ConfigError> {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    members.get_mut(head).map_or(Ok(()), |value| replace_in(value, rest, with))
}

/// A text at the end of the path, or what the path goes through.
fn replace_in(
    value: &mut Value,
    rest: &str,
    with: &mut impl FnMut(&str) -> Result<String, ConfigError>,
) -> Result<(), ConfigError> {
    match value {
        Value::Array(values) => values.iter_mut().try_for_each(|value| replace_in(value, rest, with)),
        Value::Object(members) => replace(members, rest, with),
        Value::String(text) if rest.is_empty() => {
            *text = with(text)?;
            Ok(())
        }
        _ => Ok(()),
    }
}
