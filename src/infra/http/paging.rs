//! Which part of a list is asked for: two extractors, beside the list's own filter.

use super::Query;
use crate::base::{Error, Paging};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

/// `?cursor=` and `?limit=`, for shoppers' lists.
#[derive(Debug, Clone, Copy)]
pub struct Cursored(pub Paging);

/// The same, and `?page=` and `?total=`, for operators' lists.
#[derive(Debug, Clone, Copy)]
pub struct Numbered(pub Paging);

/// What [`Cursored`] reads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CursorParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 20 unless asked.
    limit: Option<i64>,
}

/// What [`Numbered`] reads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// `next_cursor` of the page before; steady and fast, however long the list.
    cursor: Option<String>,
    /// 1 to 100; 20 unless asked.
    limit: Option<i64>,
    /// Or the number of the page, from 1.
    page: Option<i64>,
    /// Whether to count all of them as well.
    #[serde(default)]
    total: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Cursored {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(asked) = Query::<CursorParams>::from_request_parts(parts, state).await?;
        Ok(Self(Paging::parse(asked.limit, asked.cursor.as_deref())?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Numbered {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(asked) = Query::<PageParams>::from_request_parts(parts, state).await?;
        let paging = Paging::parse(asked.limit, asked.cursor.as_deref())?;
        Ok(Self(paging.numbered(asked.page, asked.total)?))
    }
}
