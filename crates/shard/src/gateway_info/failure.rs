//! Why one attempt failed.

use crate::net::ConnectError;
use gloaming_machine::gateway_info::{GatewayInfoFault, UnusableResponseError};
use std::error::Error;

pub(super) type Source = Box<dyn Error + Send + Sync>;

/// The fault of one attempt, and the error that it comes from.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) fault: GatewayInfoFault,
    pub(super) source: Option<Source>,
}

impl Failure {
    pub(super) fn caused_by(fault: GatewayInfoFault, source: impl Into<Source>) -> Self {
        Self {
            fault,
            source: Some(source.into()),
        }
    }

    pub(super) fn network(source: impl Into<Source>) -> Self {
        Self::caused_by(GatewayInfoFault::Network, source)
    }
}

impl From<GatewayInfoFault> for Failure {
    fn from(fault: GatewayInfoFault) -> Self {
        Self {
            fault,
            source: None,
        }
    }
}

impl From<UnusableResponseError> for Failure {
    fn from(error: UnusableResponseError) -> Self {
        let (fault, source) = error.into_parts();
        Self { fault, source }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let fault = if error.is_fatal() {
            GatewayInfoFault::Misconfigured
        } else {
            GatewayInfoFault::Network
        };
        Self::caused_by(fault, error)
    }
}
