//! The query of the gateway URL ([P1](gloaming_protocol::rules#p1)).

use crate::{
    compression::Compression,
    encoding::Encoding,
    finding::FindingKind,
    rule_table::{UNSUPPORTED_COMPRESSION, UNSUPPORTED_ENCODING, UNSUPPORTED_VERSION},
};

/// What a client requested in the URL.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct GatewayQuery {
    pub(crate) version: ApiVersion,
    pub(crate) encoding: Encoding,
    pub(crate) compression: Compression,
}

/// A version of the gateway that Discord lists as available.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum ApiVersion {
    V9,
    #[default]
    V10,
}

impl ApiVersion {
    /// The number in the URL and in READY.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::V9 => 9,
            Self::V10 => 10,
        }
    }
}

impl GatewayQuery {
    /// Parses a query string. Unknown keys are ignored, and the last of a repeated key counts.
    pub(crate) fn parse(query: &str) -> Result<Self, FindingKind> {
        let value = |key: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .rfind(|(name, _)| *name == key)
                .map(|(_, value)| value)
        };
        let version = match value("v") {
            Some("9") => ApiVersion::V9,
            Some("10") => ApiVersion::V10,
            _ => return Err(UNSUPPORTED_VERSION),
        };
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
            version,
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
    fn available_versions_are_served() {
        for (query, version) in [("v=9", ApiVersion::V9), ("v=10", ApiVersion::V10)] {
            assert_eq!(GatewayQuery::parse(query).unwrap().version, version);
        }
        for query in ["v=8", "v=11", "v=010", "v="] {
            assert_eq!(GatewayQuery::parse(query), Err(UNSUPPORTED_VERSION));
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
