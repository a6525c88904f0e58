//! IDENTIFY and READY (P10 to P12, P35, P36).

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
