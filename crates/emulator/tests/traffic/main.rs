//! The generated events, as a session receives them in virtual time, one behavior per file.

#![expect(clippy::disallowed_methods, reason = "simulated time needs an origin")]

mod harness;

mod event_rate_is_kept;
mod events_decode_with_twilight_model;
mod intents_select_the_events;
mod same_seed_generates_the_same_events;
