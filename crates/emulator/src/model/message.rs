//! How the messages of clients are decoded.

use serde_json::Value;

use super::client_payload::Envelope;
use crate::{
    encoding::Encoding,
    etf::{self, EtfError, Fault},
    finding::FindingKind,
    rule_table::{ATOM_AS_KEY, COMPRESSED_MESSAGE, MALFORMED_ETF, MALFORMED_PAYLOAD, TEXT_MESSAGE},
};

/// A message of a client.
#[derive(Clone, Copy)]
pub(crate) enum Message<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

/// Why a message has no payload.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Undecodable {
    pub(crate) kind: FindingKind,
    /// Where it is not ETF.
    pub(crate) cause: Option<EtfError>,
}

impl Message<'_> {
    /// The size in bytes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// The payload in the message, on a connection with this encoding.
    pub(crate) fn decode(self, encoding: Encoding) -> Result<Envelope, Undecodable> {
        let envelope = match (encoding, self) {
            (Encoding::Json, Self::Text(text)) => serde_json::from_str(text),
            (Encoding::Json, Self::Binary(bytes)) => serde_json::from_slice(bytes),
            (Encoding::Etf, Self::Binary(bytes)) => serde_json::from_value(decode_etf(bytes)?),
            (Encoding::Etf, Self::Text(_)) => return Err(TEXT_MESSAGE.into()),
        };
        envelope.map_err(|_| MALFORMED_PAYLOAD.into())
    }
}

impl From<FindingKind> for Undecodable {
    fn from(kind: FindingKind) -> Self {
        Self { kind, cause: None }
    }
}

fn decode_etf(bytes: &[u8]) -> Result<Value, Undecodable> {
    etf::decode(bytes).map_err(|error| Undecodable {
        kind: match error.fault() {
            Fault::AtomKey => ATOM_AS_KEY,
            Fault::Compressed => COMPRESSED_MESSAGE,
            _ => MALFORMED_ETF,
        },
        cause: Some(error),
    })
}
