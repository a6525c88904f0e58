//! Timestamps in UTC.
//!
//! The decoder reads `2024-02-03T00:30:00+00:00`, with or without a fraction. It ignores another offset, and refuses the
//! other forms of ISO 8601 in which servers write times: `Z` after less than six digits of a fraction, an offset of
//! another length, and none.

use super::tree::{NodeId, NodeKind, Tree};
use twilight_model::util::Timestamp;

/// The timestamp in UTC, as JSON, if a value is a timestamp whose offset the decoder ignores.
pub(super) fn utc(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    let text = time_text(tree, node)?;
    Timestamp::parse(&text).ok()?;
    let has_offset = Parts::of(&text)?.offset_seconds != 0;
    has_offset.then(|| instant_of(&text).map(json))?
}

/// The timestamp in UTC, as JSON, if a value is a timestamp in a form that the decoder refuses.
pub(super) fn refused(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    let text = time_text(tree, node)?;
    match Timestamp::parse(&text) {
        Ok(_) => None,
        Err(_) => instant_of(&text).map(json),
    }
}

/// The instant of a timestamp of ISO 8601 with a date and a time, in the extended format. One without an offset is taken
/// as UTC. `None` for other texts.
pub(crate) fn instant_of(text: &str) -> Option<Timestamp> {
    // Discord's own form, without allocations.
    if text.ends_with("+00:00")
        && let Ok(utc) = Timestamp::parse(text)
    {
        return Some(utc);
    }
    let Parts {
        date,
        clock,
        seconds,
        fraction,
        offset_seconds,
    } = Parts::of(text)?;
    // More digits than those of microseconds are cut off.
    let micros = &fraction[..fraction.len().min(6)];
    let local = format!("{date}T{clock}:{seconds}.{micros:0<6}+00:00");
    let local = Timestamp::parse(&local).ok()?.as_micros();
    let utc = Timestamp::from_micros(local - offset_seconds * 1_000_000).ok()?;
    // A time before the year 0 has no text.
    let again = Timestamp::parse(&utc.iso_8601().to_string()).ok();
    (again == Some(utc)).then_some(utc)
}

/// The parts of a timestamp. The numbers are in no certain range, except the offset.
struct Parts<'a> {
    date: &'a str,
    /// Hours and minutes.
    clock: &'a str,
    seconds: &'a str,
    /// The digits after the point.
    fraction: &'a str,
    offset_seconds: i64,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (date, rest) = split(text, "0000-00-00")?;
        let rest = rest.strip_prefix(['T', 't'])?;
        let (clock, rest) = split(rest, "00:00")?;
        let (seconds, rest) = match rest.strip_prefix(':') {
            Some(rest) => split(rest, "00")?,
            None => ("00", rest),
        };
        let (fraction, offset) = match rest.strip_prefix(['.', ',']) {
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                match rest.split_at(digits) {
                    ("", _) => return None,
                    parts => parts,
                }
            }
            None => ("", rest),
        };
        Some(Self {
            date,
            clock,
            seconds,
            fraction,
            offset_seconds: offset_seconds(offset)?,
        })
    }
}

/// Splits off what has the form of `form`, in which each `0` stands for a digit.
fn split<'a>(text: &'a str, form: &str) -> Option<(&'a str, &'a str)> {
    let (start, rest) = text.split_at_checked(form.len())?;
    let mut pairs = start.bytes().zip(form.bytes());
    pairs
        .all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            _ => byte == form,
        })
        .then_some((start, rest))
}

