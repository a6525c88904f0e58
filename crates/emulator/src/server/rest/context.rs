//! What a REST request is handled with.

use std::time::Instant;

use crate::model::Gateway;

/// What a REST request is handled with.
pub(super) struct RequestContext<'a> {
    pub(super) gateway: &'a mut Gateway,
    pub(super) now: Instant,
    /// The gateway URL that REST returns.
    pub(super) gateway_url: &'a str,
    /// The values of the path's `{…}` parameters, in order.
    pub(super) parameters: Vec<&'a str>,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}
