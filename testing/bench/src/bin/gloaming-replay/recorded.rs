//! The events that are sent, as the emulator generates them.

use futures_util::{SinkExt as _, StreamExt as _};
use gloaming_bench::Result;
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Flood};
use gloaming_protocol::{DispatchKind, OpCode, OwnedPayload};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

use super::{guilds, mix::Mix};

/// The emulator repeats its events after as many. Each part of a recording comes from another seed, so that no part
/// helps to compress the next.
const PART: usize = 1024;

/// Traffic of one session, without sequences.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The data of READY.
    ready: String,
    /// The GUILD_CREATEs after READY.
    guilds: Vec<Dispatch>,
    events: Vec<Dispatch>,
    /// How many events that are no presences were recorded.
    others: usize,
}

#[derive(Debug)]
pub(crate) struct Dispatch {
    pub(crate) name: String,
    pub(crate) data: String,
}

impl Recorded {
    /// Records `events` dispatches after the GUILD_CREATEs.
    pub(crate) async fn record(mix: Mix, events: usize, seed: u64) -> Result<Self> {
        let mut recorded = Self::part(mix, seed).await?;
        for part in 1.. {
            if recorded.events.len() >= events {
                break;
            }
            let part = Self::part(mix, seed.wrapping_add(part)).await?;
            recorded.events.extend(part.events);
        }
        recorded.events.truncate(events);
        Ok(recorded)
    }

    async fn part(mix: Mix, seed: u64) -> Result<Self> {
        let Some(sizes) = mix.guild_sizes() else {
            return Self::session(mix, seed, PART as u64).await;
        };
        let mut session = Self::session(mix, seed, 1).await?;
        session.events = guilds::of_sizes(sizes, &session.guilds, seed)?;
        session.guilds.clear();
        Ok(session)
    }

    /// Records a session of a server with a seed of its own.
    async fn session(mix: Mix, seed: u64, events: u64) -> Result<Self> {
        let emulator = mix
            .guilds(Emulator::builder())
            .seed(seed)
            .flood(Flood::new(events).then_close(1000))
            .start()
            .await?;
        let address = emulator.url().trim_start_matches("ws://");
        let stream = TcpStream::connect(address).await?;
        let url = format!("{}/?v=10&encoding=json", emulator.url());
        let (mut socket, _) = client_async(url, stream).await?;
        let mut recorded = Self {
            ready: String::new(),
            guilds: Vec::new(),
            events: Vec::new(),
            others: 0,
        };
        while let Some(message) = socket.next().await {
            let text = match message? {
                Message::Text(text) => text,
                Message::Close(_) => break,
                _ => continue,
            };
            let payload = OwnedPayload::parse(text.as_str())?;
            match payload.as_payload().op() {
                OpCode::Hello => socket.send(Message::text(identify(mix))).await?,
                OpCode::Dispatch => recorded.add(mix, &payload)?,
                _ => {}
            }
        }
        // The emulator waits until its connections have ended.
        drop(socket);
        emulator.shutdown().await;
        Ok(recorded)
    }

    fn add(&mut self, mix: Mix, payload: &OwnedPayload) -> Result<()> {
        let dispatch = Dispatch {
            name: payload.name().unwrap_or_default().to_owned(),
            data: payload.data().to_owned(),
        };
        match payload.as_payload().kind() {
            // Every session is sent the same READY, whichever shard it is of.
            Some(DispatchKind::Ready) => {
                let mut data: Value = serde_json::from_str(&dispatch.data)?;
                data.as_object_mut().map(|data| data.remove("shard"));
                self.ready = data.to_string();
            }
            Some(DispatchKind::GuildCreate) if self.events.is_empty() => self.guilds.push(dispatch),
            Some(DispatchKind::PresenceUpdate) => self.events.push(dispatch),
            _ => {
                self.others += 1;
                if mix.keeps(self.others) {
                    self.events.push(dispatch);
                }
            }
        }
        Ok(())
    }

    /// The texts from READY to the last GUILD_CREATE.
    pub(crate) fn prelude(&self, resume_url: &str) -> Result<Vec<String>> {
        let mut data: Value = serde_json::from_str(&self.ready)?;
        data["resume_gateway_url"] = resume_url.into();
        let ready = text("READY", 1, &data.to_string());
        let guilds = self.guilds.iter().zip(2..);
        let guilds = guilds.map(|(guild, sequence)| text(&guild.name, sequence, &guild.data));
        Ok(std::iter::once(ready).chain(guilds).collect())
    }

    /// The texts of the dispatches after them.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        let first = self.guilds.len() as u64 + 2;
        let events = self.events.iter().zip(first..);
        events.map(|(event, sequence)| text(&event.name, sequence, &event.data))
    }
}

/// Renders a dispatch with its fields in Discord's order.
fn text(name: &str, sequence: u64, data: &str) -> String {
    format!(r#"{{"t":"{name}","s":{sequence},"op":0,"d":{data}}}"#)
}

fn identify(mix: Mix) -> String {
    let identify = json!({
        "op": 2,
        "d": {
            "token": DEFAULT_TOKEN,
            "intents": mix.intents().bits(),
            "properties": {"os": "linux", "browser": "gloaming-bench", "device": "gloaming-bench"},
        },
    });
    identify.to_string()
}
