//! What the bot of an emulator requests over REST, and what users write to it directly.

use std::collections::BTreeMap;

use twilight_model::id::{Id, marker::UserMarker};

use crate::{emulator::Emulator, rest::RestRoute, scenario::RequestFailure};

/// What the bot requests over REST, and what users write to it directly.
impl Emulator {
    /// The number of requests of the bot per route, faults included. Routes that were never requested are missing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use gloaming_emulator::{Emulator, RestRoute};
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// // Once the bot has run for a while:
    /// let route = RestRoute::find("POST /channels/{channel_id}/messages").expect("it is a route");
    /// let written = emulator.rest_requests().get(&route).copied();
    /// # assert_eq!(written, None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn rest_requests(&self) -> BTreeMap<RestRoute, u64> {
        self.server
            .gateway
            .with(|gateway, _| gateway.rest_requests().clone())
    }

    /// Fails the next requests to REST, in addition to those that are to fail already.
    /// [`reset_faults`](Self::reset_faults) ends it, and [`Stats::requests_failed`](crate::Stats::requests_failed) counts
    /// the failures.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::time::Duration;
    ///
    /// use gloaming_emulator::{
    ///     Emulator, RestRoute,
    ///     scenario::{FailureAnswer, RateLimitScope, RequestFailure},
    /// };
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// let retry_after = Duration::from_millis(300);
    /// let limit = FailureAnswer::RateLimit { scope: RateLimitScope::User, retry_after };
    /// let route = RestRoute::find("POST /channels/{channel_id}/messages").expect("it is a route");
    /// emulator.fail_requests(RequestFailure::new(2, limit).for_route(route));
    /// emulator.fail_requests(RequestFailure::new(1, FailureAnswer::Status(503)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail_requests(&self, failure: RequestFailure) {
        self.server
            .gateway
            .with(|gateway, _| gateway.fail_requests(failure));
    }

    /// Makes a user write to the bot in a direct channel, which is opened if need be: MESSAGE_CREATE for the sessions with
    /// DIRECT_MESSAGES whose shard is 0. Returns the number of sessions that get the message; 0 if there is no such user.
    pub fn say_directly(&self, user: Id<UserMarker>, content: &str) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.say_directly(user, content))
    }
}
