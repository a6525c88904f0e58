//! What the gateway writes.

use std::{borrow::Cow, fmt::Write as _, sync::Arc};

use serde_json::Value;

use crate::traffic::Deck;

/// One gateway payload, as text that is put together only when it is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Payload {
    /// A payload without a sequence: op 1, 7, 9, 10 or 11.
    Control(Arc<str>),
    /// An event.
    Dispatch(Dispatch),
}

impl Payload {
    pub(super) fn control(op: u64, d: &Value) -> Self {
        Self::Control(format!(r#"{{"t":null,"s":null,"op":{op},"d":{d}}}"#).into())
    }

    /// Appends the payload's JSON text to `out`.
    pub fn write_to(&self, out: &mut String) {
        match self {
            Self::Control(text) => out.push_str(text),
            Self::Dispatch(dispatch) => dispatch.write_to(out),
        }
    }

    /// The payload's JSON text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text);
        text
    }

    /// About how many bytes the text has.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Control(text) => text.len(),
            Self::Dispatch(dispatch) => dispatch.size(),
        }
    }
}

/// An event with its sequence. The data is shared by all sessions that get the event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dispatch {
    /// The event's name, `t`.
    pub name: Cow<'static, str>,
    /// The session's sequence number, `s`.
    pub sequence: u64,
    /// The event's data, `d`: JSON text.
    pub data: Arc<str>,
}

impl Dispatch {
    /// Appends the payload's JSON text to `out`, keys in the order that Discord writes them.
    pub fn write_to(&self, out: &mut String) {
        out.reserve(self.size());
        self.write_head(out);
        self.write_tail(out);
    }

    /// The part that differs from session to session.
    pub(crate) fn write_head(&self, out: &mut String) {
        out.push_str(r#"{"t":"#);
        write_name(&self.name, out);
        // Writing to a string can't fail.
        let _ = write!(out, r#","s":{}"#, self.sequence);
    }

    /// The rest.
    pub(crate) fn write_tail(&self, out: &mut String) {
        out.push_str(r#","op":0,"d":"#);
        out.push_str(&self.data);
        out.push('}');
    }

    fn size(&self) -> usize {
        self.data.len() + self.name.len() + 48
    }
}

fn write_name(name: &str, out: &mut String) {
    if name
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    {
        out.push('"');
        out.push_str(name);
        out.push('"');
    } else {
        out.push_str(&Value::from(name).to_string());
    }
}

/// A run of load events with consecutive sequences, taken from a deck of rendered ones.
#[derive(Clone, Debug)]
pub struct DispatchBatch {
    pub(crate) deck: Arc<Deck>,
    pub(crate) first_sequence: u64,
    pub(crate) count: u64,
}

impl DispatchBatch {
    /// The run's events in order.
    pub fn dispatches(&self) -> impl Iterator<Item = Dispatch> {
        (self.first_sequence..self.first_sequence + self.count)
            .map(|sequence| self.deck.dispatch(sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dispatch_is_written_in_discords_order() {
        let dispatch = Dispatch {
            name: "RESUMED".into(),
            sequence: 7,
            data: r#"{"_trace":[]}"#.into(),
        };
        assert_eq!(
            Payload::Dispatch(dispatch).to_text(),
            r#"{"t":"RESUMED","s":7,"op":0,"d":{"_trace":[]}}"#
        );
    }

    #[test]
    fn odd_names_are_escaped() {
        let dispatch = Dispatch {
            name: "A\"B".into(),
            sequence: 1,
            data: "null".into(),
        };
        let text = Payload::Dispatch(dispatch).to_text();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["t"], "A\"B");
    }

    #[test]
    fn control_payloads_have_null_sequence_and_name() {
        assert_eq!(
            Payload::control(11, &Value::Null).to_text(),
            r#"{"t":null,"s":null,"op":11,"d":null}"#
        );
    }
}
