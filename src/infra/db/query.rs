use super::{Conn, Engine as Kind, Result};
use crate::base::{Page, Paging};
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Decode, Encode, Error, FromRow, Postgres, SqlSafeStr, Sqlite, Type};
use std::borrow::Cow;
use std::fmt::Write as _;
use uuid::Uuid;

/// A value that both engines can store.
pub trait Bind<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}
impl<'q, T> Bind<'q> for T where T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}

/// A row that both engines can load; `#[derive(sqlx::FromRow)]` gives it.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A single column that both engines can load.
pub trait Scalar:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}
impl<T> Scalar for T where
    T: for<'r> Decode<'r, Sqlite>
        + Type<Sqlite>
        + for<'r> Decode<'r, Postgres>
        + Type<Postgres>
        + Send
        + Unpin
{
}

/// A statement with its values, not yet sent.
///
/// A literal may contain one `{rows:uuid,bigint}`: it stands for as many rows of `(…, …)` as
/// [`Query::rows`] binds, so that one statement writes a whole batch.
#[derive(Debug)]
#[must_use = "a query does nothing until executed"]
pub struct Query<'c> {
    engine: Engine<'c>,
    sql: Cow<'static, str>,
    error: Option<Error>,
}

enum Engine<'c> {
    Sqlite(&'c mut SqliteConnection, SqliteArguments),
    Postgres(&'c mut PgConnection, PgArguments),
}

impl std::fmt::Debug for Engine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(..) => "SQLite",
            Self::Postgres(..) => "PostgreSQL",
        })
    }
}

impl Conn {
    /// A statement; only literals are taken, so no input can slip into the text.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        let engine = match self {
            Self::Sqlite(conn) => Engine::Sqlite(conn.get(), SqliteArguments::default()),
            Self::Postgres(conn) => Engine::Postgres(conn.get(), PgArguments::default()),
        };
        Query { engine, sql: Cow::Borrowed(sql), error: None }
    }

    /// Asks the engine to parse and plan `sql` without running it.
    pub async fn check(&mut self, sql: &str) -> Result<()> {
        use sqlx::Executor;
        let sql = AssertSqlSafe(expand(sql, self.engine(), 1)).into_sql_str();
        match self {
            Self::Sqlite(conn) => conn.get().prepare(sql).await.map(drop),
            Self::Postgres(conn) => conn.get().prepare(sql).await.map(drop),
        }
    }
}

