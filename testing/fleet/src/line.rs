//! The lines that the nodes write.

use serde::Deserialize;

/// The type of the numbered events.
pub(crate) const NUMBERED: &str = "WEBHOOKS_UPDATE";

/// A line of a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// An event, by the number that the gateway's side has given it, and by its place in a session.
    Numbered { shard: u32, number: u64 },
    /// Events are lost, as the node says.
    Gap { shard: u32 },
    /// Another event.
    Other,
}

/// The `d` of a numbered event.
#[derive(Deserialize)]
struct Data<'a> {
    channel_id: &'a str,
}

/// Returns the number of an event whose `d` this is.
pub(crate) fn number(data: &[u8]) -> Result<u64, serde_json::Error> {
    let data: Data<'_> = serde_json::from_slice(data)?;
    serde_json::from_str(data.channel_id)
}

impl Line {
    /// Fails if it is no line of a node, or none that it has finished.
    pub(crate) fn parse(line: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Head<'a> {
            shard: u32,
            #[serde(rename = "type")]
            kind: Option<&'a str>,
        }
        #[derive(Deserialize)]
        struct Numbered<'a> {
            #[serde(borrow)]
            raw: Raw<'a>,
        }
        #[derive(Deserialize)]
        struct Raw<'a> {
            #[serde(borrow)]
            d: Data<'a>,
        }
        let head: Head<'_> = serde_json::from_str(line)?;
        match head.kind {
            None => Ok(Self::Gap { shard: head.shard }),
            Some(NUMBERED) => {
                let numbered: Numbered<'_> = serde_json::from_str(line)?;
                let number = serde_json::from_str(numbered.raw.d.channel_id)?;
                let shard = head.shard;
                Ok(Self::Numbered { shard, number })
            }
            Some(_) => Ok(Self::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn lines_are_told_apart() {
        let line = r#"{"shard":3,"session":"a","sequence":9,"type":"WEBHOOKS_UPDATE","raw":{"t":"WEBHOOKS_UPDATE","s":9,"op":0,"d":{"guild_id":"1","channel_id":"17"}}}"#;
        let numbered = Line::Numbered {
            shard: 3,
            number: 17,
        };
        assert_eq!(Line::parse(line).unwrap(), numbered);
        for end in 0..line.len() {
            assert!(Line::parse(&line[..end]).is_err());
        }
        let other = r#"{"shard":3,"session":"a","sequence":9,"type":"READY","raw":{"d":{}}}"#;
        assert_eq!(Line::parse(other).unwrap(), Line::Other);
        let gap = r#"{"shard":3,"session":"a","gap":{"after":9,"cause":"session_lost"}}"#;
        assert_eq!(Line::parse(gap).unwrap(), Line::Gap { shard: 3 });
    }
}
