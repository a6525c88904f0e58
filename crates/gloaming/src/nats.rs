//! One bot over many machines, on NATS JetStream.
//!
//! [`NatsCoordinator`] is the engine that the nodes of a [fleet](crate::fleet) share. It needs nats-server 2.11 or later with
//! JetStream; [the guide](crate::fleet::guide) says how to configure it.

pub use gloaming_nats::{NatsConfig, NatsCoordinator};
