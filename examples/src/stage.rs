//! Discord if there is a token, the bundled emulator if not.

use gloaming::{
    ConfigBuilder, Intents,
    emulator::{DEFAULT_TOKEN, Emulator, EmulatorBuilder, Stats},
    tls::Tls,
};
use std::{env, error::Error, future::pending, time::Duration};
use tokio::{signal::ctrl_c, time::timeout};
use twilight_http::Client;

/// What the examples' functions give.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The emulator does what an example waits for within milliseconds, or after the identify queue's five seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where an example plays: Discord with `DISCORD_TOKEN` in the environment, otherwise an emulator on this machine,
/// spoken to over TLS and zlib-stream as Discord is.
///
/// A bot of your own needs none of this: `Config::new(token, intents)` and `Client::new(token)` are all.
#[derive(Debug)]
pub struct Stage {
    token: String,
    emulator: Option<Emulator>,
}

impl Stage {
    /// Sets up logging (`RUST_LOG`), and the emulator if it is wanted.
    pub async fn set(emulator: EmulatorBuilder) -> Result<Self> {
        tracing_subscriber::fmt()
            .with_env_filter(env::var("RUST_LOG").unwrap_or_else(|_| "warn".to_owned()))
            .with_writer(std::io::stderr)
            .init();
        Ok(match env::var("DISCORD_TOKEN") {
            Ok(token) => Self {
                token,
                emulator: None,
            },
            Err(_) => Self {
                token: DEFAULT_TOKEN.to_owned(),
                emulator: Some(emulator.tls(true).start().await?),
            },
        })
    }

    /// A configuration to be finished by the example.
    pub fn config(&self, intents: Intents) -> Result<ConfigBuilder> {
        let config = ConfigBuilder::new(self.token.clone(), intents);
        Ok(match &self.emulator {
            None => config,
            Some(emulator) => config
                .gateway_url(emulator.wss_url())
                .tls(Tls::new()?.with_root_certificate(emulator.root_certificate())?),
        })
    }

    /// A client for REST.
    pub fn http(&self) -> Client {
        let client = Client::builder().token(self.token.clone());
        match &self.emulator {
            None => client.build(),
            Some(emulator) => {
                let host = emulator.rest_url().trim_start_matches("http://");
                client
                    .proxy(host.to_owned(), true)
                    .ratelimiter(None)
                    .build()
            }
        }
    }

    /// The emulator, for what happens only there.
    pub const fn emulator(&self) -> Option<&Emulator> {
        self.emulator.as_ref()
    }

    /// Waits for the end: of the emulator's part once `done`, with Discord until ctrl-c.
    pub async fn ended(&self, done: impl FnMut(&Stats) -> bool) -> Result<()> {
        let enough = async {
            match &self.emulator {
                Some(emulator) => timeout(PATIENCE, emulator.wait_until(done)).await,
                None => pending().await,
            }
        };
        tokio::select! {
            waited = enough => match waited {
                Ok(_) => Ok(()),
                Err(_) => Err("the example took too long".into()),
            },
            pressed = ctrl_c() => Ok(pressed?),
        }
    }

    /// Ends the emulator; an error if the bot broke a rule of the gateway's.
    pub async fn clear(self) -> Result<()> {
        let Some(emulator) = self.emulator else {
            return Ok(());
        };
        let violations = emulator.violations();
        emulator.shutdown().await;
        if violations.is_empty() {
            println!("-- the gateway saw no rule broken");
            return Ok(());
        }
        for violation in violations {
            eprintln!("{violation}");
        }
        Err("the bot broke a rule".into())
    }
}
