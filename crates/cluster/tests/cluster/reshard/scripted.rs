//! A gateway in memory and in paused time, for a bot that runs two sets of shards.

use crate::gateway::{Connection, Gateway, RESUME_HOST, TOKEN, dispatch, listen};
use gloaming_cluster::{Cluster, ClusterBuilder, Items, ShardScheme};
use gloaming_protocol::{Compression, Event, EventTypeFlags, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{
    Item, ShardRuntime,
    transport::{MemoryConnector, Outbound},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};
use tokio::sync::mpsc;

/// The number of guilds.
const GUILDS: u64 = 9;

/// What a bot sends and receives, shared by its gateway connections. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Server {
    /// By total and number.
    shards: Arc<Mutex<BTreeMap<(u32, u32), Shard>>>,
    /// A shard that gets no READY.
    silent: Arc<Mutex<Option<(u32, u32)>>>,
}

struct Shard {
    orders: mpsc::UnboundedSender<Order>,
    identifies: u32,
    closed: Option<u16>,
}

/// What a connection is to do.
enum Order {
    Event(u64, u64),
    Close(u16),
}

/// A guild that belongs to the shard `index % total`.
const fn guild(index: u64) -> u64 {
    (index << 22) + 5
}

impl Server {
    /// Returns the connector of a shard, whose gateway runs in a task.
    fn connector(&self, id: ShardId) -> MemoryConnector {
        let (connector, gateway) = listen();
        let (orders, received) = mpsc::unbounded_channel();
        let shard = Shard {
            orders,
            identifies: 0,
            closed: None,
        };
        self.lock().insert((id.total(), id.number()), shard);
        tokio::spawn(serve(self.clone(), id, gateway, received));
        connector
    }

    /// Lets a shard wait for READY for ever.
    pub(super) fn silence(&self, number: u32, total: u32) {
        *self.silent.lock().unwrap() = Some((total, number));
    }

    fn is_silent(&self, id: ShardId) -> bool {
        *self.silent.lock().unwrap() == Some((id.total(), id.number()))
    }

    /// Sends an event of a guild to the shard that it belongs to in each set.
    pub(super) fn say(&self, index: u64, number: u64) {
        let totals: BTreeSet<u32> = self.lock().keys().map(|(total, _)| *total).collect();
        for total in totals {
            self.say_to(total, index, number);
        }
    }

    /// Sends an event of a guild to its shard of this total.
    pub(super) fn say_to(&self, total: u32, index: u64, number: u64) {
        let shard = u32::try_from(index % u64::from(total)).unwrap();
        if let Some(shard) = self.lock().get(&(total, shard)) {
            _ = shard.orders.send(Order::Event(guild(index), number));
        }
    }

    /// Closes the connection of a shard.
    pub(super) fn close(&self, number: u32, total: u32, code: u16) {
        _ = self.lock()[&(total, number)]
            .orders
            .send(Order::Close(code));
    }

    /// The number of identifies of the shards with this total.
    pub(super) fn identifies(&self, total: u32) -> u32 {
        self.sum(total, |shard| shard.identifies)
    }

    /// The number of shards with this total that were closed with this code.
    pub(super) fn closed(&self, total: u32, code: u16) -> u32 {
        self.sum(total, |shard| u32::from(shard.closed == Some(code)))
    }

    fn sum(&self, total: u32, count: impl Fn(&Shard) -> u32) -> u32 {
        let shards = self.lock();
        let of_total = shards.range((total, 0)..=(total, u32::MAX));
        of_total.map(|(_, shard)| count(shard)).sum()
    }

