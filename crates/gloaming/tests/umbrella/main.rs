//! The umbrella crate: the names that it re-exports, and bots that use them.

mod compat {
    mod names_of_older_versions_are_aliases;
    mod twilight_bot_runs_after_renaming_the_crate;
}
#[cfg(feature = "emulator")]
mod emulator {
    /// Part of README.md.
    mod bot_resumes_after_a_lost_connection;
}
#[cfg(all(
    feature = "emulator",
    feature = "twilight-http",
    feature = "zlib-stock",
    feature = "zstd"
))]
mod errors {
    mod every_text_is_in_the_table;
    mod texts;
}
mod reexports {
    mod errors_have_a_kind_by_value;
    mod twilight_crates_are_those_in_use;
}
