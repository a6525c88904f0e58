//! What a node needs of an engine.

use gloaming_coordinator::{Budget, Leases, Sessions};

/// What the nodes of a fleet share: leases, identifies and sessions. Every engine with these three traits has it.
pub trait Coordinator: Leases + Budget + Sessions {}

impl<T: Leases + Budget + Sessions + ?Sized> Coordinator for T {}
