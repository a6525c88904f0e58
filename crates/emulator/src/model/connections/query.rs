//! The query of the gateway URL ([P1](gloaming_protocol::rules#p1)).

use crate::{
    compression::Compression,
    encoding::Encoding,
    violation_kinds::{
        UNSUPPORTED_COMPRESSION, UNSUPPORTED_ENCODING, UNSUPPORTED_VERSION, ViolationKind,
    },
};

/// What a client requested in the URL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct GatewayQuery {
    pub(crate) encoding: Encoding,
    pub(crate) compression: Compression,
}

impl GatewayQuery {
    /// Parses a query string. Unknown keys are ignored, and the last of a repeated key counts.
    pub(crate) fn parse(query: &str) -> Result<Self, ViolationKind> {
        let value = |key: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .rfind(|(name, _)| *name == key)
                .map(|(_, value)| value)
        };
        if value("v") != Some("10") {
            return Err(UNSUPPORTED_VERSION);
        }
        let encoding = match value("encoding") {
            None | Some("json") => Encoding::Json,
            Some("etf") => Encoding::Etf,
            Some(_) => return Err(UNSUPPORTED_ENCODING),
        };
        let compression = match value("compress") {
            None | Some("") => Compression::None,
            Some("zlib-stream") => Compression::ZlibStream,
            Some("zstd-stream") => Compression::ZstdStream,
            Some(_) => return Err(UNSUPPORTED_COMPRESSION),
        };
        Ok(Self {
            encoding,
            compression,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supported_queries_are_parsed() {
        for (value, compression) in [
            ("zlib-stream", Compression::ZlibStream),
            ("zstd-stream", Compression::ZstdStream),
            ("", Compression::None),
        ] {
            let query =
                GatewayQuery::parse(&format!("v=10&encoding=json&compress={value}")).unwrap();
            assert_eq!(query.compression, compression);
        }
        assert_eq!(
            GatewayQuery::parse("encoding=json&v=10")
                .unwrap()
                .compression,
            Compression::None
        );
    }

    #[test]
    fn encoding_is_json_unless_etf_is_requested() {
        for (query, encoding) in [
            ("v=10", Encoding::Json),
            ("v=10&encoding=json", Encoding::Json),
            ("encoding=etf&v=10&compress=zlib-stream", Encoding::Etf),
        ] {
            assert_eq!(GatewayQuery::parse(query).unwrap().encoding, encoding);
        }
    }

    #[test]
    fn unsupported_queries_are_violations() {
        assert_eq!(GatewayQuery::parse(""), Err(UNSUPPORTED_VERSION));
        assert_eq!(GatewayQuery::parse("v=6"), Err(UNSUPPORTED_VERSION));
        assert_eq!(
            GatewayQuery::parse("v=10&encoding=xml"),
            Err(UNSUPPORTED_ENCODING)
        );
        for value in ["lzma", "zstd", "zlib", "ZSTD-STREAM"] {
            assert_eq!(
                GatewayQuery::parse(&format!("v=10&compress={value}")),
                Err(UNSUPPORTED_COMPRESSION)
            );
        }
    }
}
