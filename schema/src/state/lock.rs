//! The one process that pushes from a state database.
//!
//! A lock on a file, not a lease in a table: the system releases it the moment the process dies, however it dies, so that nothing is ever taken over
//! from a process that is only slow, and nobody waits for a lease to run out. It counts on one machine, as does SQLite.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use super::{State, StateError};

/// Held while a process pushes; released when dropped, or when the process dies.
#[derive(Debug)]
pub struct Lock {
    /// Its lock ends when it is closed.
    _file: File,
}

impl State {
    /// Takes the lock of this state, the file `PATH.lock`, or says at once who holds it. Reading and an operator's changes need none.
    pub fn lock(&self) -> Result<Lock, StateError> {
        let mut lock = self.path().as_os_str().to_owned();
        lock.push(".lock");
        let lock = Path::new(&lock);
        take(lock).map_err(|refused| match refused {
            TryLockError::WouldBlock => StateError::Taken { path: self.path().to_owned(), holder: holder(lock) },
            TryLockError::Error(source) => StateError::Open { path: lock.to_owned(), source },
        })
    }
}

fn take(path: &Path) -> Result<Lock, TryLockError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(TryLockError::Error)?;
    file.try_lock()?;
    file.set_len(0).and_then(|()| write!(file, "process {}", std::process::id())).map_err(TryLockError::Error)?;
    Ok(Lock { _file: file })
}

/// What the holder wrote about itself; where locked files cannot be read (Windows), nothing is known.
fn holder(path: &Path) -> String {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(100).read_to_string(&mut text)) {
        Ok(read) if read > 0 => text,
        Ok(_) | Err(_) => "unknown process".to_owned(),
    }
}
