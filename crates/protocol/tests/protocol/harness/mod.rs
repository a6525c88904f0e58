//! Fixtures and helpers that the integration tests share.

#![allow(dead_code, reason = "which helpers are used depends on the features")]

pub(crate) mod corruption;
pub(crate) mod json;

use gloaming_protocol::JsonParser;
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
pub(crate) use gloaming_test_support::zlib;
pub(crate) use gloaming_test_support::zstd;
use std::fs;
use std::path::Path;

/// The `d` of a documented event.
pub(crate) fn dispatch_fixture(name: &str) -> String {
    let text = fixture(&format!("dispatch/{name}.json"));
    String::from_utf8(text).expect("fixtures are text")
}

/// A documented payload that clients send.
pub(crate) fn send_fixture(name: &str) -> String {
    let text = fixture(&format!("send/{name}.json"));
    String::from_utf8(text).expect("fixtures are text")
}

pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a dispatch, with the gateway's key order.
pub(crate) fn dispatch_text(name: &str, sequence: u64, data: &str) -> String {
    format!(
        r#"{{"t":"{name}","s":{sequence},"op":0,"d":{}}}"#,
        data.trim_end()
    )
}

/// Every parser that is compiled in.
pub(crate) fn parsers() -> impl Iterator<Item = JsonParser> {
    JsonParser::ALL
        .into_iter()
        .filter(|parser| parser.is_available())
}

/// Makes a test with each inflater of each function.
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
macro_rules! with_each_inflater {
    ($($name:ident)*) => {
        mod flate2 {
            $(
                #[test]
                fn $name() {
                    super::$name(gloaming_protocol::Inflater::Flate2);
                }
            )*
        }

        mod built_in {
            $(
                #[test]
                fn $name() {
                    super::$name(gloaming_protocol::Inflater::BuiltIn);
                }
            )*
        }
    };
}
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
pub(crate) use with_each_inflater;
