//! What a payload says about the request that it replies to.

use gloaming_protocol::{DispatchKind, OpCode, Payload};
use serde::Deserialize;
use std::{borrow::Cow, time::Duration};
use twilight_model::id::{Id, marker::GuildMarker};

/// A payload that may be a reply.
#[derive(Debug)]
pub(crate) enum ReplyMatch<'a> {
    /// Members of a guild ([P24](gloaming_protocol::rules#p24)).
    Chunk {
        nonce: Cow<'a, str>,
        index: u32,
        count: u32,
    },
    /// The soundboard sounds of a guild ([P26](gloaming_protocol::rules#p26)).
    Sounds { guild: Id<GuildMarker> },
    /// Channel info of a guild ([P26](gloaming_protocol::rules#p26)).
    ChannelInfo { guild: Id<GuildMarker> },
    /// RATE_LIMITED for a request for members ([P25](gloaming_protocol::rules#p25)).
    Limited {
        nonce: Option<Cow<'a, str>>,
        guild: Option<Id<GuildMarker>>,
        retry_after: Duration,
    },
}

impl<'a> ReplyMatch<'a> {
    /// Returns `None` for a payload that is not a reply, of which only the name is read.
    pub(crate) fn of(payload: &Payload<'a>) -> Option<Self> {
        match payload.kind()? {
            DispatchKind::MemberChunk => {
                // The members, up to a thousand, are skipped.
                let chunk = payload.object().ok()?;
                Some(Self::Chunk {
                    nonce: chunk.required("nonce").ok()?,
                    index: chunk.required("chunk_index").ok()?,
                    count: chunk.required("chunk_count").ok()?,
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
                    // A wait that no clock can count is longer than any policy allows.
                    retry_after: Duration::try_from_secs_f64(limited.retry_after.max(0.0))
                        .unwrap_or(Duration::MAX),
                })
            }
            _ => None,
        }
    }
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
    use super::ReplyMatch;
    use gloaming_protocol::Payload;
    use std::time::Duration;

    fn dispatch(name: &str, data: &str) -> String {
        format!(r#"{{"t":"{name}","s":2,"op":0,"d":{data}}}"#)
    }

    #[test]
    fn documented_replies_are_matched() {
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
        let Some(ReplyMatch::Sounds { guild }) = ReplyMatch::of(&Payload::parse(&text).unwrap())
        else {
            panic!("{text}");
        };
        assert_eq!(guild.get(), 197_038_439_483_310_086);
        let text = fixture!("CHANNEL_INFO");
        let Some(ReplyMatch::ChannelInfo { guild }) =
            ReplyMatch::of(&Payload::parse(&text).unwrap())
        else {
            panic!("{text}");
        };
        assert_eq!(guild.get(), 613_425_648_685_547_541);
        let text = fixture!("RATE_LIMITED");
        let Some(ReplyMatch::Limited {
            nonce,
            guild,
            retry_after,
        }) = ReplyMatch::of(&Payload::parse(&text).unwrap())
        else {
            panic!("{text}");
        };
        assert_eq!(nonce.as_deref(), Some("members-of-testers"));
        assert_eq!(guild.map(|id| id.get()), Some(197_038_439_483_310_086));
        assert_eq!(retry_after, Duration::from_millis(21_350));
        let text = fixture!("MESSAGE_CREATE");
        assert!(ReplyMatch::of(&Payload::parse(&text).unwrap()).is_none());
    }

    #[test]
    fn malformed_replies_are_ignored() {
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
                ReplyMatch::of(&Payload::parse(&text).unwrap()).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn unusual_waits_are_accepted() {
        for (seconds, expected) in [
            ("-1.5", Duration::ZERO),
            ("1e300", Duration::MAX),
            ("2", Duration::from_secs(2)),
        ] {
            let data = format!(r#"{{"opcode":8,"retry_after":{seconds},"meta":null}}"#);
            let text = dispatch("RATE_LIMITED", &data);
            let Some(ReplyMatch::Limited { retry_after, .. }) =
                ReplyMatch::of(&Payload::parse(&text).unwrap())
            else {
                panic!("{text}");
            };
            assert_eq!(retry_after, expected);
        }
    }
}
