//! The master keys in a file beside the database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use countersign::keys::{KeyId, Keyring, KeyringError, MasterKey};
use zeroize::Zeroizing;

/// Why there are no master keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Others than the owner may read the file.
    #[error("{0} can be read by others: run `chmod 600` on it, and better make new keys")]
    Exposed(PathBuf),
    /// The database has accounts whose keys are missing.
    #[error(
        "{0} is gone, and the database has accounts whose second factors need it: bring it back, or set COUNTERSIGN_KEYS"
    )]
    Gone(PathBuf),
    /// The file cannot be read or created.
    #[error("{0} cannot be read or made")]
    Io(PathBuf, #[source] io::Error),
    /// The file contains no keyring.
    #[error("{0} holds no keyring")]
    Keyring(PathBuf, #[source] KeyringError),
    /// A key cannot be drawn.
    #[error("the random number generator failed")]
    Rng(#[source] getrandom::Error),
}

/// The keys in the file, and whether the file was created just now. A missing file is not created
/// if `needed` says that something is sealed under its keys.
///
/// # Security
///
/// A copy of the database and of this file is a copy of every user's second factor. The file stands
/// beside the database only so that a demonstration starts by itself. In a real service set
/// `COUNTERSIGN_KEYS`, and keep the keys out of the database's backups.
pub(crate) fn open(path: &Path, needed: bool) -> Result<(Keyring, bool), KeyFileError> {
    match read(path) {
        Err(KeyFileError::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => {
            if needed {
                return Err(KeyFileError::Gone(path.to_owned()));
            }
            let made = make(path)?;
            // Another process that starts may have created the file first.
            read(path).map(|keyring| (keyring, made))
        }
        result => result.map(|keyring| (keyring, false)),
    }
}

fn read(path: &Path) -> Result<Keyring, KeyFileError> {
    let failed = |error| KeyFileError::Io(path.to_owned(), error);
    let mut file = File::open(path).map_err(failed)?;
    // The permissions are those of the open file, so that nobody can replace the file in between.
    if is_exposed(&file).map_err(failed)? {
        return Err(KeyFileError::Exposed(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    io::Read::read_to_string(&mut file, &mut text).map_err(failed)?;
    let keyring = text.trim().parse();
    keyring.map_err(|error| KeyFileError::Keyring(path.to_owned(), error))
}

/// Creates the file with a new key, completely or not at all. Returns false if the file exists by
/// now.
fn make(path: &Path) -> Result<bool, KeyFileError> {
    let failed = |error| KeyFileError::Io(path.to_owned(), error);
    let mut suffix = [0; 4];
    getrandom::fill(&mut suffix).map_err(KeyFileError::Rng)?;
    let suffix = u32::from_le_bytes(suffix);
    // The id is random, because another key must never get the same id.
    let id = KeyId::new(format!("demo-{suffix:08x}"));
    let id = id.map_err(|error| KeyFileError::Keyring(path.to_owned(), error))?;
    let key = MasterKey::generate_text(&id, &mut getrandom::SysRng);
    let mut text = key.map_err(KeyFileError::Rng)?;
    text.push('\n');

    let mut draft = path.to_owned().into_os_string();
    draft.push(format!(".{suffix:08x}"));
    let draft = PathBuf::from(draft);
    let written = owners_alone().open(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    // This is a link and not a rename, because a link fails if the file exists.
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match linked {
        Ok(()) => removed.map(|()| true).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

pub(crate) fn owners_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// On other systems the access list of the folder decides.
#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.keys");
        (folder, path)
    }

    #[test]
    fn the_first_start_makes_it_and_the_second_reads_it() {
        let (folder, path) = folder();
        let (first, made) = open(&path, false).unwrap();
        assert!(made);
        let (second, made) = open(&path, true).unwrap();
        assert!(!made);
        assert_eq!(first.current(), second.current());
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "a draft was left behind"
        );
    }

    #[test]
    fn of_many_that_start_at_once_all_have_the_same_key() {
        let (_folder, path) = folder();
        let ids: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| open(&path, false).unwrap()))
                .collect();
            let opened = starts.into_iter().map(|start| start.join().unwrap());
            opened
                .map(|(keyring, made)| (keyring.current().clone(), made))
                .collect()
        });
        assert_eq!(ids.iter().filter(|(_, made)| *made).count(), 1);
        assert!(ids.iter().all(|(id, _)| *id == ids[0].0), "{ids:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = folder();
        open(&path, false).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert!(matches!(open(&path, false), Err(KeyFileError::Exposed(_))));
    }

    #[test]
    fn no_new_key_takes_the_place_of_one_that_is_needed() {
        let (_folder, path) = folder();
        assert!(matches!(open(&path, true), Err(KeyFileError::Gone(_))));
        assert!(!path.exists());
    }

    #[test]
    fn an_empty_file_is_no_keyring() {
        let (_folder, path) = folder();
        owners_alone().open(&path).unwrap();
        assert!(matches!(open(&path, false), Err(KeyFileError::Keyring(..))));
    }
}
