//! An emulator in a test.

use std::{
    borrow::Cow,
    io::{self, Write},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::watch;
use twilight_model::id::{Id, marker::GuildMarker};

use crate::{
    clock,
    connection::Host,
    flood::Flood,
    model::{BotMessage, EndedSession, SessionInfo},
    mute::Mute,
    note::Note,
    recording::Recorder,
    scenario::{Impairment, Scenario},
    selector::Selector,
    server::Server,
    settings::Settings,
    stats::Stats,
    violation::Violation,
    wait_error::{WaitError, WaitErrorKind},
};

/// How long [`Emulator::shutdown`] waits for clients to reply to the close frame.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// A running gateway on 127.0.0.1. Dropping it stops it and drops its connections.
///
/// Its tasks run on the runtime that [`start`](crate::EmulatorBuilder::start) was awaited on, and use that runtime's clock:
/// if the clock is paused, so is the emulator's time.
#[derive(Debug)]
pub struct Emulator {
    pub(crate) server: Server,
}

impl Emulator {
    pub(crate) async fn start(settings: Settings) -> io::Result<Self> {
        Ok(Self {
            server: Server::start(settings).await?,
        })
    }

    /// The URL of the main host without TLS: `ws://127.0.0.1:port`. Any path is accepted.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.server.urls.ws
    }

    /// The URL of the main host with TLS: `wss://127.0.0.1:port`. The certificate is also valid for `localhost`.
    #[must_use]
    pub fn wss_url(&self) -> &str {
        &self.server.urls.wss
    }

    /// The URL of the resume host, as READY gives it to clients without TLS.
    #[must_use]
    pub fn resume_url(&self) -> &str {
        &self.server.urls.ws_resume
    }

    /// The URL of the resume host, as READY gives it to clients with TLS.
    #[must_use]
    pub fn wss_resume_url(&self) -> &str {
        &self.server.urls.wss_resume
    }

    /// The URL of REST and of the control API, without TLS: `http://127.0.0.1:port`.
    ///
    /// REST below `/api/v10` has what a bot needs to log in, to write messages, to respond to interactions and to register
    /// slash commands; the [guide](crate::guide#rest) lists all routes. The bot gets its own messages as MESSAGE_CREATE.
    #[must_use]
    pub fn rest_url(&self) -> &str {
        &self.server.urls.rest
    }

    /// The host and port of [`rest_url`](Self::rest_url), without a scheme: `127.0.0.1:port`, as the `proxy` of
    /// twilight-http takes it.
    #[must_use]
    pub fn rest_host(&self) -> &str {
        self.rest_url().trim_start_matches("http://")
    }

    /// The root certificate to trust for [`wss_url`](Self::wss_url), in DER.
    #[must_use]
    pub fn root_certificate(&self) -> &[u8] {
        self.server.certificates.root_der()
    }

    /// The root certificate to trust for [`wss_url`](Self::wss_url), in PEM.
    #[must_use]
    pub fn root_certificate_pem(&self) -> &str {
        self.server.certificates.root_pem()
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.server.gateway.with(|gateway, _| *gateway.stats())
    }

    /// The counters and their changes.
    #[must_use]
    pub fn watch_stats(&self) -> watch::Receiver<Stats> {
        self.server.gateway.watch_stats()
    }

    /// Waits until the counters meet a condition, and returns them.
    ///
    /// This is how a test waits for a client, without sleeping. There is no time limit; see [`within`](Self::within).
    /// Cancel-safe.
    pub async fn wait_until(&self, mut condition: impl FnMut(&Stats) -> bool) -> Stats {
        let mut stats = self.watch_stats();
        match stats.wait_for(|stats| condition(stats)).await {
            Ok(stats) => *stats,
            // The sender lives as long as `self`.
            Err(_) => self.stats(),
        }
    }

    /// Waits until the counters meet a condition, but for no longer than `limit` of real time, and returns them.
    ///
    /// # Errors
    ///
    /// Returns an error with the counters if the condition was not met in time.
    ///
    /// ```
    /// use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = gloaming_emulator::Emulator::builder().start().await?;
    /// let limit = Duration::from_secs(20);
    /// emulator.within(limit, |stats| stats.sessions == 0).await?;
    /// let timed_out = emulator.within(limit, |stats| stats.sessions == 1).await;
    /// assert_eq!(timed_out.unwrap_err().stats().connections_opened, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn within(
        &self,
        limit: Duration,
        condition: impl FnMut(&Stats) -> bool,
    ) -> Result<Stats, WaitError> {
        clock::timeout(limit, self.wait_until(condition))
            .await
            .ok_or_else(|| WaitError::new(WaitErrorKind::TimedOut { limit }, self.stats()))
    }

    /// The violations of clients, oldest first. Only the first ten thousand are kept.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.server
            .gateway
            .with(|gateway, _| gateway.violations().to_vec())
    }

    /// The deviations of clients from the documentation that Discord accepts, oldest first. Only the first ten thousand
    /// are kept.
    ///
    /// A bot has few ways to change what its library sends, so a test rarely asserts that there are none. A test of a
    /// library does.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.server
            .gateway
            .with(|gateway, _| gateway.notes().to_vec())
    }

    /// The sessions that exist, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.server.gateway.with(|gateway, _| gateway.sessions())
    }

    /// The last ten thousand sessions that ended, oldest first.
    #[must_use]
    pub fn ended_sessions(&self) -> Vec<EndedSession> {
        self.server
            .gateway
            .with(|gateway, _| gateway.ended_sessions())
    }

    /// The guilds of the bot, oldest first.
    #[must_use]
    pub fn guild_ids(&self) -> Vec<Id<GuildMarker>> {
        self.server.gateway.with(|gateway, _| gateway.guild_ids())
    }

    /// Closes connections with `code`. Whether their sessions end depends on the code. Returns the number of connections.
    pub fn close(&self, selector: Selector, code: u16) -> usize {
        self.server
            .gateway
            .with(|gateway, now| gateway.close(now, &selector, code))
    }

    /// Drops connections without a close frame. Their sessions can be resumed. Returns the number of connections.
    pub fn drop_connections(&self, selector: Selector) -> usize {
        self.server
            .gateway
            .with(|gateway, now| gateway.drop_connections(now, &selector))
    }

    /// Sends op 7 ([P15](gloaming_protocol::rules#p15)). Returns the number of connections.
    pub fn reconnect(&self, selector: Selector) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.reconnect(&selector))
    }

    /// Sends op 9 ([P15](gloaming_protocol::rules#p15), [P18](gloaming_protocol::rules#p18)). A session that
    /// is not `resumable` ends. Returns the number of sessions.
    pub fn invalidate(&self, selector: Selector, resumable: bool) -> usize {
        self.server
            .gateway
            .with(|gateway, now| gateway.invalidate(now, &selector, resumable))
    }

    /// Sends op 1 ([P6](gloaming_protocol::rules#p6)). Returns the number of connections.
    pub fn request_heartbeat(&self, selector: Selector) -> usize {
        self.server
            .gateway
            .with(|gateway, now| gateway.request_heartbeat(now, &selector))
    }

    /// Deletes sessions without notice: a RESUME finds nothing. Returns the number of sessions.
    pub fn forget_sessions(&self, selector: Selector) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.forget_sessions(&selector))
    }

    /// Withholds a message from now on.
    pub fn mute(&self, message: Mute) {
        self.server.gateway.with(|gateway, _| gateway.mute(message));
    }

    /// Ends a [`mute`](Self::mute) and sends what was withheld, except acknowledgements.
    pub fn unmute(&self, message: Mute) {
        self.server
            .gateway
            .with(|gateway, now| gateway.unmute(now, message));
    }

    /// Sends op 7 in place of HELLO to the next `connections` connections
    /// ([P3](gloaming_protocol::rules#p3)).
    pub fn reconnect_before_hello(&self, connections: u64) {
        self.server
            .gateway
            .with(|gateway, _| gateway.reconnect_before_hello(connections));
    }

    /// Refuses handshakes at the resume hosts with an HTTP status, for example 503, while the main hosts stay healthy
    /// ([P16](gloaming_protocol::rules#p16)). `None` accepts them again.
    pub fn refuse_resume_host(&self, status: impl Into<Option<u16>>) {
        self.refuse_host(Host::Resume, status);
    }

    /// Refuses handshakes at a host with an HTTP status. `None` accepts them again.
    pub fn refuse_host(&self, host: Host, status: impl Into<Option<u16>>) {
        let status = status.into();
        self.server
            .gateway
            .with(|gateway, _| gateway.refuse_host(host, status));
    }

    /// Impairs everything that is sent on connections from now on. Returns the number of connections.
    pub fn impair(&self, selector: Selector, impairment: Impairment) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.impair(&selector, impairment))
    }

    /// Drops all connections, as in a restart. Sessions can be resumed afterwards or are deleted. Returns the number of
    /// connections.
    pub fn restart(&self, keep_sessions: bool) -> usize {
        self.server
            .gateway
            .with(|gateway, now| gateway.restart(now, keep_sessions))
    }

    /// Starts a scenario, in addition to those that play already.
    pub fn play_scenario(&self, scenario: &Scenario) {
        self.server
            .gateway
            .with(|gateway, now| gateway.play_scenario(now, scenario));
    }

    /// Stops all scenarios, ends all mutes and refusals, and makes guilds available again. Connections and sessions stay
    /// as they are.
    pub fn reset_faults(&self) {
        self.server
            .gateway
            .with(|gateway, now| gateway.reset_faults(now));
    }

    /// Sends any event to sessions, regardless of their intents and shards, for example an event that this crate does not
    /// know. Sessions without a connection get it when they resume. Returns the number of sessions.
    pub fn dispatch(
        &self,
        selector: Selector,
        name: impl Into<Cow<'static, str>>,
        data: Value,
    ) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.dispatch(&selector, name, &data))
    }

    /// Makes any event happen. It is sent to the sessions whose shard and intents it is for
    /// ([P35](gloaming_protocol::rules#p35)), according to the `guild_id` (or for guilds the `id`) in its
    /// data. Returns the number of sessions.
    pub fn publish(&self, name: impl Into<Cow<'static, str>>, data: Value) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.publish(name, data))
    }

    /// Makes the owner of a guild write in its first text channel. Returns the number of sessions that get the message.
    ///
    /// The content is included for sessions with MESSAGE_CONTENT, and if it mentions the bot (`<@id>`).
    pub fn say(&self, guild: Id<GuildMarker>, content: &str) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.say(guild, content))
    }

    /// Makes the owner of a guild use a slash command in its first text channel. Returns the number of sessions that get the
    /// interaction.
    ///
    /// `options` are those of INTERACTION_CREATE, for example `json!([{"name": "dice", "type": 4, "value": 3}])`. The bot
    /// need not have registered the command.
    pub fn use_command(&self, guild: Id<GuildMarker>, name: &str, options: &Value) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.use_command(guild, name, options))
    }

    /// The last thousand messages that the bot wrote over REST, oldest first. [`Stats::bot_messages`] counts all of them,
    /// and can be waited for.
    #[must_use]
    pub fn bot_messages(&self) -> Vec<BotMessage> {
        self.server
            .gateway
            .with(|gateway, _| gateway.bot_messages())
    }

    /// Changes the number of events that are generated per second, which
    /// [`EmulatorBuilder::events_per_second`](crate::EmulatorBuilder::events_per_second) set. With 0, a test can wait until
    /// its bot has received everything that was sent:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use gloaming_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().events_per_second(200.0).start().await?;
    /// // Once the bot has run for a while:
    /// emulator.set_events_per_second(0.0);
    /// let sent = emulator.stats().dispatches;
    /// # assert_eq!(sent, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_events_per_second(&self, rate: f64) {
        self.server
            .gateway
            .with(|gateway, now| gateway.set_events_per_second(now, rate));
    }

    /// Generates events immediately, each in a random guild. Sessions without a connection get theirs when they resume.
    pub fn generate_events(&self, events: u64) {
        self.server
            .gateway
            .with(|gateway, _| gateway.generate_events(events));
    }

    /// Sends a load of `events` generated events to every session, as fast as the clients read. Returns the number of
    /// sessions.
    pub fn burst(&self, events: u64) -> usize {
        self.flood(Selector::All, Flood::new(events))
    }

    /// Sends load to sessions. Returns the number of sessions.
    pub fn flood(&self, selector: Selector, flood: Flood) -> usize {
        self.server
            .gateway
            .with(|gateway, now| gateway.flood(now, &selector, flood))
    }

    /// Records what is sent, until [`stop_recording`](Self::stop_recording). A dispatch is recorded once, even if it is
    /// replayed. Times are those of the gateway ([`EmulatorBuilder::speed`](crate::EmulatorBuilder::speed)).
    ///
    /// The recorder writes while the gateway is locked: use a buffered file or memory.
    ///
    /// # Errors
    ///
    /// Returns an error if the previous recording, which this call ends, could not be written.
    pub fn record(&self, recorder: Recorder<impl Write + Send + 'static>) -> io::Result<()> {
        self.server.gateway.record(recorder.boxed())
    }

    /// Ends the recording and flushes it. Dropping the emulator does not flush it.
    ///
    /// # Errors
    ///
    /// Returns an error if the recording could not be written at any time.
    pub fn stop_recording(&self) -> io::Result<()> {
        self.server.gateway.stop_recording()
    }

    /// Closes all connections with 1001, waits up to five seconds for the clients to reply, and stops.
    pub async fn shutdown(mut self) {
        self.close(Selector::All, 1001);
        clock::timeout(
            SHUTDOWN_LIMIT,
            self.wait_until(|stats| stats.connections == 0),
        )
        .await;
        self.server.stop().await;
    }
}
