//! What is compared, and what gloaming aims at.

use gloaming_protocol::Compression;

/// One comparison: the same traffic, received by several clients.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) traffic: Traffic,
    /// What gloaming is compared with.
    pub(crate) reference: Client,
    pub(crate) gloaming: Client,
    /// The largest ratio of gloaming's cost to the reference's that is aimed at.
    pub(crate) target: Option<f64>,
}

/// What a server sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Traffic {
    /// The name that gloaming-replay has for it.
    pub(crate) mix: &'static str,
    pub(crate) compression: Compression,
    /// Whether it is sent with TLS.
    pub(crate) is_encrypted: bool,
}

impl Traffic {
    pub(crate) const fn of(mix: &'static str, compression: Compression) -> Self {
        Self {
            mix,
            compression,
            is_encrypted: false,
        }
    }

    pub(crate) const fn encrypted(self) -> Self {
        Self {
            is_encrypted: true,
            ..self
        }
    }

    /// The numbers of events of the two runs of which instructions are counted.
    pub(crate) fn counted_events(self) -> [u64; 2] {
        match self.mix {
            STARTUP => [20, 100],
            _ => [1_000, 5_000],
        }
    }

    /// The number of events of which CPU time is measured, if it is `usual` for events of a usual size.
    pub(crate) fn timed_events(self, usual: u64) -> u64 {
        match self.mix {
            STARTUP => usual / 200,
            _ => usual,
        }
    }
}

/// A program and the form in which it receives.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Client {
    pub(crate) program: Program,
    pub(crate) mode: &'static str,
    /// What inflates zlib-stream; `None` for the client's default.
    pub(crate) inflater: Option<&'static str>,
    /// What parses typed events; `None` for the client's default.
    pub(crate) parser: Option<&'static str>,
    pub(crate) tls: Tls,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Program {
    Gloaming,
    Twilight,
    Floor,
}

/// What encrypts, if a connection is encrypted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Tls {
    Rustls,
    /// The library of the system.
    Native,
}

impl Program {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gloaming => "gloaming",
            Self::Twilight => "twilight-gateway",
            Self::Floor => "floor",
        }
    }
}

impl Client {
    /// What every client does at least.
    pub(crate) const FLOOR: Self = Self::of(Program::Floor, "floor");

    pub(crate) const fn of(program: Program, mode: &'static str) -> Self {
        Self {
            program,
            mode,
            inflater: None,
            parser: None,
            tls: Tls::Rustls,
        }
    }

    pub(crate) const fn with_tls(self, tls: Tls) -> Self {
        Self { tls, ..self }
    }

    pub(crate) const fn with_inflater(self, inflater: Option<&'static str>) -> Self {
        Self { inflater, ..self }
    }

    const fn with_simd_json(self) -> Self {
        Self {
            parser: Some("simd"),
            ..self
        }
    }

    /// The mode, and what is chosen.
    pub(crate) fn label(&self) -> String {
        let native = (self.tls == Tls::Native).then_some("native");
        let chosen = [self.inflater, self.parser, native];
        let words = std::iter::once(self.mode).chain(chosen.into_iter().flatten());
        words.collect::<Vec<_>>().join(", ")
    }
}

/// The same comparison with the inflater that is not gloaming's default.
const fn flate2(row: Row) -> Row {
    let gloaming = row.gloaming.with_inflater(Some("flate2"));
    Row { gloaming, ..row }
}

/// The same comparison with the parser that is neither client's default.
const fn simd_json(row: Row) -> Row {
    Row {
        reference: row.reference.with_simd_json(),
        gloaming: row.gloaming.with_simd_json(),
        ..row
    }
}

/// The same comparison over `wss://`.
const fn encrypted(row: Row) -> Row {
    let traffic = row.traffic.encrypted();
    Row { traffic, ..row }
}

const LARGE: &str = "large-bot";
const STARTUP: &str = "startup";

/// The forms of twilight-gateway, which is compiled once for each.
pub(crate) const TWILIGHTS: [(Compression, Client); 6] = {
    let plain = Client::of(Program::Twilight, "");
    [
        (Compression::None, plain),
        (Compression::ZlibStream, plain),
        (Compression::ZstdStream, plain),
        (Compression::None, plain.with_simd_json()),
        (Compression::ZlibStream, plain.with_simd_json()),
        (Compression::ZlibStream, plain.with_tls(Tls::Native)),
    ]
};

const fn row(
    name: &'static str,
    mix: &'static str,
    compression: Compression,
    modes: (&'static str, &'static str),
    target: Option<f64>,
) -> Row {
    Row {
        name,
        traffic: Traffic::of(mix, compression),
        reference: Client::of(Program::Twilight, modes.0),
        gloaming: Client::of(Program::Gloaming, modes.1),
        target,
    }
}

