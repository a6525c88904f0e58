//! The command line.

use std::str::FromStr;

use gloaming_bench::{Result, compression_of};
use gloaming_protocol::Compression;

use super::mix::Mix;

const USAGE: &str = "usage: gloaming-replay --mix large-bot|no-presences|small-bot|startup|large-guilds --events N \
                     [--compress none|payload|zlib|zstd] [--tls on|off] [--seed N]";

/// What is sent.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) mix: Mix,
    /// The most dispatches that a client can ask for.
    pub(crate) events: usize,
    pub(crate) compression: Compression,
    /// Whether connections are encrypted, with a certificate that is made at the start.
    pub(crate) tls: bool,
    pub(crate) seed: u64,
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Options> {
    let (mut mix, mut events) = (None, None);
    let (mut compression, mut tls, mut seed) = (Compression::None, false, 0);
    let mut arguments = arguments.into_iter();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match &*name {
            "--mix" => mix = Some(Mix::of(&value).ok_or(USAGE)?),
            "--events" => events = Some(number(&value)?),
            "--compress" => compression = compression_of(&value).ok_or(USAGE)?,
            "--tls" => {
                tls = match &*value {
                    "on" => true,
                    "off" => false,
                    _ => return Err(USAGE.into()),
                }
            }
            "--seed" => seed = number(&value)?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Options {
        mix: mix.ok_or(USAGE)?,
        events: events.ok_or(USAGE)?,
        compression,
        tls,
        seed,
    })
}

fn number<T: FromStr>(value: &str) -> Result<T> {
    value
        .parse()
        .map_err(|_| format!("{value:?} is not a number in range; {USAGE}").into())
}
