//! Timestamps in UTC.

use super::tree::{NodeId, NodeKind, Tree};
use twilight_model::util::Timestamp;

/// The timestamp in UTC, as JSON, if a value is a timestamp with an offset from UTC.
pub(super) fn utc(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    if tree.node(node).kind != NodeKind::String {
        return None;
    }
    let utc = instant_of(&tree.string(node)?)?;
    Some(format!("\"{}\"", utc.iso_8601()))
}

/// The instant of a timestamp with an offset from UTC, which twilight-model would ignore. `None` for other texts.
pub(crate) fn instant_of(text: &str) -> Option<Timestamp> {
    let offset = offset_seconds(text).filter(|&offset| offset != 0)?;
    // Without the offset.
    let local = Timestamp::parse(text).ok()?.as_micros();
    let utc = Timestamp::from_micros(local - offset * 1_000_000).ok()?;
    // A time before the year 0 has no text.
    let again = Timestamp::parse(&utc.iso_8601().to_string()).ok();
    (again == Some(utc)).then_some(utc)
}

/// The offset at the end of a timestamp.
fn offset_seconds(time: &str) -> Option<i64> {
    let offset = time.as_bytes().last_chunk::<6>()?;
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = offset else {
        return None;
    };
    let digits = [h1, h2, m1, m2];
    if !digits.iter().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let [h1, h2, m1, m2] = digits.map(|digit| i64::from(digit - b'0'));
    let seconds = ((h1 * 10 + h2) * 60 + m1 * 10 + m2) * 60;
    Some(if *sign == b'-' { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::utc;
    use crate::event::repair::tree::Tree;

    fn of(json: &str) -> Option<String> {
        utc(&Tree::parse(json).unwrap(), 0)
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
            assert_eq!(of(&format!("\"{time}\"")), Some(expected), "{time}");
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
            r#""2024-02-33T00:30:00.148+01:00""#,
            r#""at 2024-02-03T00:30:00+01:00""#,
            r#""éééééééééééééééééééé""#,
            r#"["2024-02-03T00:30:00.148+01:00"]"#,
            "20240203003000148000000000000000",
        ] {
            assert_eq!(of(json), None, "{json}");
        }
    }

    #[test]
    fn times_past_the_range_are_not() {
        assert_eq!(of(r#""0000-01-01T00:00:00+01:00""#), None);
        assert_eq!(of(r#""9999-12-31T23:59:59-01:00""#), None);
    }
}
