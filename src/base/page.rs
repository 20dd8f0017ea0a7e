use super::{Problem, id};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One page of a list, newest first. `next_cursor` is absent on the last page.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Hand it back as `?cursor=` to get the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Where a page starts: behind the row with this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Option<Uuid>);

impl Cursor {
    /// Reads `?cursor=`.
    pub fn parse(text: Option<&str>) -> Result<Self, Problem> {
        match text {
            None | Some("") => Ok(Self(None)),
            Some(text) => id::decode(text)
                .map(|uuid| Self(Some(uuid)))
                .ok_or_else(|| Problem::field("cursor", "is not a cursor that a list has given")),
        }
    }

    /// The row to start behind; the end of all ids on the first page.
    pub fn below(self) -> Uuid {
        self.0.unwrap_or(Uuid::max())
    }
}

/// How many rows a page has: 1 to 100, 20 unless asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    /// Reads `?limit=`.
    pub fn parse(limit: Option<i64>) -> Result<Self, Problem> {
        match limit.map(u8::try_from) {
            None => Ok(Self(20)),
            Some(Ok(limit @ 1..=100)) => Ok(Self(limit)),
            Some(_) => Err(Problem::field("limit", "must be between 1 and 100")),
        }
    }

    /// One row more than the page has, to see whether there is a next one.
    pub fn fetch(self) -> i64 {
        i64::from(self.0) + 1
    }

    /// Makes the page out of the fetched rows.
    pub fn page<T>(self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Page<T> {
        let more = rows.len() > usize::from(self.0);
        rows.truncate(usize::from(self.0));
        let next_cursor = rows.last().filter(|_| more).map(|row| id::encode(id(row)));
        Page { items: rows, next_cursor }
    }
}

impl<T> Page<T> {
    /// The same page of other things.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }
}
