//! The made-up events, as a session gets them in virtual time.

#![expect(clippy::disallowed_methods, reason = "made-up time needs an origin")]

mod events_decode_with_twilight_model;
mod session;
mod the_rate_is_kept;
mod the_same_seed_gives_the_same_events;
mod what_is_not_asked_for_does_not_come;
