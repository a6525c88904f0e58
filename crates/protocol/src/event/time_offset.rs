//! Finds events with a timestamp that has an offset from UTC, which twilight-model ignores.
//!
//! Discord writes its own times in UTC, and echoes others as an application wrote them: a change of the audit log may
//! have the offset of the request that caused it.

use crate::dispatch::DispatchKind;
use memchr::memchr_iter;

/// Whether `data`, the `d` of an event of this kind or more, contains a string that looks like such a timestamp.
///
/// For an event without one, the cost is a search for the letter `T`, which few strings except timestamps contain.
#[inline]
pub(super) fn occurs(kind: DispatchKind, data: &str) -> bool {
    has_times(kind) && memchr_iter(b'T', data.as_bytes()).any(|at| is_in_time(data.as_bytes(), at))
}

/// Whether the type of the event has timestamps. Most events do, in a message, a member or a guild; of those that do
/// not, these are frequent.
const fn has_times(kind: DispatchKind) -> bool {
    !matches!(
        kind,
        DispatchKind::MessageDelete | DispatchKind::ReactionRemove | DispatchKind::PresenceUpdate
    )
}

/// Whether the `T` at this position is that of `"2024-02-03T00:30:00.148+01:00"`.
#[inline]
fn is_in_time(text: &[u8], at: usize) -> bool {
    const QUOTE_AND_DATE: usize = "\"2024-02-03".len();
    const TIME: usize = "T00:30:00".len();
    const MICROSECONDS: usize = ".148000".len();
    const UTC: &[u8; 7] = b"+00:00\"";

    // Nearly all timestamps have this form, which costs the least.
    if let Some(end) = text.get(at + TIME..at + TIME + MICROSECONDS + UTC.len())
        && end[MICROSECONDS..] == *UTC
    {
        return false;
    }
    let Some(start) = at.checked_sub(QUOTE_AND_DATE) else {
        return false;
    };
    if text[start] != b'"' || text[at - 1].wrapping_sub(b'0') > 9 {
        return false;
    }
    let mut rest = text.get(at + TIME..).unwrap_or_default();
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit());
        rest = &fraction[digits.count()..];
    }
    match rest {
        [b'+' | b'-', offset @ ..] => offset.get(5) == Some(&b'"') && !offset.starts_with(b"00:00"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::occurs;
    use crate::dispatch::DispatchKind;

    fn is_found(text: &str) -> bool {
        occurs(DispatchKind::MessageCreate, text)
    }

    #[test]
    fn only_strings_that_are_times_with_an_offset_are_found() {
        for found in [
            r#""2024-02-03T00:30:00.148+01:00""#,
            r#"{"a":"2024-02-03T00:30:00-05:30"}"#,
            r#"{"a":"T","b":"2024-02-03T00:30:00.148000+00:01"}"#,
            r#""2024-02-09T00:30:00+01:00""#,
            r#""2024-02-10T00:30:00+01:00""#,
        ] {
            assert!(is_found(found), "{found}");
        }
        for other in [
            "",
            "T",
            r#""T""#,
            r#""2024-02-03T"#,
            r#""2024-02-03T00:30:00"#,
            r#""2024-02-03T00:30:00.148"#,
            r#""2024-02-03T00:30:00+01:00"#,
            r#""2024-02-03T00:30:00+01:00.""#,
            r#""2024-02-03T00:30:00.148Z""#,
            r#""2024-02-03T00:30:00.148+00:00""#,
            r#""2024-02-03T00:30:00.148000+00:00""#,
            r#""2024-02-03T00:30:00-00:00""#,
            r#""on 2024-02-03T00:30:00+01:00""#,
            r#""SOME-WORDST00:30:00+01:00""#,
        ] {
            assert!(!is_found(other), "{other}");
        }
        // A presence has no timestamps.
        let text = r#""2024-02-03T00:30:00+01:00""#;
        assert!(!occurs(DispatchKind::PresenceUpdate, text));
    }
}
