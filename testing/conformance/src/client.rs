//! The clients: one bot, on each library.

use std::sync::Arc;

use futures_util::StreamExt as _;
use gloaming_emulator::DEFAULT_TOKEN;
use tokio::task::JoinHandle;
use twilight_model::gateway::Intents;

use crate::{clock, log::Log};

/// A library that keeps a shard connected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Client {
    /// This project's.
    Gloaming,
    /// twilight-gateway 0.18.
    Twilight,
}

impl Client {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Gloaming, Self::Twilight];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gloaming => "gloaming",
            Self::Twilight => "twilight-gateway 0.18",
        }
    }

    /// Runs it in a task of its own until its stream ends.
    pub(crate) fn start(self, url: &str, log: Arc<Log>) -> JoinHandle<()> {
        let url = url.to_owned();
        match self {
            Self::Gloaming => tokio::spawn(on_gloaming(url, log)),
            Self::Twilight => tokio::spawn(on_twilight(url, log)),
        }
    }
}

/// What RFC 6455 calls a close frame without a code.
const NO_CODE: u16 = 1005;

/// What `next_event` does, one step at a time: the sequence of a message is only to be seen before it is parsed.
///
/// Everything is left at the library's defaults, its queue and zlib-stream among them.
macro_rules! bot {
    ($name:ident, $gateway:ident) => {
        async fn $name(url: String, log: Arc<Log>) {
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
                            log.trouble(&error);
                        }
                    }
                    Ok(Message::Close(frame)) => {
                        let code = frame.map_or(NO_CODE, |frame| frame.code);
                        log.trouble(&format_args!("closed with {code}"));
                    }
                    Err(error) => log.trouble(&error),
                }
            }
        }
    };
}

bot!(on_gloaming, gloaming);
bot!(on_twilight, twilight_gateway);
