//! The query of a gateway URL (P1).

/// How what the gateway sends is compressed.
///
/// As JSON: `"none"`, `"payload"`, `"zlib-stream"` or `"zstd-stream"`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compression {
    /// Not at all: text messages.
    #[default]
    None,
    /// Larger messages are whole zlib streams of their own, smaller ones text (P28).
    Payload,
    /// One zlib stream per connection, flushed at the end of each message (P29).
    ZlibStream,
    /// One zstd stream per connection, flushed at the end of each message (P30).
    ZstdStream,
}

/// What a client asked for in the URL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Query {
    pub(super) compression: Compression,
}

/// Why a query can't be served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum QueryError {
    Version,
    Encoding,
    Compression,
}

impl QueryError {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Version => "Invalid API version.",
            Self::Encoding => "Invalid encoding: this gateway speaks json.",
            Self::Compression => {
                "Invalid compression: this gateway speaks zlib-stream, zstd-stream, or none."
            }
        }
    }
}

impl Query {
    /// Reads a query string; what is not known in it is left alone, and of a repeated key the last counts.
    pub(super) fn parse(query: &str) -> Result<Self, QueryError> {
        let value = |key: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .rfind(|(name, _)| *name == key)
                .map(|(_, value)| value)
        };
        if value("v") != Some("10") {
            return Err(QueryError::Version);
        }
        if value("encoding").is_some_and(|encoding| encoding != "json") {
            return Err(QueryError::Encoding);
        }
        let compression = match value("compress") {
            None | Some("") => Compression::None,
            Some("zlib-stream") => Compression::ZlibStream,
            Some("zstd-stream") => Compression::ZstdStream,
            Some(_) => return Err(QueryError::Compression),
        };
        Ok(Self { compression })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_send() {
        for (value, compression) in [
            ("zlib-stream", Compression::ZlibStream),
            ("zstd-stream", Compression::ZstdStream),
            ("", Compression::None),
        ] {
            let query = Query::parse(&format!("v=10&encoding=json&compress={value}")).unwrap();
            assert_eq!(query.compression, compression);
        }
        assert_eq!(
            Query::parse("encoding=json&v=10").unwrap().compression,
            Compression::None
        );
    }

    #[test]
    fn refuses_what_the_gateway_does_not_speak() {
        assert_eq!(Query::parse(""), Err(QueryError::Version));
        assert_eq!(Query::parse("v=6"), Err(QueryError::Version));
        assert_eq!(Query::parse("v=10&encoding=xml"), Err(QueryError::Encoding));
        for value in ["lzma", "zstd", "zlib", "ZSTD-STREAM"] {
            assert_eq!(
                Query::parse(&format!("v=10&compress={value}")),
                Err(QueryError::Compression)
            );
        }
    }
}
