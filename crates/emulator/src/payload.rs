//! The payloads that the gateway sends.

use std::{borrow::Cow, fmt::Write as _, sync::Arc};

use serde_json::Value;

use crate::etf;

/// A payload of the gateway. Its text is assembled when it is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Payload {
    /// A payload without a sequence: op 1, 7, 9, 10 or 11.
    Control(Arc<str>),
    /// A dispatch.
    Dispatch(Dispatch),
}

impl Payload {
    pub(crate) fn control(op: u64, d: &Value) -> Self {
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

    /// The payload in Erlang's External Term Format, for a connection with [`Encoding::Etf`](crate::model::Encoding::Etf).
    ///
    /// The text of a fault that is not JSON becomes a term that ends too early.
    #[must_use]
    pub fn to_etf(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size());
        match self {
            Self::Control(text) => etf::write_control(text, &mut out),
            Self::Dispatch(dispatch) => dispatch.write_etf_to(&mut out),
        }
        out
    }

    /// The approximate size of the text in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Control(text) => text.len(),
            Self::Dispatch(dispatch) => dispatch.size(),
        }
    }
}

/// An event and its sequence. All sessions that get the event share its data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dispatch {
    /// The event's name (`t`).
    pub name: Cow<'static, str>,
    /// The sequence in the session (`s`).
    pub sequence: u64,
    /// The event's data (`d`) as JSON text.
    pub data: Arc<str>,
}

impl Dispatch {
    /// Appends the payload's JSON text to `out`. The keys have the order in which Discord writes them.
    pub fn write_to(&self, out: &mut String) {
        out.reserve(self.size());
        self.write_head(out);
        self.write_tail(out);
    }

    /// Appends the payload in Erlang's External Term Format to `out`.
    pub fn write_etf_to(&self, out: &mut Vec<u8>) {
        etf::write_dispatch(&self.name, self.sequence, &self.data, out);
    }

    /// Appends the part that differs between sessions.
    pub(crate) fn write_head(&self, out: &mut String) {
        out.push_str(r#"{"t":"#);
        write_name(&self.name, out);
        // Writing to a `String` does not fail.
        let _ = write!(out, r#","s":{}"#, self.sequence);
    }

    /// Appends the rest.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_dispatch_have_discords_order() {
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
    fn names_are_escaped() {
        let dispatch = Dispatch {
            name: "A\"B".into(),
            sequence: 1,
            data: "null".into(),
        };
        let text = Payload::Dispatch(dispatch).to_text();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["t"], "A\"B");
    }

    #[test]
    fn control_payloads_have_neither_sequence_nor_name() {
        assert_eq!(
            Payload::control(11, &Value::Null).to_text(),
            r#"{"t":null,"s":null,"op":11,"d":null}"#
        );
    }
}
