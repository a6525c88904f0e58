use gloaming_emulator::{DEFAULT_TOKEN, Emulator, scenario::Scenario};
use gloaming_shard::{
    Compression, ConfigBuilder, DispatchKind, Incoming, Intents, Lifecycle, Shard, ShardId,
    ShardState,
};
use gloaming_test_support::scenarios::{MAIN, TestServer, now};
use std::time::{Duration, Instant};

/// Longer than any scenario, and than any timeout of a shard.
const PLAY: Duration = Duration::from_secs(15 * 60);

/// Events occur all the time, so that a loss is detected.
const EVENTS_PER_SECOND: f64 = 5.0;

/// What the consumer received.
#[derive(Debug, Default)]
struct Seen {
    /// The last sequence number of the current session.
    sequence: u64,
    events: u64,
    gaps: u64,
    /// The time of the first lost connection or failed attempt.
    trouble: Option<Instant>,
    /// The time of the last READY or RESUMED.
    up: Option<Instant>,
    /// Violations of what the test expects.
    wrong: Vec<String>,
}

impl Seen {
    /// Returns the time from the first fault to the last recovery.
    fn healing(&self) -> Duration {
        let span = self.trouble.zip(self.up);
        span.map_or(Duration::ZERO, |(from, to)| {
            to.saturating_duration_since(from)
        })
    }

    fn look(&mut self, incoming: &Incoming<'_>) {
        match incoming {
            Incoming::Payload(payload) => {
                let Some(sequence) = payload.sequence() else {
                    return;
                };
                self.events += 1;
                let expected = if payload.kind() == Some(DispatchKind::Ready) {
                    1
                } else {
                    self.sequence + 1
                };
                if sequence != expected {
                    self.wrong
                        .push(format!("{sequence} came in place of {expected}"));
                }
                self.sequence = sequence;
            }
            Incoming::Lifecycle(Lifecycle::Gap { .. }) => self.gaps += 1,
            Incoming::Lifecycle(Lifecycle::Disconnected { .. }) => {
                self.trouble.get_or_insert_with(now);
            }
            Incoming::Lifecycle(Lifecycle::Ready { .. } | Lifecycle::Resumed { .. }) => {
                self.up = Some(now());
            }
            Incoming::Lifecycle(Lifecycle::Stopped { reason }) => {
                self.wrong.push(format!("it stopped: {reason:?}"));
            }
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn shard_recovers_and_reports_all_losses() {
    let mut wrong = Vec::new();
    for scenario in Scenario::library() {
        let name = scenario.name.clone();
        let settings = Emulator::builder()
            .guilds(3)
            .members(5)
            .events_per_second(EVENTS_PER_SECOND)
            .scenario(scenario)
            .into_settings();
        let (server, connector) = TestServer::start(settings);
        let config = ConfigBuilder::new(
            DEFAULT_TOKEN.to_owned(),
            Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_TYPING,
        )
        .gateway_url(MAIN)
        .compression(Compression::None)
        .connector(connector)
        .build();
        let mut shard = Shard::with_config(ShardId::ONE, config);

        let mut seen = Seen::default();
        let play = shard.next_with(|incoming| {
            seen.look(&incoming);
            None::<()>
        });
        let ended = tokio::time::timeout(PLAY, play).await;
        let snapshot = server.snapshot();
        println!(
            "{name:22} {:6.1} s, {:6} events, {} gaps, {} connections, {} identifies, {} resumes, {} faults",
            seen.healing().as_secs_f64(),
            seen.events,
            seen.gaps,
            snapshot.stats.connections_opened,
            snapshot.stats.identifies,
            snapshot.stats.resumes,
            snapshot.stats.faults,
        );

        if ended.is_ok() {
            seen.wrong.push("the shard ended".to_owned());
        }
        if snapshot.stats.faults == 0 {
            seen.wrong.push("nothing happened".to_owned());
        }
        if shard.state() != ShardState::Active {
            seen.wrong
                .push(format!("it did not heal: {:?}", shard.state()));
        }
        // Only a session that the gateway dropped costs events and an identify.
        if snapshot.stats.sessions_started != seen.gaps + 1 {
            seen.wrong
                .push(format!("{} sessions", snapshot.stats.sessions_started));
        }
        if snapshot.stats.identifies > 12 {
            seen.wrong.push("an identify storm".to_owned());
        }
        if (seen.events as f64) < PLAY.as_secs_f64() * EVENTS_PER_SECOND * 0.2 {
            seen.wrong.push("hardly anything arrived".to_owned());
        }
        let violations = snapshot.violations.iter().map(ToString::to_string);
        wrong.extend(
            (seen.wrong.into_iter().chain(violations)).map(|what| format!("{name}: {what}")),
        );
    }
    assert_eq!(wrong, Vec::<String>::new());
}
