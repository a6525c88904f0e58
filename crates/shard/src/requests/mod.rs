//! Requests whose replies are awaited: members of a guild ([P24](gloaming_protocol::rules#p24),
//! [P25](gloaming_protocol::rules#p25)), soundboard sounds and channel info
//! ([P26](gloaming_protocol::rules#p26)).
//!
//! ```text
//! MessageSender ── RequestClient ──► RequestDriver ──► machine: when each payload is sent,
//!     checks              ▲                 │  ▲       which request a reply belongs to, when it ends
//!                         └── ReplySink ◄───┘  └── replies, states, ends
//! ```

mod client;
mod driver;
mod error;
mod handles;
mod invalid;
mod reply_channel;
mod reply_sink;

pub(crate) use self::{
    client::RequestClient,
    driver::{RequestDriver, RequestInput, RequestSettings, requests},
};
pub use self::{
    error::RequestError,
    handles::{ChannelInfoRequest, GuildAnswer, MemberList, MemberRequest, SoundboardRequest},
    invalid::{InvalidRequestError, InvalidRequestErrorKind},
};
pub use gloaming_machine::requests::RequestErrorKind;
