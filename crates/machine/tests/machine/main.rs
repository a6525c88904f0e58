//! The behavior of the machine in virtual time, one behavior per file.

mod backoff;
mod closing;
mod gateway_info;
mod heartbeat;
mod identify;
mod invariants;
mod payloads;
mod recovery;
mod requests;
mod sending;
mod session;
mod state;
mod texts;
