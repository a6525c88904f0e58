//! One bot over many machines, on NATS JetStream.
//!
//! [`NatsCoordinator`] is the engine that the nodes of a [fleet](crate::fleet) share. [`NatsEvents`] publishes events to a stream,
//! from which a [`Worker`] takes them, or a program in another language. They need nats-server 2.11 or later with JetStream;
//! [the guide](crate::fleet::guide) says how to configure it.

pub use gloaming_nats::{
    Delivery, EventRetention, EventStream, NatsConfig, NatsCoordinator, NatsEvents, Worker,
    WorkerConfig,
};
