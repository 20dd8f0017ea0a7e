//! The state file.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::state::World;

/// The state could not be written; nothing that depends on it may be answered.
#[derive(Debug, thiserror::Error)]
#[error("the state file could not be written: {0:#}")]
pub(crate) struct SaveFailed(anyhow::Error);

/// One state file, locked for this simulator while it is open.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    lock: Option<File>,
}

impl Store {
    /// Opens the file and reads what is in it; a missing file is an empty world.
    pub(crate) fn open(path: &Path) -> anyhow::Result<(Self, World)> {
        let lock = private_file(&beside(path, "lock")).context("the lock file could not be opened")?;
        ensure!(lock.try_lock().is_ok(), "{} is in use by another simulator", path.display());
        let world = match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is not a state of this simulator", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => World::default(),
            Err(error) => return Err(error).with_context(|| format!("{} could not be read", path.display())),
        };
        Ok((Self { path: path.to_owned(), lock: Some(lock) }, world))
    }

    /// Replaces the file: a reader, or a crash, sees the old state or the new one.
    pub(crate) fn save(&self, world: &World) -> Result<(), SaveFailed> {
        self.write(world).map_err(SaveFailed)
    }

    fn write(&self, world: &World) -> anyhow::Result<()> {
        ensure!(self.lock.is_some(), "the simulator was shut down");
        let part = beside(&self.path, "part");
        let mut file = private_file(&part)?;
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec(world)?)?;
        file.sync_all()?;
        std::fs::rename(&part, &self.path)?;
        sync_directory(&self.path)
    }

    /// Lets go of the file; later changes are refused, they could overwrite those of a successor.
    pub(crate) fn close(&mut self) {
        self.lock = None;
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

/// The file holds private keys: its owner alone may read it.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the rename itself survive a power cut.
fn sync_directory(path: &Path) -> anyhow::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    #[cfg(unix)]
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = parent;
    Ok(())
}
