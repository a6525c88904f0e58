//! Recordings: written, scrubbed, read and played.

mod it_is_played_at_its_pace;
mod no_secret_survives;
mod stage;
mod what_was_sent_comes_again;