impl Query<'_> {
    /// The value of the next `$n`.
    pub fn bind<'q>(mut self, value: impl Bind<'q>) -> Self {
        let added = match &mut self.engine {
            Engine::Sqlite(_, args) => args.add(value),
            Engine::Postgres(_, args) => args.add(value),
        };
        if let Err(error) = added {
            self.error.get_or_insert(Error::Encode(error));
        }
        self
    }

    /// Fills `{rows:…}`: `values` binds one row's columns in order. Call it last.
    pub fn rows<T>(mut self, items: &[T], mut values: impl FnMut(Self, &T) -> Self) -> Self {
        self.sql = Cow::Owned(expand(&self.sql, self.kind(), items.len()));
        for item in items {
            self = values(self, item);
        }
        self
    }

    /// Holds the rows until the transaction ends. SQLite's one writer holds them already.
    pub fn for_update(mut self) -> Self {
        if self.kind() == Kind::Postgres {
            self.sql.to_mut().push_str(" for update");
        }
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, most: usize) -> Self {
        write!(self.sql.to_mut(), " limit {most}").expect("a String takes it");
        self
    }

    /// Runs the statement; gives the number of rows it touched.
    pub async fn execute(self) -> Result<u64> {
        self.error.map_or(Ok(()), Err)?;
        Ok(match self.engine {
            Engine::Sqlite(conn, args) => {
                sqlx::query_with(safe(self.sql), args).execute(conn).await?.rows_affected()
            }
            Engine::Postgres(conn, args) => {
                sqlx::query_with(safe(self.sql), args).execute(conn).await?.rows_affected()
            }
        })
    }

    /// All rows.
    pub async fn all<T: Record>(self) -> Result<Vec<T>> {
        self.error.map_or(Ok(()), Err)?;
        match self.engine {
            Engine::Sqlite(conn, args) => sqlx::query_as_with(safe(self.sql), args).fetch_all(conn).await,
            Engine::Postgres(conn, args) => sqlx::query_as_with(safe(self.sql), args).fetch_all(conn).await,
        }
    }

    /// The row, if there is one.
    pub async fn optional<T: Record>(self) -> Result<Option<T>> {
        self.error.map_or(Ok(()), Err)?;
        match self.engine {
            Engine::Sqlite(conn, args) => {
                sqlx::query_as_with(safe(self.sql), args).fetch_optional(conn).await
            }
            Engine::Postgres(conn, args) => {
                sqlx::query_as_with(safe(self.sql), args).fetch_optional(conn).await
            }
        }
    }

    /// The row, which must be there.
    pub async fn one<T: Record>(self) -> Result<T> {
        self.optional().await?.ok_or(Error::RowNotFound)
    }

    /// The one column of the one row, which must be there.
    pub async fn scalar<T: Scalar>(self) -> Result<T> {
        let (value,) = self.one::<(T,)>().await?;
        Ok(value)
    }

    /// One page of the rows, newest first. `key` is the column of the id, and `id` reads it from a
    /// row; the statement itself neither orders nor limits.
    pub async fn page<T: Record>(
        mut self,
        key: &'static str,
        paging: Paging,
        id: impl Fn(&T) -> Uuid,
    ) -> Result<Page<T>> {
        let total = if paging.counted() { Some(self.count().await?) } else { None };
        let last = highest_placeholder(&self.sql);
        let (below, fetch, skip) = (last + 1, last + 2, last + 3);
        self.sql = Cow::Owned(format!(
            "select * from ({}) as listed where {key} < ${below} order by {key} desc limit ${fetch} offset ${skip}",
            self.sql
        ));
        let rows = self.bind(paging.below()).bind(paging.fetch()).bind(paging.skip()).all().await?;
        Ok(paging.page(rows, total, id))
    }

    async fn count(&mut self) -> Result<i64> {
        let sql = AssertSqlSafe(format!("select count(*) from ({}) as listed", self.sql));
        Ok(match &mut self.engine {
            Engine::Sqlite(conn, args) => {
                sqlx::query_scalar_with(sql, args.clone()).fetch_one(&mut **conn).await?
            }
            Engine::Postgres(conn, args) => {
                sqlx::query_scalar_with(sql, args.clone()).fetch_one(&mut **conn).await?
            }
        })
    }

    fn kind(&self) -> Kind {
        match &self.engine {
            Engine::Sqlite(..) => Kind::Sqlite,
            Engine::Postgres(..) => Kind::Postgres,
        }
    }
}

fn safe(sql: Cow<'static, str>) -> impl SqlSafeStr {
    match sql {
        Cow::Borrowed(sql) => sql.into_sql_str(),
        Cow::Owned(sql) => AssertSqlSafe(sql).into_sql_str(),
    }
}

/// Writes out `{rows:uuid,bigint}` as `count` rows of placeholders, numbered after the ones in the
/// text. PostgreSQL needs the types spelled out; SQLite must not get them (a cast changes a blob), and
/// gets nameless placeholders where it can: it looks each name up among all before it.
pub fn expand(sql: &str, engine: Kind, count: usize) -> String {
    let Some((before, (types, after))) =
        sql.split_once("{rows:").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    else {
        return sql.to_owned();
    };
    let types: Vec<&str> = types.split(',').map(str::trim).collect();
    let named = highest_placeholder(sql);
    let mut place = named;
    let mut out = before.to_owned();
    for row in 0..count {
        out.push_str(if row == 0 { "(" } else { ", (" });
        for (column, of_type) in types.iter().enumerate() {
            place += 1;
            out.push_str(if column == 0 { "" } else { ", " });
            if engine == Kind::Sqlite && named == 0 {
                out.push('?');
                continue;
            }
            write!(out, "${place}").expect("a String takes it");
            if engine == Kind::Postgres {
                write!(out, "::{of_type}").expect("a String takes it");
            }
        }
        out.push(')');
    }
    out.push_str(after);
    out
}

fn highest_placeholder(sql: &str) -> usize {
    sql.split('$')
        .skip(1)
        .filter_map(|rest| {
            rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
        })
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_after_the_single_values() {
        let sql = "insert into t (a, b) values {rows:uuid,bigint} on conflict (a) do update set b = $1";
        assert_eq!(
            expand(sql, Kind::Postgres, 2),
            "insert into t (a, b) values ($2::uuid, $3::bigint), ($4::uuid, $5::bigint) \
             on conflict (a) do update set b = $1"
        );
        assert_eq!(expand("values {rows:uuid}", Kind::Sqlite, 2), "values (?), (?)");
        assert_eq!(expand("$1 {rows:uuid}", Kind::Sqlite, 2), "$1 ($2), ($3)");
        assert_eq!(expand("select $1", Kind::Sqlite, 2), "select $1");
    }
}
