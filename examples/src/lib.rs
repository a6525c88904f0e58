//! What the examples share: where they play, and when they end.

mod stage;

pub use self::stage::{Result, Stage};
