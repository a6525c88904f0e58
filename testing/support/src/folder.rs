//! The folder in which a server stores what it has.

use std::{fs, path::Path};

/// Puts a copy of a folder in the place of another.
pub(crate) fn replace(from: &Path, to: &Path) {
    _ = fs::remove_dir_all(to);
    copy(from, to).unwrap_or_else(|error| panic!("{} can't be copied: {error}", from.display()));
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