/// Reads the offset at the end of a timestamp: `Z`, `+01:00`, `+0100`, `+01` or none.
fn offset_seconds(offset: &str) -> Option<i64> {
    let (sign, offset) = match offset.as_bytes() {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => (1, &offset[1..]),
        [b'-', ..] => (-1, &offset[1..]),
        _ => return None,
    };
    let (hours, rest) = split(offset, "00")?;
    let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
        "" if rest.is_empty() => "0",
        minutes => match split(minutes, "00")? {
            (minutes, "") => minutes,
            _ => return None,
        },
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

/// The text of a string that may be a timestamp.
fn time_text(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    // With quotes and escapes, which a time has no use for.
    const MAX_BYTES: usize = 128;

    let may_be_time =
        tree.node(node).kind == NodeKind::String && tree.node(node).span.len() <= MAX_BYTES;
    may_be_time.then(|| tree.string(node))?
}

fn json(utc: Timestamp) -> String {
    format!("\"{}\"", utc.iso_8601())
}

#[cfg(test)]
mod tests {
    use super::{instant_of, refused, utc};
    use crate::event::repair::tree::Tree;

    fn of(json: &str) -> Option<String> {
        utc(&Tree::parse(json).unwrap(), 0)
    }

    fn refused_of(json: &str) -> Option<String> {
        refused(&Tree::parse(json).unwrap(), 0)
    }

    #[test]
    fn times_with_an_offset_are_converted() {
        for (time, expected) in [
            (
                "2024-02-03T00:30:00.148+01:00",
                "2024-02-02T23:30:00.148000+00:00",
            ),
            (
                "2024-12-31T20:00:00-05:30",
                "2025-01-01T01:30:00.000000+00:00",
            ),
            (
                "2024-02-03T12:30:00+11:15",
                "2024-02-03T01:15:00.000000+00:00",
            ),
            (
                "2024-02-03T00:30:00.123456789\\u002b00:01",
                "2024-02-03T00:29:00.123456+00:00",
            ),
        ] {
            let expected = format!("\"{expected}\"");
            let json = format!("\"{time}\"");
            assert_eq!(of(&json), Some(expected), "{time}");
            assert_eq!(refused_of(&json), None, "{time}");
        }
    }

    #[test]
    fn forms_that_the_decoder_refuses_are_read() {
        for (time, expected) in [
            ("2024-02-03T00:30:00Z", "2024-02-03T00:30:00.000000+00:00"),
            (
                "2024-02-03T00:30:00.148Z",
                "2024-02-03T00:30:00.148000+00:00",
            ),
            ("2024-02-03t00:30:00z", "2024-02-03T00:30:00.000000+00:00"),
            ("2024-02-03T00:30Z", "2024-02-03T00:30:00.000000+00:00"),
            (
                "2024-02-03T00:30:00,5+0130",
                "2024-02-02T23:00:00.500000+00:00",
            ),
            (
                "2024-02-03T00:30:00.148-02",
                "2024-02-03T02:30:00.148000+00:00",
            ),
            (
                "2024-02-03T00:30:00.148",
                "2024-02-03T00:30:00.148000+00:00",
            ),
            (
                "2024-02-03T00:30:00.123456",
                "2024-02-03T00:30:00.123456+00:00",
            ),
        ] {
            let expected = format!("\"{expected}\"");
            let json = format!("\"{time}\"");
            assert_eq!(refused_of(&json), Some(expected), "{time}");
            assert_eq!(of(&json), None, "{time}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for json in [
            r#""""#,
            r#""2024-02-03T00:30:00.148+00:00""#,
            r#""2024-02-03T00:30:00.148-00:00""#,
            r#""2024-02-03T00:30:00.148000000Z""#,
            r#""2024-02-03T00:30:00.148+1:000""#,
            r#""2024-02-03T00:30:00.148+99:99""#,
            r#""2024-02-03T00:30:00.148+24:00""#,
            r#""2024-02-03T00:30:00.148+00:60""#,
            r#""2024-02-03T00:30:00.148+2430""#,
            r#""2024-02-33T00:30:00.148+01:00""#,
            r#""2024-02-33T00:30:00Z""#,
            r#""2024-02-03T25:30:00Z""#,
            r#""2024-02-03T00:30:00.Z""#,
            r#""2024-02-03T00:30:00ZZ""#,
            r#""2024-02-03T00:30:00 Z""#,
            r#""2024-02-03T00:30:00+01:""#,
            r#""2024-02-03T00:30:00+01:000""#,
            r#""2024-02-03T00:30:00+1""#,
            r#""2024-02-03T""#,
            r#""2024-02-03""#,
            r#""20240203T003000Z""#,
            r#""at 2024-02-03T00:30:00+01:00""#,
            r#""éééééééééééééééééééé""#,
            r#"["2024-02-03T00:30:00.148+01:00"]"#,
            "20240203003000148000000000000000",
        ] {
            assert_eq!((of(json), refused_of(json)), (None, None), "{json}");
        }
    }

    #[test]
    fn long_strings_are_not_read() {
        let escaped = |time: &str| {
            let escape = |byte: u8| format!("\\u{byte:04x}");
            format!("\"{}\"", String::from_iter(time.bytes().map(escape)))
        };
        let short = escaped("2024-02-03T00:30Z");
        assert!(short.len() < 128 && refused_of(&short).is_some(), "{short}");
        let long = escaped("2024-02-03T00:30:00.148Z");
        assert!(long.len() > 128 && refused_of(&long).is_none(), "{long}");
    }

    #[test]
    fn times_past_the_range_are_not() {
        assert_eq!(of(r#""0000-01-01T00:00:00+01:00""#), None);
        assert_eq!(of(r#""9999-12-31T23:59:59-01:00""#), None);
        assert_eq!(refused_of(r#""0000-01-01T00:00:00+0100""#), None);
    }

    #[test]
    fn instant_of_a_form_that_the_decoder_reads_is_the_same() {
        let instant = instant_of("2024-02-03T00:30:00.148000+00:00").unwrap();
        assert_eq!(instant_of("2024-02-03T01:30:00.148+01:00"), Some(instant));
        assert_eq!(instant_of("2024-02-03T00:30:00.148Z"), Some(instant));
    }
}
