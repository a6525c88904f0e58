use std::{
    env,
    path::{Path, PathBuf},
};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    // Set by `cargo run`; without it, trust that this is run from the root.
    env::var_os("CARGO_MANIFEST_DIR")
        .as_deref()
        .and_then(|xtask| Path::new(xtask).parent())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
