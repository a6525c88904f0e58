//! Clusters against the emulator, one behavior a file.

mod support;

#[cfg(feature = "twilight-http")]
mod as_many_shards_as_recommended;
mod merges_its_shards;
mod one_that_panics_hurts_no_other;
mod restarts_of_the_program_lose_nothing;
