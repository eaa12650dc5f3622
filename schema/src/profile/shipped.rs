//! Profiles that are part of this program, and writing them out.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::error::{PROFILE_FILE, ProfileErrors, hint};
use super::load::Files;

static PROFILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// Why a profile was not written out.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such profile.
    #[error(transparent)]
    Unknown(#[from] ProfileErrors),
    /// Something is there already.
    #[error("{} is not empty; nothing was written. Name a new or empty folder", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{} could not be written; remove what was written so far and try again", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn folders() -> impl Iterator<Item = (&'static str, &'static Dir<'static>)> {
    PROFILES.dirs().filter(|dir| dir.get_file(dir.path().join(PROFILE_FILE)).is_some()).filter_map(|dir| Some((dir.path().to_str()?, dir)))
}

/// The names of the profiles that are part of this program.
pub fn shipped() -> Vec<&'static str> {
    let mut names: Vec<&str> = folders().map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

/// The files of an embedded profile.
pub(super) fn files(name: &str) -> Result<Files, ProfileErrors> {
    let Some((_, dir)) = folders().find(|(found, _)| *found == name) else {
        let what = "there is no profile of this name in the program".to_owned();
        return Err(ProfileErrors::single(name, what, hint(name, shipped())));
    };
    let file = |file: &include_dir::File<'_>| Some((file.path().file_name()?.to_str()?.to_owned(), file.contents().to_vec()));
    Ok(dir.files().filter_map(file).filter(|(name, _)| !name.starts_with('.')).collect())
}

/// Writes an embedded profile into a folder that is new or empty.
pub(super) fn export(name: &str, folder: &Path) -> Result<(), ExportError> {
    write(&files(name)?, folder)
}

/// Writes files into a folder that is new or empty.
pub(super) fn write(files: &Files, folder: &Path) -> Result<(), ExportError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ExportError::Write { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    if fs::read_dir(folder).map_err(failed(folder))?.next().is_some() {
        return Err(ExportError::NotEmpty { path: folder.to_owned() });
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed(&path))?;
        file.write_all(bytes).map_err(failed(&path))?;
    }
    Ok(())
}
