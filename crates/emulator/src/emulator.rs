//! The emulator as a test holds it.

use std::{
    borrow::Cow,
    io::{self, Write},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::watch;
use twilight_model::id::{Id, marker::GuildMarker};

use crate::{
    builder::EmulatorBuilder,
    clock,
    flood::Flood,
    model::{BotMessage, EndedSession, Host, Mute, SessionInfo},
    recording::Recorder,
    scenario::{Impairment, Scenario},
    selector::Selector,
    server::Server,
    settings::Settings,
    stats::{Stats, TimedOut},
    violation::Violation,
};

/// How long [`Emulator::shutdown`] waits for clients to hear its close frames.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// A running gateway on 127.0.0.1. Dropping it ends it and cuts its connections.
///
/// Its tasks run on the runtime that [`start`](EmulatorBuilder::start) was awaited on, by that runtime's clock: where
/// it is paused, so is the emulator's time.
#[derive(Debug)]
pub struct Emulator {
    server: Server,
}

impl Emulator {
    /// An emulator with the default settings, to be changed.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    pub(crate) async fn start(settings: Settings) -> io::Result<Self> {
        Ok(Self {
            server: Server::start(settings).await?,
        })
    }

    /// The main gateway without TLS: `ws://127.0.0.1:port`. Any path is accepted.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.server.urls.ws
    }

    /// The main gateway with TLS: `wss://127.0.0.1:port`; its certificate is good for `localhost` too.
    #[must_use]
    pub fn wss_url(&self) -> &str {
        &self.server.urls.wss
    }

    /// The gateway for resuming, as given in READY to clients that came without TLS.
    #[must_use]
    pub fn resume_url(&self) -> &str {
        &self.server.urls.ws_resume
    }

    /// The gateway for resuming, as given in READY to clients that came with TLS.
    #[must_use]
    pub fn wss_resume_url(&self) -> &str {
        &self.server.urls.wss_resume
    }

    /// REST without TLS: `http://127.0.0.1:port`.
    ///
    /// It has `GET /api/v10/gateway`, `GET /api/v10/gateway/bot`, `GET /api/v10/users/@me`,
    /// `GET /api/v10/applications/@me` (also below `oauth2/`) and `POST /api/v10/channels/{id}/messages`: enough for a
    /// bot that logs in and answers. The bot's message comes back to it as
    /// MESSAGE_CREATE.
    #[must_use]
    pub fn rest_url(&self) -> &str {
        &self.server.urls.rest
    }

    /// The root certificate to trust for [`wss_url`](Self::wss_url): DER.
    #[must_use]
    pub fn root_certificate(&self) -> &[u8] {
        self.server.certificates.root_der()
    }

    /// The root certificate to trust for [`wss_url`](Self::wss_url): PEM.
    #[must_use]
    pub fn root_certificate_pem(&self) -> &str {
        self.server.certificates.root_pem()
    }

    /// Counters so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.server.hub.with(|gateway, _| *gateway.stats())
    }

    /// The counters, for waiting until they change.
    #[must_use]
    pub fn watch_stats(&self) -> watch::Receiver<Stats> {
        self.server.hub.watch_stats()
    }

    /// Waits until the counters satisfy a condition, and gives them.
    ///
    /// This is how a test waits for what a client does, with no sleeps. It waits as long as it takes: put a limit
    /// around it. Cancel-safe.
    pub async fn wait_until(&self, mut condition: impl FnMut(&Stats) -> bool) -> Stats {
        let mut stats = self.watch_stats();
        match stats.wait_for(|stats| condition(stats)).await {
            Ok(stats) => *stats,
            // The sender is in the hub, which `self` holds.
            Err(_) => self.stats(),
        }
    }

    /// The same, but for no longer than `limit` of real time: a test fails with what the counters are instead.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], with the counters as they are then.
    ///
    /// ```
    /// use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = gloaming_emulator::Emulator::builder().start().await?;
    /// let limit = Duration::from_secs(20);
    /// emulator.within(limit, |stats| stats.sessions == 0).await?;
    /// let nobody_came = emulator.within(limit, |stats| stats.sessions == 1).await;
    /// assert_eq!(nobody_came.unwrap_err().stats.connections_opened, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn within(
        &self,
        limit: Duration,
        condition: impl FnMut(&Stats) -> bool,
    ) -> Result<Stats, TimedOut> {
        tokio::time::timeout(limit, self.wait_until(condition))
            .await
            .map_err(|_| TimedOut {
                limit,
                stats: self.stats(),
            })
    }

    /// What clients did wrong so far, oldest first.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.server
            .hub
            .with(|gateway, _| gateway.violations().to_vec())
    }

    /// The sessions that live, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.server.hub.with(|gateway, _| gateway.sessions())
    }

    /// The last ten thousand sessions that ended, oldest first, with what ended them.
    #[must_use]
    pub fn ended_sessions(&self) -> Vec<EndedSession> {
        self.server.hub.with(|gateway, _| gateway.ended_sessions())
    }

    /// The guilds that the bot is in, in the order of their making.
    #[must_use]
    pub fn guild_ids(&self) -> Vec<Id<GuildMarker>> {
        self.server.hub.with(|gateway, _| gateway.guild_ids())
    }

    /// Closes connections with `code`. Sessions end or stay as the code tells the client. Gives how many it were.
    pub fn close(&self, selector: Selector, code: u16) -> usize {
        self.server
            .hub
            .with(|gateway, now| gateway.close(now, &selector, code))
    }

    /// Cuts connections without a close frame; their sessions can be resumed. Gives how many it were.
    pub fn drop_connections(&self, selector: Selector) -> usize {
        self.server
            .hub
            .with(|gateway, now| gateway.drop_connections(now, &selector))
    }

    /// Sends op 7 (P15). Gives to how many connections.
    pub fn reconnect(&self, selector: Selector) -> usize {
        self.server
            .hub
            .with(|gateway, _| gateway.reconnect(&selector))
    }

    /// Sends op 9; sessions stay if `resumable` (P15) and end if not (P18). Gives to how many.
    pub fn invalidate(&self, selector: Selector, resumable: bool) -> usize {
        self.server
            .hub
            .with(|gateway, now| gateway.invalidate(now, &selector, resumable))
    }

    /// Sends op 1 (P6). Gives to how many connections.
    pub fn request_heartbeat(&self, selector: Selector) -> usize {
        self.server
            .hub
            .with(|gateway, now| gateway.request_heartbeat(now, &selector))
    }

    /// Forgets sessions without a word: a RESUME finds nothing. Gives how many.
    pub fn forget_sessions(&self, selector: Selector) -> usize {
        self.server
            .hub
            .with(|gateway, _| gateway.forget_sessions(&selector))
    }

    /// Keeps something to itself from now on.
    pub fn mute(&self, what: Mute) {
        self.server.hub.with(|gateway, _| gateway.mute(what));
    }

    /// Ends a [`mute`](Self::mute) and sends what was withheld, except acks.
    pub fn unmute(&self, what: Mute) {
        self.server
            .hub
            .with(|gateway, now| gateway.unmute(now, what));
    }

    /// Sends op 7 in place of HELLO to the next `connections` connections (P3).
    pub fn reconnect_before_hello(&self, connections: u64) {
        self.server
            .hub
            .with(|gateway, _| gateway.reconnect_before_hello(connections));
    }

    /// Makes the hosts for resuming answer handshakes with an HTTP status, 503 for example, while the main ones stay
    /// healthy (P16); `None` makes them accept again.
    pub fn refuse_resume_host(&self, status: impl Into<Option<u16>>) {
        self.refuse_host(Host::Resume, status);
    }

    /// Makes a host answer handshakes with an HTTP status; `None` makes it accept again.
    pub fn refuse_host(&self, host: Host, status: impl Into<Option<u16>>) {
        let status = status.into();
        self.server
            .hub
            .with(|gateway, _| gateway.refuse_host(host, status));
    }

    /// What is sent on connections suffers on the way from now on. Gives how many it were.
    pub fn impair(&self, selector: Selector, impairment: Impairment) -> usize {
        self.server
            .hub
            .with(|gateway, _| gateway.impair(&selector, impairment))
    }

    /// Cuts all connections, as a gateway that is restarted does; its sessions are there afterwards or are not. Gives how
    /// many connections it were.
    pub fn restart(&self, keep_sessions: bool) -> usize {
        self.server
            .hub
            .with(|gateway, now| gateway.restart(now, keep_sessions))
    }

    /// Plays one more scenario, whose time begins now.
    pub fn play_scenario(&self, scenario: &Scenario) {
        self.server
            .hub
            .with(|gateway, now| gateway.play_scenario(now, scenario));
    }

    /// Plays no scenario any more, keeps nothing to itself and refuses nobody. What became of connections and sessions
    /// stays as it is.
    pub fn reset_faults(&self) {
        self.server
            .hub
            .with(|gateway, now| gateway.reset_faults(now));
    }

    /// Sends any event to sessions whatever their intents and shards, for example one that this crate doesn't know.
    /// Those that are away get it when they resume. Gives how many.
    pub fn dispatch(
        &self,
        selector: Selector,
        name: impl Into<Cow<'static, str>>,
        data: Value,
    ) -> usize {
        self.server
            .hub
            .with(|gateway, _| gateway.dispatch(&selector, name, &data))
    }

    /// Makes any event happen: it goes to the sessions whose shard and intents it is for (P35), by the `guild_id` (or
    /// for guilds the `id`) in its data. Gives how many.
    pub fn publish(&self, name: impl Into<Cow<'static, str>>, data: Value) -> usize {
        self.server
            .hub
            .with(|gateway, _| gateway.publish(name, data))
    }

    /// Makes the owner of a guild write this in its first text channel, for a bot to react to. Gives how many sessions
    /// hear of it. What is written is seen by those with MESSAGE_CONTENT, and by the bot if it names it (`<@id>`).
    pub fn say(&self, guild: Id<GuildMarker>, content: &str) -> usize {
        self.server
            .hub
            .with(|gateway, _| gateway.say(guild, content))
    }

    /// Makes the owner of a guild use a slash command in its first text channel, with `options` as INTERACTION_CREATE has
    /// them, for example `json!([{"name": "dice", "type": 4, "value": 3}])`. The bot need not have registered it. Gives
    /// how many sessions hear of it.
    pub fn use_command(&self, guild: Id<GuildMarker>, name: &str, options: &Value) -> usize {
        self.server
            .hub
            .with(|gateway, _| gateway.use_command(guild, name, options))
    }

    /// What the bot wrote over REST, oldest first: the last thousand. [`Stats::bot_messages`] counts them all, and can be
    /// waited for.
    #[must_use]
    pub fn bot_messages(&self) -> Vec<BotMessage> {
        self.server.hub.with(|gateway, _| gateway.bot_messages())
    }

    /// Makes `events` believable events happen at once, each in a guild of its choice. Sessions that are away get theirs
    /// when they resume.
    pub fn generate_events(&self, events: u64) {
        self.server
            .hub
            .with(|gateway, _| gateway.generate_events(events));
    }

    /// Loads every session with `events` believable events, as fast as their clients take them. Gives how many sessions.
    pub fn burst(&self, events: u64) -> usize {
        self.flood(Selector::All, Flood::new(events))
    }

    /// Loads sessions, each with as much. Gives how many.
    pub fn flood(&self, selector: Selector, flood: Flood) -> usize {
        self.server
            .hub
            .with(|gateway, now| gateway.flood(now, &selector, flood))
    }

    /// Records what is sent from now on, until [`stop_recording`](Self::stop_recording). Each dispatch is recorded once,
    /// also where it is sent again after a RESUME; times are the gateway's ([`EmulatorBuilder::speed`]).
    ///
    /// It is written while the gateway's lock is held, so give it a buffered file or memory, and nothing slower.
    ///
    /// # Errors
    ///
    /// A recording that went on until now could not be written.
    pub fn record(&self, recorder: Recorder<impl Write + Send + 'static>) -> io::Result<()> {
        self.server.hub.record(recorder.boxed())
    }

    /// Ends the recording and flushes it. Dropping the emulator does not: a buffered file would miss its end.
    ///
    /// # Errors
    ///
    /// It could not be written, at some time or now.
    pub fn stop_recording(&self) -> io::Result<()> {
        self.server.hub.stop_recording()
    }

    /// Closes all connections with 1001, waits a little until their clients have answered, and ends.
    pub async fn shutdown(mut self) {
        self.close(Selector::All, 1001);
        clock::within(
            SHUTDOWN_LIMIT,
            self.wait_until(|stats| stats.connections == 0),
        )
        .await;
        self.server.stop().await;
    }
}
