//! One SQL text, one migrations folder, two engines.
//!
//! [`Db`] is chosen by the URL at the start. [`Conn`] is one connection; [`Tx`] is a connection in
//! a transaction and lends itself as a `Conn`, so a store function written for `&mut Conn` serves
//! both. SQLite has one writer: writers queue for it in the program instead of failing as busy.

mod migrate;
mod query;
mod types;

pub use self::query::{Bind, Query, Record, Scalar, expand};
pub use self::types::Json;

use anyhow::Context as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Postgres, Sqlite, Transaction};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// What the database answers.
pub type Result<T, E = sqlx::Error> = std::result::Result<T, E>;

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite:path/to/file.db` or `postgres://…`.
    pub url: String,
    /// The most connections to hold.
    pub max_connections: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
}

/// Which engine runs underneath.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, nothing to install.
    Sqlite,
    /// For many instances.
    Postgres,
}

/// The database.
#[derive(Debug, Clone)]
pub enum Db {
    /// Writers queue for `write`, which has one connection; readers share `read`.
    Sqlite {
        /// For queries outside transactions.
        read: SqlitePool,
        /// For transactions.
        write: SqlitePool,
    },
    /// One pool for both.
    Postgres(PgPool),
}

impl Db {
    /// Opens the database; an SQLite file is made when it is missing.
    pub async fn connect(settings: &Settings) -> anyhow::Result<Self> {
        if settings.url.starts_with("postgres") {
            return postgres(settings).await.context("cannot reach PostgreSQL; look at database.url");
        }
        sqlite(settings).await.context("cannot open the SQLite file; look at database.url")
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// A connection for reading, outside any transaction.
    pub async fn read(&self) -> Result<Conn> {
        Ok(match self {
            Self::Sqlite { read, .. } => Conn::Sqlite(Held::Pooled(read.acquire().await?)),
            Self::Postgres(pool) => Conn::Postgres(Held::Pooled(pool.acquire().await?)),
        })
    }

    /// A transaction for writing. Dropped without [`Tx::commit`], it rolls back.
    ///
    /// The driver forgets that it sent `BEGIN` when the caller goes away before the answer, and
    /// then lends the connection, still inside that transaction, to the next one. What that one
    /// writes outside a transaction of its own is acknowledged and vanishes. So `BEGIN` runs in a task of its own, which cannot be dropped
    /// half-way: if nobody waits any more, it ends in a whole `Tx` that rolls back by itself. This
    /// costs a task (a microsecond) where asking each connection would cost a round trip.
    pub async fn begin(&self) -> Result<Tx> {
        let db = self.clone();
        tokio::spawn(async move { db.begin_unguarded().await })
            .await
            .unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    async fn begin_unguarded(&self) -> Result<Tx> {
        Ok(Tx(match self {
            Self::Sqlite { write, .. } => Conn::Sqlite(Held::Tx(write.begin_with("begin immediate").await?)),
            Self::Postgres(pool) => Conn::Postgres(Held::Tx(pool.begin().await?)),
        }))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.read().await?.query("select 1").scalar::<i32>().await.map(drop)
    }

    /// Names the settings of the engine that would lose acknowledged writes in a power cut. (How an
    /// SQLite file is written is ours to say, see [`Db::connect`]; that there is one is not.)
    pub async fn unsafe_settings(&self) -> Result<Vec<(String, String)>> {
        let mut db = self.read().await?;
        let sql = db.dialect(
            "select 'a database in memory' as name, 'on' as setting from pragma_database_list
             where name = 'main' and file = ''",
            "select name, setting from pg_settings
             where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'",
        );
        db.query(sql).all().await
    }

    /// Closes every connection, after what runs has ended.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn sqlite(settings: &Settings) -> Result<Db> {
    let options: SqliteConnectOptions = settings.url.parse()?;
    let options = options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new().acquire_timeout(settings.acquire_timeout);
    let write = pool.clone().max_connections(1).connect_with(options.clone()).await?;
    let read = pool
        .max_connections(settings.max_connections.clamp(1, 8))
        .connect_with(options.read_only(true))
        .await?;
    Ok(Db::Sqlite { read, write })
}

async fn postgres(settings: &Settings) -> Result<Db> {
    let options: PgConnectOptions = settings.url.parse()?;
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        // The driver pings when a connection comes back; only one that lay idle can have died since.
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(10) {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        // A statement of a batch is long, and what it says is known.
        .connect_with(
            options.application_name("jishi").options([("timezone", "UTC")]).disable_statement_logging(),
        )
        .await?;
    Ok(Db::Postgres(pool))
}

/// One connection.
#[derive(Debug)]
pub enum Conn {
    /// To the file.
    Sqlite(Held<Sqlite>),
    /// To the server.
    Postgres(Held<Postgres>),
}

/// A connection on loan from its pool, inside or outside a transaction.
#[derive(Debug)]
pub enum Held<DB: sqlx::Database> {
    /// Outside.
    Pooled(PoolConnection<DB>),
    /// Inside.
    Tx(Transaction<'static, DB>),
}

impl<DB: sqlx::Database> Held<DB> {
    fn get(&mut self) -> &mut DB::Connection {
        match self {
            Self::Pooled(conn) => conn,
            Self::Tx(tx) => tx,
        }
    }
}

impl Conn {
    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// The rare place where the engines need different SQL.
    pub fn dialect<T>(&self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}

/// A transaction: a [`Conn`] whose changes happen all or not at all.
#[derive(Debug)]
#[must_use = "a transaction rolls back unless committed"]
pub struct Tx(Conn);

impl Tx {
    /// Makes the changes last. When this returns `Ok`, they are on disk.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Conn::Sqlite(Held::Tx(tx)) => tx.commit().await,
            Conn::Postgres(Held::Tx(tx)) => tx.commit().await,
            Conn::Sqlite(Held::Pooled(_)) | Conn::Postgres(Held::Pooled(_)) => {
                unreachable!("begin() holds a Tx")
            }
        }
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}
