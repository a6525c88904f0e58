//! Payloads that may answer a request, as far as telling them apart needs.

use gloaming_protocol::{DispatchKind, OpCode, Payload};
use serde::Deserialize;
use std::{borrow::Cow, time::Duration};
use twilight_model::id::{Id, marker::GuildMarker};

/// Something that a request may wait for.
#[derive(Debug)]
pub enum Sighting<'a> {
    /// A part of a guild's members (P24).
    Chunk {
        nonce: Cow<'a, str>,
        index: u32,
        count: u32,
    },
    /// The soundboard sounds of a guild (P26).
    Sounds { guild: Id<GuildMarker> },
    /// What was asked of a guild's channels (P26).
    ChannelInfo { guild: Id<GuildMarker> },
    /// A request for members was held back (P25).
    Limited {
        nonce: Option<Cow<'a, str>>,
        guild: Option<Id<GuildMarker>>,
        retry_after: Duration,
    },
}

impl<'a> Sighting<'a> {
    /// `None` for what answers no request; nothing is read of it but its name.
    pub fn of(payload: &Payload<'a>) -> Option<Self> {
        match payload.kind()? {
            DispatchKind::MemberChunk => {
                let chunk: Chunk<'a> = payload.decode_data().ok()?;
                Some(Self::Chunk {
                    nonce: chunk.nonce?,
                    index: chunk.chunk_index,
                    count: chunk.chunk_count,
                })
            }
            DispatchKind::SoundboardSounds => Some(Self::Sounds {
                guild: payload.guild_id()?,
            }),
            DispatchKind::ChannelInfo => Some(Self::ChannelInfo {
                guild: payload.guild_id()?,
            }),
            DispatchKind::RateLimited => {
                let limited: Limited<'a> = payload.decode_data().ok()?;
                if limited.opcode != OpCode::RequestGuildMembers.number() {
                    return None;
                }
                let meta = limited.meta.unwrap_or_default();
                Some(Self::Limited {
                    nonce: meta.nonce,
                    guild: meta.guild_id,
                    // What no clock can count is longer than anybody waits.
                    retry_after: Duration::try_from_secs_f64(limited.retry_after.max(0.0))
                        .unwrap_or(Duration::MAX),
                })
            }
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    nonce: Option<Cow<'a, str>>,
    chunk_index: u32,
    chunk_count: u32,
}

#[derive(Deserialize)]
struct Limited<'a> {
    opcode: u64,
    retry_after: f64,
    #[serde(borrow, default)]
    meta: Option<Meta<'a>>,
}

#[derive(Default, Deserialize)]
struct Meta<'a> {
    #[serde(borrow, default)]
    nonce: Option<Cow<'a, str>>,
    #[serde(default)]
    guild_id: Option<Id<GuildMarker>>,
}

#[cfg(test)]
mod tests {
    use super::Sighting;
    use gloaming_protocol::Payload;
    use std::time::Duration;

    fn dispatch(name: &str, data: &str) -> String {
        format!(r#"{{"t":"{name}","s":2,"op":0,"d":{data}}}"#)
    }

    #[test]
    fn the_documented_ones_are_told_apart() {
        macro_rules! fixture {
            ($name:literal) => {
                dispatch(
                    $name,
                    include_str!(concat!(
                        "../../../protocol/tests/fixtures/dispatch/",
                        $name,
                        ".json"
                    )),
                )
            };
        }
        let text = fixture!("SOUNDBOARD_SOUNDS");
        let Some(Sighting::Sounds { guild }) = Sighting::of(&Payload::parse(&text).unwrap()) else {
            panic!("{text}");
        };
        assert_eq!(guild.get(), 197_038_439_483_310_086);
        let text = fixture!("CHANNEL_INFO");
        let Some(Sighting::ChannelInfo { guild }) = Sighting::of(&Payload::parse(&text).unwrap())
        else {
            panic!("{text}");
        };
        assert_eq!(guild.get(), 613_425_648_685_547_541);
        let text = fixture!("RATE_LIMITED");
        let Some(Sighting::Limited {
            nonce,
            guild,
            retry_after,
        }) = Sighting::of(&Payload::parse(&text).unwrap())
        else {
            panic!("{text}");
        };
        assert_eq!(nonce.as_deref(), Some("members-of-testers"));
        assert_eq!(guild.map(|id| id.get()), Some(197_038_439_483_310_086));
        assert_eq!(retry_after, Duration::from_millis(21_350));
        let text = fixture!("MESSAGE_CREATE");
        assert!(Sighting::of(&Payload::parse(&text).unwrap()).is_none());
    }

    #[test]
    fn odd_ones_are_left_alone() {
        for (name, data) in [
            ("GUILD_MEMBERS_CHUNK", "{}"),
            (
                "GUILD_MEMBERS_CHUNK",
                r#"{"chunk_index":0,"chunk_count":1}"#,
            ),
            (
                "GUILD_MEMBERS_CHUNK",
                r#"{"chunk_index":-1,"chunk_count":1,"nonce":"a"}"#,
            ),
            ("RATE_LIMITED", r#"{"opcode":8}"#),
            ("RATE_LIMITED", r#"{"opcode":31,"retry_after":1,"meta":{}}"#),
            ("SOUNDBOARD_SOUNDS", "[]"),
            ("CHANNEL_INFO", "null"),
        ] {
            let text = dispatch(name, data);
            assert!(
                Sighting::of(&Payload::parse(&text).unwrap()).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn odd_waits_are_waits() {
        for (seconds, expected) in [
            ("-1.5", Duration::ZERO),
            ("1e300", Duration::MAX),
            ("2", Duration::from_secs(2)),
        ] {
            let data = format!(r#"{{"opcode":8,"retry_after":{seconds},"meta":null}}"#);
            let text = dispatch("RATE_LIMITED", &data);
            let Some(Sighting::Limited { retry_after, .. }) =
                Sighting::of(&Payload::parse(&text).unwrap())
            else {
                panic!("{text}");
            };
            assert_eq!(retry_after, expected);
        }
    }
}
