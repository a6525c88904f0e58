//! How payloads are encoded.

/// How the payloads of a connection are encoded, in both directions ([P1](gloaming_protocol::rules#p1)).
///
/// As JSON: `"json"` or `"etf"`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Encoding {
    /// JSON, in text messages unless they are compressed.
    #[default]
    Json,
    /// Erlang's External Term Format, in binary messages ([P23](gloaming_protocol::rules#p23)).
    Etf,
}
