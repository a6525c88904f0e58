//! The answers of scripts, which are read without trust: another program may have written what they tell.

use redis::Value;

/// Reads a text.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

/// Reads a number, which scripts return as a text.
pub(crate) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        value => text(value)?.parse().ok(),
    }
}

/// Reads a list.
pub(crate) fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

/// Reads the fields of a hash, and their values. What is no text is left out.
pub(crate) fn fields(value: &Value) -> Option<impl Iterator<Item = (&str, &str)>> {
    let pairs = list(value)?.chunks_exact(2);
    Some(pairs.filter_map(|pair| Some((text(&pair[0])?, text(&pair[1])?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn values_of_other_types_are_refused() {
        assert_eq!(number(&bytes("18446744073709551615")), Some(u64::MAX));
        assert_eq!(number(&Value::Int(7)), Some(7));
        for value in [
            Value::Nil,
            Value::Int(-1),
            bytes("18446744073709551616"),
            bytes("x"),
            Value::BulkString(vec![0xff]),
            Value::Array(Vec::new()),
        ] {
            assert_eq!(number(&value), None, "{value:?}");
        }
        assert_eq!(text(&Value::Okay), None);
        assert_eq!(list(&Value::Nil), None);
    }

    #[test]
    fn fields_are_read_in_pairs() {
        let hash = Value::Array(vec![
            bytes("a"),
            bytes("1"),
            Value::Nil,
            bytes("2"),
            bytes("b"),
        ]);
        let read: Vec<_> = fields(&hash).unwrap().collect();
        assert_eq!(read, [("a", "1")]);
        assert!(fields(&bytes("a")).is_none());
    }
}
