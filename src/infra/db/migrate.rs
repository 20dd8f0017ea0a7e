//! Migrations run under a lock, and a database that knows more than this binary is refused.

use super::{Db, Result};
use anyhow::{Context as _, bail};
use sqlx::migrate::{MigrateError, Migrator};

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

impl Db {
    /// Brings the schema up to date. Instances that start together wait for one another:
    /// PostgreSQL by an advisory lock, SQLite by doing it all in one `begin immediate`.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let done = match self {
            Self::Sqlite { write, .. } => {
                let mut tx = write.begin_with("begin immediate").await?;
                let done = MIGRATOR.run_direct(None, &mut *tx, false).await;
                tx.commit().await?;
                done
            }
            Self::Postgres(pool) => MIGRATOR.run(pool).await,
        };
        match done {
            Err(MigrateError::VersionMissing(version)) => bail!(
                "the database has migration {version}, which this jishi does not know: \
                 it was written by a newer release; start that one, or restore the backup made before it"
            ),
            Err(MigrateError::VersionMismatch(version)) => bail!(
                "migration {version} in the database differs from this binary's: \
                 the database belongs to another build of jishi"
            ),
            done => done.context("the migrations did not run through"),
        }
    }

    /// The newest migration that the database has.
    pub async fn schema_version(&self) -> Result<i64> {
        self.read().await?.query("select coalesce(max(version), 0) from _sqlx_migrations").scalar().await
    }
}
