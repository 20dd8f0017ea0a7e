//! The state on disk: one `SQLite` file, one row per record.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context as _, ensure};
use rusqlite::Connection;

use super::World;
use super::table::Row;

/// The layout of the file; another number is another simulator's.
const LAYOUT: i64 = 2;
const SCHEMA: &str = "create table if not exists record (
    part text not null, key text not null, body text not null, primary key (part, key)) without rowid";

/// The state could not be written; nothing that depends on it may be answered.
#[derive(Debug, thiserror::Error)]
#[error("the state file could not be written: {0}")]
pub(crate) struct SaveFailed(String);

/// The writer of one state file, which is locked while it is open.
#[derive(Debug)]
pub(crate) struct Store {
    work: Sender<Batch>,
    writer: JoinHandle<()>,
}

/// The rows of one change and who waits for them.
#[derive(Debug)]
struct Batch {
    rows: Vec<Row>,
    done: SyncSender<Result<(), String>>,
}

/// The promise that a change will be on disk.
#[derive(Debug)]
pub(crate) struct Writing(Receiver<Result<(), String>>);

impl Writing {
    /// What is asked of a simulator that was shut down.
    pub(crate) fn refused() -> Self {
        Self(sync_channel(0).1)
    }

    pub(crate) fn wait(self) -> Result<(), SaveFailed> {
        self.0.recv().unwrap_or_else(|_| Err("the simulator was shut down".to_owned())).map_err(SaveFailed)
    }
}

impl Store {
    /// Opens the file and reads what is in it; a missing file is an empty world.
    pub(crate) fn open(path: &Path) -> anyhow::Result<(Self, World)> {
        private_file(path).with_context(|| format!("{} could not be opened", path.display()))?;
        let connection = Connection::open(path)?;
        prepare(&connection).with_context(|| {
            format!("{} is in use by another simulator, or is no state of this one", path.display())
        })?;
        let world = read(&connection).with_context(|| format!("{} could not be read", path.display()))?;
        let (work, waiting) = channel();
        let writer = std::thread::Builder::new()
            .name("state file".to_owned())
            .spawn(move || write_all(connection, &waiting))?;
        Ok((Self { work, writer }, world))
    }

    /// Hands rows to the writer, in the order of the calls.
    pub(crate) fn write(&self, rows: Vec<Row>) -> Writing {
        let (done, waiting) = sync_channel(1);
        // A writer that is gone lets go of `done`, and waiting fails.
        let _ = self.work.send(Batch { rows, done });
        Writing(waiting)
    }

    /// Lets go of the file once all that was handed over is on disk.
    pub(crate) fn close(self) {
        drop(self.work);
        if self.writer.join().is_err() {
            tracing::error!("the writer of the state file panicked");
        }
    }
}

fn prepare(connection: &Connection) -> anyhow::Result<()> {
    connection.execute_batch(
        "pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;",
    )?;
    let layout: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    ensure!(layout == 0 || layout == LAYOUT, "its layout is {layout}, not {LAYOUT}");
    connection
        .execute_batch(&format!("begin immediate; {SCHEMA}; pragma user_version = {LAYOUT}; commit;"))?;
    Ok(())
}

fn read(connection: &Connection) -> anyhow::Result<World> {
    let mut world = World::default();
    let mut statement = connection.prepare("select part, key, body from record")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (part, key, body): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        world.load(&part, key, &body)?;
    }
    Ok(world)
}

/// Writes what waits in one transaction, again and again: many changes share one sync of the disk.
fn write_all(mut connection: Connection, waiting: &Receiver<Batch>) {
    let mut owed = Vec::new();
    while let Ok(first) = waiting.recv() {
        let batches = std::iter::once(first).chain(waiting.try_iter()).collect();
        settle(&mut connection, &mut owed, batches);
    }
}

/// Writes some batches, behind what could not be written before: the state in memory has that, too.
fn settle(connection: &mut Connection, owed: &mut Vec<Row>, mut batches: Vec<Batch>) {
    owed.extend(batches.iter_mut().flat_map(|batch| std::mem::take(&mut batch.rows)));
    let written = write(connection, owed).map_err(|error| error.to_string());
    if written.is_ok() {
        owed.clear();
    }
    for batch in batches {
        let _ = batch.done.send(written.clone());
    }
}

fn write(connection: &mut Connection, rows: &[Row]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for row in rows {
        match &row.body {
            Some(body) => transaction
                .prepare_cached("insert or replace into record (part, key, body) values (?1, ?2, ?3)")?
                .execute((row.part, &row.key, body))?,
            None => transaction
                .prepare_cached("delete from record where part = ?1 and key = ?2")?
                .execute((row.part, &row.key))?,
        };
    }
    transaction.commit()
}

/// The file holds private keys: its owner alone may read it.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_cannot_be_written_is_not_confirmed() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&format!("{SCHEMA}; pragma query_only = true;")).unwrap();
        let (work, waiting) = channel();
        let writer = std::thread::spawn(move || write_all(connection, &waiting));
        let store = Store { work, writer };
        let row = Row { part: "orders", key: "a".to_owned(), body: Some("{}".to_owned()) };
        assert!(store.write(vec![row]).wait().is_err());
        store.close();
        assert!(Writing::refused().wait().is_err());
    }

    #[test]
    fn what_could_not_be_written_is_written_with_the_next_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sim.db");
        drop(Store::open(&path).map(|(store, _)| store.close()));
        let mut connection = Connection::open(&path).unwrap();
        let batch = |key: &str| {
            let (done, waiting) = sync_channel(1);
            let row = Row { part: "transactions", key: key.to_owned(), body: Some("\"x\"".to_owned()) };
            (Batch { rows: vec![row], done }, waiting)
        };
        let mut owed = Vec::new();
        let (first, lost) = batch("a");
        connection.execute_batch("pragma query_only = true").unwrap();
        settle(&mut connection, &mut owed, vec![first]);
        assert!(lost.recv().unwrap().is_err());
        connection.execute_batch("pragma query_only = false").unwrap();
        let (second, kept) = batch("b");
        settle(&mut connection, &mut owed, vec![second]);
        assert!(kept.recv().unwrap().is_ok());
        let world = read(&connection).unwrap();
        assert!(world.transactions.contains("a") && world.transactions.contains("b"));
    }
}
