//! Requests for commands, and replies, as messages. Programs in other languages write and read the same.

use async_nats::{HeaderMap, HeaderValue};
use gloaming_coordinator::{CommandReply, CommandRequestId, CommandStatus, Fence};
use gloaming_protocol::ShardId;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// What identifies a request.
const ID: &str = "Gloaming-Command";

/// The number of shards with which the request was routed.
const TOTAL: &str = "Gloaming-Shard-Total";

/// The most bytes of a detail in a reply.
const MAX_DETAIL: usize = 512;

/// Returns the subject of the requests for a shard.
pub(crate) fn subject(bot: &str, shard: u32) -> String {
    format!("gloaming.{bot}.commands.{shard}")
}

pub(crate) fn headers(id: &CommandRequestId, shard: ShardId) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ID, id.as_str());
    headers.insert(TOTAL, HeaderValue::from(shard.total()));
    headers
}

/// What the headers of a request say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum RequestHeaders {
    Valid {
        /// `None` if the request has no id. It can't be repeated then.
        id: Option<CommandRequestId>,
        /// The shard, with the number of shards by which the request was routed.
        shard: ShardId,
    },
    /// A header can't be read.
    Invalid(&'static str),
}

/// Reads the headers of a request for this shard.
pub(crate) fn read_headers(headers: Option<&HeaderMap>, shard: ShardId) -> RequestHeaders {
    let text = |name| headers?.get(name).map(|value| value.as_str());
    let id = match text(ID).map(CommandRequestId::new) {
        None => None,
        Some(Some(id)) => Some(id),
        Some(None) => return RequestHeaders::Invalid(ID),
    };
    let total = match text(TOTAL).map(str::parse::<u32>) {
        None => Some(shard.total()),
        Some(total) => total.ok(),
    };
    let shard = total.and_then(|total| ShardId::new_checked(shard.number(), total));
    shard.map_or(RequestHeaders::Invalid(TOTAL), |shard| {
        RequestHeaders::Valid { id, shard }
    })
}

/// A reply in JSON.
#[derive(Debug, Deserialize, Serialize)]
struct Reply<'a> {
    #[serde(borrow)]
    status: std::borrow::Cow<'a, str>,
    #[serde(default)]
    fence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shards: Option<NonZeroU32>,
}

pub(crate) fn write_reply(reply: &CommandReply) -> Vec<u8> {
    let (mut detail, mut shards) = (None, None);
    match &reply.status {
        CommandStatus::Invalid { detail: text } => {
            detail = Some(text.chars().take(MAX_DETAIL).collect());
        }
        CommandStatus::OtherTotal { total } => shards = Some(*total),
        _ => {}
    }
    let reply = Reply {
        status: reply.status.name().into(),
        fence: reply.fence.get(),
        detail,
        shards,
    };
    serde_json::to_vec(&reply).expect("it has texts and numbers only")
}

/// Reads a reply. `None` if it is not one that [`write_reply`] has written, or has a status that is not known here.
pub(crate) fn read_reply(payload: &[u8]) -> Option<CommandReply> {
    let reply: Reply<'_> = serde_json::from_slice(payload).ok()?;
    let known = [
        CommandStatus::Sent,
        CommandStatus::NoOwner,
        CommandStatus::Full,
        CommandStatus::Expired,
        CommandStatus::SessionReplaced,
        CommandStatus::Superseded,
        CommandStatus::Closed,
    ];
    let status = match &*reply.status {
        "invalid" => CommandStatus::Invalid {
            detail: reply.detail.unwrap_or_default(),
        },
        "other_total" => CommandStatus::OtherTotal {
            total: reply.shards?,
        },
        name => known.into_iter().find(|status| status.name() == name)?,
    };
    let fence = Fence::new(reply.fence);
    Some(CommandReply { status, fence })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid(id: &str, total: u32) -> RequestHeaders {
        RequestHeaders::Valid {
            id: CommandRequestId::new(id),
            shard: ShardId::new(3, total),
        }
    }

    #[test]
    fn headers_are_those_that_workers_in_other_languages_write() {
        let shard = ShardId::new(3, 16);
        let written = headers(&CommandRequestId::new("a-1").unwrap(), shard);
        for (name, expected) in [("Gloaming-Command", "a-1"), ("Gloaming-Shard-Total", "16")] {
            assert_eq!(written.get(name).unwrap().as_str(), expected);
        }
        assert_eq!(read_headers(Some(&written), shard), valid("a-1", 16));
        // The one who serves the shard knows another number.
        let other = ShardId::new(3, 8);
        assert_eq!(read_headers(Some(&written), other), valid("a-1", 16));
        assert_eq!(
            read_headers(None, other),
            valid("", 8),
            "both may be missing"
        );
    }

    #[test]
    fn headers_that_can_not_be_read_are_named() {
        let shard = ShardId::new(3, 16);
        for (name, value) in [
            (ID, ""),
            (ID, "a b"),
            (TOTAL, "x"),
            (TOTAL, "0"),
            (TOTAL, "3"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value);
            let read = read_headers(Some(&headers), shard);
            assert_eq!(read, RequestHeaders::Invalid(name), "{value}");
        }
    }

    #[test]
    fn replies_are_json() {
        let write = |status| {
            let fence = Fence::new(7);
            let reply = CommandReply { status, fence };
            let written = write_reply(&reply);
            assert_eq!(read_reply(&written), Some(reply));
            String::from_utf8(written).unwrap()
        };
        assert_eq!(write(CommandStatus::Sent), r#"{"status":"sent","fence":7}"#);
        let detail = "\"x\"".to_owned();
        assert_eq!(
            write(CommandStatus::Invalid { detail }),
            r#"{"status":"invalid","fence":7,"detail":"\"x\""}"#
        );
        let total = NonZeroU32::new(32).unwrap();
        assert_eq!(
            write(CommandStatus::OtherTotal { total }),
            r#"{"status":"other_total","fence":7,"shards":32}"#
        );
        for status in [
            CommandStatus::NoOwner,
            CommandStatus::Full,
            CommandStatus::Expired,
            CommandStatus::SessionReplaced,
            CommandStatus::Superseded,
            CommandStatus::Closed,
        ] {
            write(status);
        }
        let detail = "ä".repeat(9_000);
        let long = write_reply(&CommandReply {
            status: CommandStatus::Invalid { detail },
            fence: Fence::NONE,
        });
        assert!(long.len() < 2_000);
        for text in [
            "",
            "{}",
            r#"{"status":"new"}"#,
            r#"{"status":"other_total"}"#,
        ] {
            assert_eq!(read_reply(text.as_bytes()), None, "{text}");
        }
    }
}
