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
mod asker;
mod error;
mod handles;
mod invalid;
mod line;

pub(crate) use self::{
    answerer::{Answerer, Interest, Order, Terms, requests},
    asker::Asker,
};
pub use self::{
    error::RequestError,
    handles::{ChannelInfoRequest, GuildAnswer, MemberList, MemberRequest, SoundboardRequest},
    invalid::InvalidRequest,
};
pub(crate) use gloaming_machine::requests::IN_LANE;
pub use gloaming_machine::requests::RequestErrorKind;
