//! Requests whose answers are waited for: members of a guild (P24, P25), soundboard sounds and channel
//! info (P26).
//!
//! ```text
//! MessageSender ── Asker ──► Answerer ─── Scheduler    when to send, who gets what, when it is over;
//!     checks                 │      ▲                  no IO, no clock
//!                     orders │      │ outcomes, payloads, lifecycle, time
//!                            ▼      │
//!                          driver and machine
//! ```

mod answerer;
mod ask;
mod asker;
mod chunks;
mod error;
mod handles;
mod hearing;
mod invalid;
mod line;
mod nonces;
mod policy;
mod scheduler;
mod sighting;
mod state;
#[cfg(test)]
mod tests;
mod turns;

pub(crate) use self::{
    answerer::{Answerer, Interest, Order, Terms, requests},
    asker::Asker,
    scheduler::IN_LANE,
};
pub use self::{
    error::{RequestError, RequestErrorKind},
    handles::{ChannelInfoRequest, GuildAnswer, MemberList, MemberRequest, SoundboardRequest},
    invalid::InvalidRequest,
    policy::RequestPolicy,
    state::RequestState,
};