    fn update(&self, id: ShardId, change: impl FnOnce(&mut Shard)) {
        if let Some(shard) = self.lock().get_mut(&(id.total(), id.number())) {
            change(shard);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(u32, u32), Shard>> {
        self.shards.lock().unwrap()
    }

    pub(super) fn builder(&self, shards: u32) -> ClusterBuilder {
        let server = self.clone();
        Cluster::builder(TOKEN.to_owned(), Intents::GUILDS | Intents::GUILD_WEBHOOKS)
            .queue(UnlimitedQueue)
            .shard_runtime(ShardRuntime::current())
            .shard_scheme(ShardScheme::try_from((.., shards)).unwrap())
            .event_types(EventTypeFlags::all() - EventTypeFlags::GATEWAY_HEARTBEAT_ACK)
            .per_shard_config(move |id, config| {
                let connector = server.connector(id);
                config
                    .compression(Compression::None)
                    .connector(connector)
                    .build()
            })
    }
}

/// Serves the connections of a shard, one after the other.
async fn serve(
    server: Server,
    id: ShardId,
    mut gateway: Gateway,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    let mut sequence = 0;
    loop {
        let mut connection = gateway.greet().await;
        let mut has_session = false;
        loop {
            tokio::select! {
                biased;
                received = connection.peer.receive() => {
                    let Some(payload) = received.as_ref().and_then(payload) else {
                        server.update(id, |shard| shard.closed = received.as_ref().and_then(code));
                        break;
                    };
                    match payload["op"].as_u64() {
                        Some(1) => connection.acknowledge().await,
                        Some(2) => {
                            server.update(id, |shard| shard.identifies += 1);
                            if server.is_silent(id) {
                                continue;
                            }
                            // What was sent before the session is not in it.
                            while orders.try_recv().is_ok() {}
                            has_session = true;
                            sequence = begin(&mut connection, id).await;
                        }
                        Some(6) => {
                            sequence += 1;
                            has_session = true;
                            connection.send(&dispatch("RESUMED", sequence, &json!({}))).await;
                        }
                        _ => {}
                    }
                }
                order = orders.recv(), if has_session => match order {
                    Some(Order::Event(guild, number)) => {
                        sequence += 1;
                        let data = json!({
                            "guild_id": guild.to_string(),
                            "channel_id": (number + 1).to_string(),
                        });
                        connection.send(&dispatch("WEBHOOKS_UPDATE", sequence, &data)).await;
                    }
                    Some(Order::Close(code)) => connection.close(code).await,
                    None => return,
                },
            }
        }
    }
}

/// Sends READY and the guilds of a shard, and returns the last sequence.
async fn begin(connection: &mut Connection, id: ShardId) -> u64 {
    let fixture = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let guilds: Vec<u64> = (0..GUILDS)
        .filter(|index| index % u64::from(id.total()) == u64::from(id.number()))
        .map(guild)
        .collect();
    let mut ready = fixture(include_str!(
        "../../../../protocol/tests/fixtures/dispatch/READY.json"
    ));
    ready["session_id"] = format!("{}-of-{}", id.number(), id.total()).into();
    ready["resume_gateway_url"] = RESUME_HOST.into();
    ready["guilds"] = guilds
        .iter()
        .map(|guild| json!({"id": guild.to_string(), "unavailable": true}))
        .collect();
    connection.send(&dispatch("READY", 1, &ready)).await;
    let mut create = fixture(include_str!(
        "../../../../protocol/tests/fixtures/dispatch/GUILD_CREATE.json"
    ));
    let mut sequence = 1;
    for guild in guilds {
        sequence += 1;
        create["id"] = guild.to_string().into();
        connection
            .send(&dispatch("GUILD_CREATE", sequence, &create))
            .await;
    }
    sequence
}

fn payload(received: &Outbound) -> Option<Value> {
    match received {
        Outbound::Text(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

fn code(received: &Outbound) -> Option<u16> {
    match received {
        Outbound::Close(frame) => Some(frame.code),
        _ => None,
    }
}

/// What the bot got of the numbered events of each guild.
#[derive(Default)]
pub(super) struct Received(BTreeMap<u64, u64>);

impl Received {
    /// Checks that an event is the next of its guild.
    pub(super) fn take(&mut self, item: &Item) {
        if let Some((guild, number)) = numbered(item) {
            let next = self.0.entry(guild).or_default();
            assert_eq!(number, *next, "guild {guild}: once and in order");
            *next += 1;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// The guild and the number of an event.
pub(super) fn numbered(item: &Item) -> Option<(u64, u64)> {
    match item.event() {
        Some(Event::WebhooksUpdate(event)) => {
            Some((event.guild_id.get(), event.channel_id.get() - 1))
        }
        _ => None,
    }
}

/// Events that are sent one after the other, in one guild after another.
#[derive(Default)]
pub(super) struct Conversation {
    pub(super) sent: u64,
}

impl Conversation {
    pub(super) fn say(&mut self, server: &Server) {
        server.say(self.sent % GUILDS, self.sent / GUILDS);
        self.sent += 1;
    }
}

/// Takes items until the guilds of all shards have arrived.
pub(super) async fn until_arrived(items: &mut Items) {
    while let Some((_, item)) = items.next().await {
        if matches!(item, Item::Cluster(_)) {
            return;
        }
    }
    panic!("the stream has ended");
}
