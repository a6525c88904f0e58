//! IDENTIFY and READY ([P10](gloaming_protocol::rules#p10) to [P12](gloaming_protocol::rules#p12),
//! [P35](gloaming_protocol::rules#p35), [P36](gloaming_protocol::rules#p36)).

mod checks;
mod limits;
mod ready;
mod token;

pub(crate) use self::{
    checks::check_identify,
    limits::{IdentifyLimits, IdentifyVerdict},
    ready::Ready,
    token::BotToken,
};
