//! What is compared, and what gloaming aims at.

use gloaming_protocol::Compression;

/// One comparison: the same traffic, received by several clients.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The traffic, by the name that gloaming-replay has for it.
    pub(crate) mix: &'static str,
    pub(crate) compression: Compression,
    /// What gloaming is compared with.
    pub(crate) reference: Client,
    pub(crate) gloaming: Client,
    /// The largest ratio of gloaming's cost to the reference's that is aimed at.
    pub(crate) target: Option<f64>,
}

/// A program and the form in which it receives.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Client {
    pub(crate) program: Program,
    pub(crate) mode: &'static str,
    /// What inflates zlib-stream; `None` for the client's default.
    pub(crate) inflater: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Program {
    Gloaming,
    Twilight,
    Floor,
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
    pub(crate) const FLOOR: Self = Self {
        program: Program::Floor,
        mode: "floor",
        inflater: None,
    };

    /// The mode, and the inflater if it is chosen.
    pub(crate) fn label(&self) -> String {
        let inflater = self.inflater.map(|inflater| format!(", {inflater}"));
        format!("{}{}", self.mode, inflater.unwrap_or_default())
    }

    const fn gloaming(mode: &'static str) -> Self {
        Self {
            program: Program::Gloaming,
            mode,
            inflater: None,
        }
    }

    const fn twilight(mode: &'static str) -> Self {
        Self {
            program: Program::Twilight,
            mode,
            inflater: None,
        }
    }
}

/// The same comparison with the inflater that is not gloaming's default.
const fn flate2(row: Row) -> Row {
    let gloaming = Client {
        inflater: Some("flate2"),
        ..row.gloaming
    };
    Row { gloaming, ..row }
}

const LARGE: &str = "large-bot";

const fn row(
    name: &'static str,
    mix: &'static str,
    compression: Compression,
    modes: (&'static str, &'static str),
    target: Option<f64>,
) -> Row {
    Row {
        name,
        mix,
        compression,
        reference: Client::twilight(modes.0),
        gloaming: Client::gloaming(modes.1),
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
    fn rows_of_the_same_traffic_stand_together() {
        let mut seen = Vec::new();
        for row in ROWS {
            let traffic = (row.mix, row.compression);
            if seen.last() != Some(&traffic) {
                assert!(!seen.contains(&traffic), "{traffic:?}");
                seen.push(traffic);
            }
        }
    }
}
