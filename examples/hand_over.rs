//! A bot whose new process takes the live shards over from the old one, which stays online until then.
//!
//! Start it twice: the second process asks the first for its shards at the socket `SOCKET` (default `hand-over.sock`). They
//! resume there, with the number of events that each had handled, and the first process ends. No event is lost, and no
//! identify is spent. It needs a system with Unix sockets.
//!
//! Both processes keep their sessions in the directory `SESSIONS` (default `hand-over-sessions`), so that the bot resumes
//! after a crash as well. The lock on it goes to the next process with the shards.
//!
//! It reads the bot's token from `DISCORD_TOKEN`. To run it against another gateway than Discord's, such as
//! `gloaming-emulator`, set `GATEWAY_URL`.

#[cfg(unix)]
mod shutdown;

#[cfg(unix)]
fn main() -> bot::Result<()> {
    bot::run()
}

#[cfg(not(unix))]
fn main() {
    eprintln!("this example needs Unix sockets");
}

#[cfg(unix)]
mod bot {
    use gloaming::{
        Cluster, FileStore, HandOver, HandOverListener, HandOverReport, Intents, Item, Lifecycle,
        ShardId, ShardScheme, TakenShards, error::HandOverErrorKind,
    };
    use std::{
        collections::HashMap,
        env,
        error::Error,
        path::PathBuf,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
        time::Duration,
    };
    use tokio::time::timeout;

    pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

    const SHARDS: u32 = 2;

    /// How long the hand-over may take to end after the shards.
    const END_TIMEOUT: Duration = Duration::from_secs(5);

    #[tokio::main]
    pub(crate) async fn run() -> Result<()> {
        tracing_subscriber::fmt::init();
        let token =
            env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
        let socket = env::var_os("SOCKET").unwrap_or_else(|| "hand-over.sock".into());
        let socket = PathBuf::from(socket);
        let sessions = env::var_os("SESSIONS").unwrap_or_else(|| "hand-over-sessions".into());

        let taken = match HandOver::new(&token).take([&socket]).await {
            Ok(taken) => Some(taken),
            Err(error) if error.kind() == HandOverErrorKind::NoOldProcess => None,
            Err(error) => return Err(error.into()),
        };
        let bot = Bot::default();
        let mut builder = Cluster::builder(token, Intents::GUILDS | Intents::GUILD_MESSAGES)
            .shard_scheme(ShardScheme::try_from((.., SHARDS))?)
            .session_store(FileStore::new(sessions));
        if let Ok(url) = env::var("GATEWAY_URL") {
            builder = builder.gateway_url(url);
        }
        if let Some(taken) = &taken {
            println!("took {} shards", taken.shards().len());
            bot.restore(taken)?;
            builder = builder.resume_sessions(taken.sessions());
        }
        let (cluster, events) = builder.build().await?;
        cluster.up().await;

        // In a task of its own, since the shards run only while their items are taken.
        let mut hand_over = tokio::spawn(hand_over(taken, cluster.clone(), socket, bot.clone()));
        let mut items = events.into_items();
        let shutdown = super::shutdown::requested();
        tokio::pin!(shutdown);
        let report = loop {
            tokio::select! {
                item = items.next() => match item {
                    Some((shard, item)) => bot.handle(shard, &item),
                    // The shards were given, or have failed.
                    None => match timeout(END_TIMEOUT, &mut hand_over).await {
                        Ok(report) => break report??,
                        Err(_) => return Err("every shard has stopped".into()),
                    },
                },
                report = &mut hand_over => break report??,
                result = &mut shutdown => {
                    result?;
                    cluster.down_resumable().await;
                    println!("handled {} events", bot.handled());
                    return Ok(());
                }
            }
        };
        println!("gave {} shards", report.given.len());
        Ok(())
    }

    /// Tells the old process that the shards run, and gives them to the next one when it asks.
    async fn hand_over(
        taken: Option<TakenShards>,
        cluster: Cluster,
        socket: PathBuf,
        bot: Bot,
    ) -> Result<HandOverReport> {
        if let Some(taken) = taken {
            taken.confirm(&cluster).await?;
        }
        let listener = HandOverListener::bind(socket)?;
        println!("waiting for the next process");
        let state = |shard| {
            let handled = bot.handled_of(shard);
            async move { handled.to_string() }
        };
        Ok(listener.serve(&cluster, state).await)
    }

    /// Counts the events of each shard, over all processes.
    #[derive(Clone, Default)]
    struct Bot(Arc<Mutex<HashMap<ShardId, u64>>>);

    impl Bot {
        /// Goes on from the state of the process before.
        fn restore(&self, taken: &TakenShards) -> Result<()> {
            for shard in taken.shards() {
                let state = taken.state(shard).map(|state| state.to_vec());
                let handled = String::from_utf8(state.unwrap_or_default())?.parse()?;
                self.counts().insert(shard, handled);
            }
            Ok(())
        }

        fn handle(&self, shard: ShardId, item: &Item) {
            let is_event = match item {
                // HELLO, heartbeat ACKs and the like belong to the connection and have no name.
                Item::Event(event) => event.kind().name().is_some(),
                Item::Unknown(_) | Item::Undecodable(_) => true,
                _ => false,
            };
            *self.counts().entry(shard).or_default() += u64::from(is_event);
            match item {
                Item::Lifecycle(Lifecycle::Ready { .. }) => println!("shard {shard}: ready"),
                Item::Lifecycle(Lifecycle::Resumed { replayed }) => {
                    println!("shard {shard}: resumed, {replayed} events replayed");
                }
                Item::Failure(error) => eprintln!("shard {shard}: {error}"),
                _ => {}
            }
        }

        fn handled_of(&self, shard: ShardId) -> u64 {
            self.counts().get(&shard).copied().unwrap_or_default()
        }

        fn handled(&self) -> u64 {
            self.counts().values().sum()
        }

        fn counts(&self) -> MutexGuard<'_, HashMap<ShardId, u64>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}
