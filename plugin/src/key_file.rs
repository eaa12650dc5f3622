//! The key file: the installation's secret, from which markers and digests are made. It lives outside the state database.

use std::io::Write;
use std::path::{Path, PathBuf};

use adressbote_rules::digest::DigestKey;
use ring::rand::{SecureRandom, SystemRandom};

/// Why the key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is missing.
    #[error("there is no key file `{}`; `adressbote init` makes one. If mailboxes were filled before, bring back the old file: with a new one their contacts are strangers", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("the key file `{}` cannot be {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Read or written.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no key.
    #[error("the key file `{}` does not hold 64 hexadecimal digits", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The machine gives no random numbers.
    #[error("no random numbers could be had for a new key")]
    NoRandom,
}

/// Reads the key.
///
/// # Errors
/// [`KeyError`]; never with the key in it.
pub fn read(path: &Path) -> Result<DigestKey, KeyError> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => KeyError::Missing { path: path.to_owned() },
        _ => KeyError::Io { path: path.to_owned(), doing: "read", source },
    })?;
    parse(text.trim()).ok_or_else(|| KeyError::NoKey { path: path.to_owned() })
}

/// Whether every account of the machine may read the key file.
#[cfg(unix)]
pub fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // One that cannot be looked at is told by `read`.
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o007 != 0)
}

/// Whether every account of the machine may read the key file: that cannot be told here.
#[cfg(not(unix))]
pub fn is_open_to_all(_: &Path) -> bool {
    false
}

/// Makes a new key file, readable by its owner only. An existing one is never touched.
///
/// # Errors
/// [`KeyError::Io`] also when the file exists.
pub fn create(path: &Path) -> Result<DigestKey, KeyError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(format!("{text}\n").as_bytes()));
    written.map_err(|source| KeyError::Io { path: path.to_owned(), doing: "written", source })?;
    Ok(DigestKey::new(bytes))
}

fn parse(text: &str) -> Option<DigestKey> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(DigestKey::new(bytes))
}
