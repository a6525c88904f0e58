//! Makes the configurations of a cluster's shards.

use gloaming_protocol::{ShardId, UpdatePresencePayload};
use gloaming_shard::{
    Config, ConfigBuilder, GatewayInfoRequest, GatewayInfoState, Session, error::GatewayInfoError,
};
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};
#[cfg(feature = "twilight-http")]
use twilight_http::Client;
use twilight_model::gateway::connection_info::BotConnectionInfo;

pub(crate) type PresenceFn = Box<dyn Fn(ShardId) -> Option<UpdatePresencePayload> + Send + Sync>;
pub(crate) type StateFn = Arc<dyn Fn(&GatewayInfoState) + Send + Sync>;
pub(crate) type ConfigFn = Box<dyn Fn(ShardId, ConfigBuilder) -> Config + Send + Sync>;

/// The settings of a builder that concern each shard, also those that are added later.
pub(crate) struct ShardFactory {
    /// Without a session.
    pub(crate) common: Config,
    pub(crate) presence: Option<PresenceFn>,
    pub(crate) per_shard: Option<ConfigFn>,
    pub(crate) on_auto_state: Option<StateFn>,
    #[cfg(feature = "twilight-http")]
    pub(crate) http: Option<Arc<Client>>,
}

impl ShardFactory {
    /// Returns the configuration of a shard, which shares the queue and TLS with the others.
    pub(crate) fn config(&self, id: ShardId, session: Option<Session>) -> Config {
        let mut config = ConfigBuilder::from(self.common.clone());
        if let Some(session) = session {
            config = config.session(session);
        }
        let presence = self.presence.as_ref().and_then(|make| make(id));
        if let Some(presence) = presence {
            config = config.presence(presence);
        }
        match &self.per_shard {
            Some(make) => make(id, config),
            None => config.build(),
        }
    }

    /// Asks Discord for the recommended number of shards and the limits of identifies.
    pub(crate) async fn gateway_info(&self) -> Result<BotConnectionInfo, GatewayInfoError> {
        let mut request = GatewayInfoRequest::new(&self.common);
        if let Some(observe) = self.on_auto_state.clone() {
            request = request.on_state(move |state| observe(state));
        }
        self.send(request).await
    }

    #[cfg(feature = "twilight-http")]
    async fn send(
        &self,
        request: GatewayInfoRequest,
    ) -> Result<BotConnectionInfo, GatewayInfoError> {
        match &self.http {
            Some(client) => request.send_through(client).await,
            None => request.send().await,
        }
    }

    #[cfg(not(feature = "twilight-http"))]
    async fn send(
        &self,
        request: GatewayInfoRequest,
    ) -> Result<BotConnectionInfo, GatewayInfoError> {
        request.send().await
    }
}

impl Debug for ShardFactory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardFactory")
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}
