//! The clients: the same bot on each library.

use std::sync::Arc;

use futures_util::StreamExt as _;
use gloaming_emulator::DEFAULT_TOKEN;
use tokio::task::JoinHandle;
use twilight_model::gateway::Intents;

use crate::{clock, log::EventLog};

/// A gateway client library.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Client {
    /// gloaming, of this workspace.
    Gloaming,
    /// twilight-gateway 0.18.
    Twilight,
}

impl Client {
    /// Both clients.
    pub const ALL: [Self; 2] = [Self::Gloaming, Self::Twilight];

    /// Returns the name of the library, with its version if it is not part of this workspace.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gloaming => "gloaming",
            Self::Twilight => "twilight-gateway 0.18",
        }
    }

    /// Runs the client in a task until its stream ends.
    pub(crate) fn start(self, url: &str, log: Arc<EventLog>) -> JoinHandle<()> {
        let url = url.to_owned();
        match self {
            Self::Gloaming => tokio::spawn(on_gloaming(url, log)),
            Self::Twilight => tokio::spawn(on_twilight(url, log)),
        }
    }
}

/// The code that RFC 6455 assigns to a close frame without a code.
const NO_CODE: u16 = 1005;

/// Defines a bot. It takes messages and parses them, instead of taking events, because a parsed event has no sequence
/// number. All settings are the library's defaults, including the queue and zlib-stream.
macro_rules! bot {
    ($name:ident, $gateway:ident) => {
        async fn $name(url: String, log: Arc<EventLog>) {
            use $gateway::{ConfigBuilder, EventTypeFlags, Message, Shard, ShardId, parse};

            let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::all())
                .proxy_url(url)
                .build();
            let mut shard = Shard::with_config(ShardId::ONE, config);
            while let Some(item) = shard.next().await {
                match item {
                    Ok(Message::Text(json)) => {
                        log.message(clock::now(), shard.session().map(|it| it.id()), &json);
                        if let Err(error) = parse(json, EventTypeFlags::all()) {
                            log.error(&error);
                        }
                    }
                    Ok(Message::Close(frame)) => {
                        let code = frame.map_or(NO_CODE, |frame| frame.code);
                        log.error(&format_args!("closed with {code}"));
                    }
                    Err(error) => log.error(&error),
                }
            }
        }
    };
}

bot!(on_gloaming, gloaming);
bot!(on_twilight, twilight_gateway);
