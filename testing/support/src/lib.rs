//! What the tests of several crates share.
//!
//! Nothing here is published. A published crate uses it as a dev-dependency with a path and without a
//! version, which cargo leaves out of the published manifest. Without features, the crate has no
//! dependencies.

mod clock;
pub mod corpus;
pub mod deflate;
#[cfg(feature = "envelope")]
pub mod envelope;
#[cfg(feature = "etf")]
pub mod etf;
#[cfg(any(feature = "nats", feature = "redis"))]
mod folder;
#[cfg(feature = "gateway")]
pub mod gateway;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "machine")]
pub mod machine;
#[cfg(feature = "nats")]
pub mod nats;
pub mod proc_status;
#[cfg(feature = "publisher")]
mod publisher;
mod random;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "scenarios")]
pub mod scenarios;
#[cfg(all(unix, any(feature = "nats", feature = "redis")))]
mod suspension;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "views")]
pub mod views;
#[cfg(feature = "wire")]
pub mod wire;
#[cfg(feature = "zlib")]
pub mod zlib;
#[cfg(feature = "zstd")]
pub mod zstd;
pub mod zstd_frames;

pub use self::clock::start_of_time;
#[cfg(feature = "logs")]
pub use self::logs::Logs;
#[cfg(feature = "publisher")]
pub use self::publisher::Publisher;
pub use self::random::{Number, Random};
