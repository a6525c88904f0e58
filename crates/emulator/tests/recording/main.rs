//! Recordings: written, scrubbed, read and played, one behavior per file.

mod harness;

mod playback_keeps_the_timing;
mod playback_repeats_the_recording;
mod secrets_are_removed;
