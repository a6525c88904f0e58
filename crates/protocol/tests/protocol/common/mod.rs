//! What the integration tests share.

#![allow(dead_code, reason = "each test uses its own part")]

#[cfg(any(
    feature = "zlib-ng",
    feature = "zlib-stock",
    feature = "zlib-system",
    feature = "zstd"
))]
pub(crate) mod damage;
pub(crate) mod json;

use gloaming_protocol::JsonParser;
#[cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]
pub(crate) use gloaming_test_support::zlib;
#[cfg(feature = "zstd")]
pub(crate) use gloaming_test_support::zstd;
use std::fs;
use std::path::Path;

/// The `d` of a documented event.
pub(crate) fn dispatch_fixture(name: &str) -> String {
    let text = fixture(&format!("dispatch/{name}.json"));
    String::from_utf8(text).expect("fixtures are text")
}

/// A payload that the documentation shows for sending.
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

/// A dispatch with the gateway's key order.
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
