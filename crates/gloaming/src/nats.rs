//! One bot over many machines, on NATS JetStream.
//!
//! [`NatsCoordinator`] is the engine that the nodes of a [fleet](crate::fleet) share. [`NatsEvents`] publishes events to a stream,
//! from which a [`Worker`] takes them, or a program in another language. [`CommandSender`] sends commands by the node that owns
//! a shard. They need nats-server 2.11 or later with JetStream;
//! [the guide](crate::fleet::guide) says how to configure it.

pub use gloaming_nats::{
    CommandSender, CommandTarget, Delivery, DeliveryOrder, EventRetention, EventStream,
    NatsCommands, NatsConfig, NatsCoordinator, NatsEvents, PublishOrder, Worker, WorkerConfig,
};