/// Every comparison. Rows of the same traffic stand together, and share a server.
pub(crate) const ROWS: &[Row] = {
    use Compression::{None as Plain, ZlibStream as Zlib, ZstdStream as Zstd};
    &[
        row("raw, zlib-stream", LARGE, Zlib, ("raw", "raw"), Some(0.52)),
        flate2(row(
            "raw, zlib-stream, flate2",
            LARGE,
            Zlib,
            ("raw", "raw"),
            None,
        )),
        row(
            "borrowed, zlib-stream",
            LARGE,
            Zlib,
            ("raw", "borrowed"),
            None,
        ),
        row(
            "MESSAGE_CREATE, zlib-stream",
            LARGE,
            Zlib,
            ("filter", "filter"),
            Some(0.60),
        ),
        row(
            "typed, zlib-stream",
            LARGE,
            Zlib,
            ("typed", "typed"),
            Some(0.68),
        ),
        flate2(row(
            "typed, zlib-stream, flate2",
            LARGE,
            Zlib,
            ("typed", "typed"),
            None,
        )),
        simd_json(row(
            "typed, zlib-stream, simd-json",
            LARGE,
            Zlib,
            ("typed", "typed"),
            None,
        )),
        row(
            "views, zlib-stream",
            LARGE,
            Zlib,
            ("typed", "views"),
            Some(0.35),
        ),
        row(
            "typed through a cluster, zlib-stream",
            LARGE,
            Zlib,
            ("typed", "cluster-current"),
            None,
        ),
        row("raw, zstd-stream", LARGE, Zstd, ("raw", "raw"), Some(0.80)),
        row(
            "typed, zstd-stream",
            LARGE,
            Zstd,
            ("typed", "typed"),
            Some(0.80),
        ),
        row("raw, plain", LARGE, Plain, ("raw", "raw"), Some(0.50)),
        row("borrowed, plain", LARGE, Plain, ("raw", "borrowed"), None),
        row(
            "MESSAGE_CREATE, plain",
            LARGE,
            Plain,
            ("filter", "filter"),
            Some(0.75),
        ),
        row("typed, plain", LARGE, Plain, ("typed", "typed"), Some(0.78)),
        row("views, plain", LARGE, Plain, ("typed", "views"), Some(0.20)),
        row(
            "typed through a cluster, plain",
            LARGE,
            Plain,
            ("typed", "cluster-current"),
            None,
        ),
        simd_json(row(
            "typed, plain, simd-json",
            LARGE,
            Plain,
            ("typed", "typed"),
            None,
        )),
        row(
            "typed, zlib-stream, no presences",
            "no-presences",
            Zlib,
            ("typed", "typed"),
            None,
        ),
        row(
            "typed, zlib-stream, small bot",
            "small-bot",
            Zlib,
            ("typed", "typed"),
            None,
        ),
        encrypted(row(
            "raw, zlib-stream, wss",
            LARGE,
            Zlib,
            ("raw", "raw"),
            None,
        )),
        encrypted(row(
            "typed, zlib-stream, wss",
            LARGE,
            Zlib,
            ("typed", "typed"),
            None,
        )),
        encrypted(row("raw, plain, wss", LARGE, Plain, ("raw", "raw"), None)),
        encrypted(row(
            "typed, plain, wss",
            LARGE,
            Plain,
            ("typed", "typed"),
            None,
        )),
        row(
            "start-up, raw, zlib-stream",
            STARTUP,
            Zlib,
            ("raw", "raw"),
            None,
        ),
        row(
            "start-up, typed, zlib-stream",
            STARTUP,
            Zlib,
            ("typed", "typed"),
            None,
        ),
        row("start-up, raw, plain", STARTUP, Plain, ("raw", "raw"), None),
        row(
            "start-up, typed, plain",
            STARTUP,
            Plain,
            ("typed", "typed"),
            None,
        ),
    ]
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rows_have_names_of_their_own() {
        let names: HashSet<_> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ROWS.len());
    }

    #[test]
    fn twilight_is_compiled_for_every_row() {
        for row in ROWS {
            let form = |client: Client| (client.parser, client.tls);
            let is_compiled = TWILIGHTS.iter().any(|(compression, client)| {
                (*compression, form(*client)) == (row.traffic.compression, form(row.reference))
            });
            assert!(is_compiled, "{}", row.name);
        }
    }

    #[test]
    fn rows_of_the_same_traffic_stand_together() {
        let mut seen = Vec::new();
        for row in ROWS {
            let traffic = row.traffic;
            if seen.last() != Some(&traffic) {
                assert!(!seen.contains(&traffic), "{traffic:?}");
                seen.push(traffic);
            }
        }
    }
}
