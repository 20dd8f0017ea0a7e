use super::{Problem, id};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The last page that can be asked for by number; a cursor goes on from there.
const LAST_PAGE: i64 = 10_000;

/// One page of a list, newest first. `next_cursor` is absent on the last page.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Hand it back as `?cursor=` to get the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// How many there are on all pages, where an operator asked with `?total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The whole of a short list.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None, total: None }
    }

    /// The same page of other things.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(change).collect();
        Page { items, next_cursor: self.next_cursor, total: self.total }
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    limit: u8,
    below: Uuid,
    skip: i64,
    counted: bool,
}

impl Default for Paging {
    /// The first page.
    fn default() -> Self {
        Self { limit: 20, below: Uuid::max(), skip: 0, counted: false }
    }
}

impl Paging {
    /// Reads `?limit=` (1 to 100, 20 unless asked) and `?cursor=` (the first page unless asked).
    pub fn parse(limit: Option<i64>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = match limit.map(u8::try_from) {
            None => 20,
            Some(Ok(limit @ 1..=100)) => limit,
            Some(_) => return Err(Problem::parameter("limit", "must be between 1 and 100")),
        };
        let below = match cursor {
            None | Some("") => Uuid::max(),
            Some(text) => id::decode(text)
                .ok_or_else(|| Problem::parameter("cursor", "is not a cursor that a list has given"))?,
        };
        Ok(Self { limit, below, skip: 0, counted: false })
    }

    /// Adds `?page=` (from 1, instead of a cursor) and `?total=`.
    pub fn numbered(self, page: Option<i64>, counted: bool) -> Result<Self, Problem> {
        let skip = match page {
            None => 0,
            Some(_) if self.below != Uuid::max() => {
                return Err(Problem::parameter("page", "cannot be asked for together with cursor"));
            }
            Some(page @ 1..=LAST_PAGE) => (page - 1) * i64::from(self.limit),
            Some(_) => return Err(Problem::parameter("page", "must be between 1 and 10000")),
        };
        Ok(Self { skip, counted, ..self })
    }

    /// The id that the rows of this page are below.
    pub fn below(self) -> Uuid {
        self.below
    }

    /// How many rows to leave out first.
    pub fn skip(self) -> i64 {
        self.skip
    }

    /// One row more than the page has, to see whether there is a next one.
    pub fn fetch(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Whether to count all of them.
    pub fn counted(self) -> bool {
        self.counted
    }

    /// Makes the page out of the fetched rows.
    pub fn page<T>(self, mut rows: Vec<T>, total: Option<i64>, id: impl Fn(&T) -> Uuid) -> Page<T> {
        let more = rows.len() > usize::from(self.limit);
        rows.truncate(usize::from(self.limit));
        let next_cursor = rows.last().filter(|_| more).map(|row| id::encode(id(row)));
        Page { items: rows, next_cursor, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_or_refused() {
        let first = Paging::parse(None, None).unwrap();
        assert_eq!((first.fetch(), first.skip(), first.below()), (21, 0, Uuid::max()));
        for limit in [0, -1, 101, i64::MAX] {
            assert!(Paging::parse(Some(limit), None).is_err(), "{limit}");
        }
        assert!(Paging::parse(None, Some("here")).is_err());
        let third = Paging::parse(Some(10), None).unwrap().numbered(Some(3), true).unwrap();
        assert_eq!((third.skip(), third.counted()), (20, true));
        for page in [0, -1, LAST_PAGE + 1] {
            assert!(first.numbered(Some(page), false).is_err(), "{page}");
        }
        let behind = Paging::parse(None, Some(&id::encode(Uuid::nil()))).unwrap();
        assert!(behind.numbered(Some(2), false).is_err());
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let two = Paging::parse(Some(2), None).unwrap();
        let id = |number: &u128| Uuid::from_u128(*number);
        assert_eq!(two.page(vec![3, 2, 1], None, id).next_cursor, Some(id::encode(Uuid::from_u128(2))));
        assert_eq!(two.page(vec![3, 2], None, id).next_cursor, None);
    }
}
