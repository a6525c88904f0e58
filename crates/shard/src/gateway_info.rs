//! Requests the recommended number of shards.
//!
//! When to ask again is decided by [`gloaming_machine::gateway_info`]; this module does the IO.

mod api_url;
#[cfg(feature = "twilight-http")]
mod client;
mod error;
mod failure;
mod http;
mod hyper_io;
mod request;
mod shards;

pub(crate) use self::api_url::ApiUrl;
pub use self::{
    error::GatewayInfoError,
    request::GatewayInfoRequest,
    shards::{apply_session_start_limit, create_from_info, queue_settings},
};
