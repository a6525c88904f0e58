//! The changes of the leases as their log tells them. Without IO.

use crate::{record, reply};
use gloaming_coordinator::{FleetView, LeaseChange};
use redis::Value;

/// Where a watch is in the log of changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Position {
    /// The number of changes so far. Each entry has the next one, so a watch notices one that is missing.
    pub(crate) number: u64,
    /// The id of the last entry.
    pub(crate) id: String,
}

/// Why the log can't be followed any more. A snapshot takes the place of what is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Doubt {
    /// The server does not answer.
    Interrupted,
    /// Changes are missing: they were too many, or somebody deleted them.
    Gap,
    /// An answer is not one of the server's.
    Unreadable,
}

/// Reads the answer of the script `snapshot`: all leases, and where the log is.
pub(crate) fn snapshot(answer: &Value) -> Option<(Position, FleetView)> {
    let [number, id, nodes, shards] = reply::list(answer)? else {
        return None;
    };
    let position = Position {
        number: reply::number(number)?,
        id: reply::text(id)?.to_owned(),
    };
    let nodes = reply::fields(nodes)?.filter_map(|(id, value)| {
        let record = record::node(id, value);
        if record.is_none() {
            warn("nodes", id);
        }
        record
    });
    let shards =
        reply::fields(shards)?.filter_map(|(number, value)| match record::shard(number, value) {
            Some(record::ShardRecord::Acquired(lease)) => Some(lease),
            Some(record::ShardRecord::Released) => None,
            None => {
                warn("shards", number);
                None
            }
        });
    Some((position, FleetView::new(nodes, shards)))
}

fn warn(key: &str, field: &str) {
    tracing::warn!(
        key,
        field = %field.escape_debug(),
        "the leases on Redis have a value that no node of this version writes: if a newer version wrote it, update this node; \
         otherwise delete the field"
    );
}

impl Position {
    /// Reads the answer of XREAD, and goes on to the last entry of it. Nothing is read of an answer in doubt.
    pub(crate) fn read(&mut self, answer: &Value) -> Result<Vec<LeaseChange>, Doubt> {
        if *answer == Value::Nil {
            return Ok(Vec::new());
        }
        let entries = entries(answer).ok_or(Doubt::Unreadable)?;
        let mut changes = Vec::new();
        let mut position = self.clone();
        for entry in entries {
            let (id, number, text) = read_entry(entry).ok_or(Doubt::Unreadable)?;
            if number != position.number + 1 {
                return Err(Doubt::Gap);
            }
            position = Self {
                number,
                id: id.to_owned(),
            };
            match record::change(text) {
                Some(change) => changes.push(change),
                None => warn("changes", id),
            }
        }
        *self = position;
        Ok(changes)
    }
}

/// Returns the entries of the only stream in an answer of XREAD.
fn entries(answer: &Value) -> Option<&[Value]> {
    let [stream] = reply::list(answer)? else {
        return None;
    };
    let [_, entries] = reply::list(stream)? else {
        return None;
    };
    reply::list(entries)
}

fn read_entry(entry: &Value) -> Option<(&str, u64, &str)> {
    let [id, fields] = reply::list(entry)? else {
        return None;
    };
    let [_, number, _, change] = reply::list(fields)? else {
        return None;
    };
    Some((
        reply::text(id)?,
        reply::number(number)?,
        reply::text(change)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_coordinator::{Fence, NodeId, NodeLease};

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn texts(values: &[&str]) -> Value {
        Value::Array(values.iter().map(|it| text(it)).collect())
    }

    fn answer(entries: &[(&str, &str, &str)]) -> Value {
        let entries = entries.iter().map(|(id, number, change)| {
            let fields = texts(&["number", number, "change", change]);
            Value::Array(vec![text(id), fields])
        });
        let stream = vec![text("key"), Value::Array(entries.collect())];
        Value::Array(vec![Value::Array(stream)])
    }

    fn start() -> Position {
        Position {
            number: 4,
            id: "70-0".to_owned(),
        }
    }

    #[test]
    fn changes_are_read_in_their_order() {
        let mut position = start();
        let read = position.read(&answer(&[
            ("71-0", "5", "node-ended a 7"),
            ("71-1", "6", "junk"),
            ("72-0", "7", "node-ended b 7"),
        ]));
        let ended = |name| {
            LeaseChange::NodeEnded(NodeLease {
                node: NodeId::new(name).unwrap(),
                fence: Fence::new(7),
            })
        };
        assert_eq!(read, Ok(vec![ended("a"), ended("b")]));
        assert_eq!((position.number, position.id.as_str()), (7, "72-0"));
        assert_eq!(position.read(&Value::Nil), Ok(Vec::new()));
    }

    #[test]
    fn missing_and_unreadable_entries_are_noticed() {
        for (wrong, doubt) in [
            (answer(&[("71-0", "6", "node-ended a 7")]), Doubt::Gap),
            (answer(&[("71-0", "1", "node-ended a 7")]), Doubt::Gap),
            (
                answer(&[("71-0", "x", "node-ended a 7")]),
                Doubt::Unreadable,
            ),
            (Value::Okay, Doubt::Unreadable),
            (texts(&["key"]), Doubt::Unreadable),
        ] {
            let mut position = start();
            assert_eq!(position.read(&wrong), Err(doubt), "{wrong:?}");
            assert_eq!(position, start());
        }
    }

    #[test]
    fn snapshot_leaves_out_what_no_node_writes() {
        let snapshot = snapshot(&Value::Array(vec![
            text("4"),
            text("70-0"),
            texts(&["a", "1 7 active 9000 1", "b", "junk"]),
            texts(&["3", "1 16 8 a 7", "4", "1 16 8", "5", "junk"]),
        ]));
        let (position, view) = snapshot.unwrap();
        assert_eq!(position, start());
        assert_eq!((view.nodes().count(), view.shards().count()), (1, 1));
        for wrong in [
            Value::Nil,
            texts(&["4", "70-0"]),
            texts(&["4", "70-0", "a", "b"]),
        ] {
            assert_eq!(super::snapshot(&wrong), None, "{wrong:?}");
        }
    }
}
