use super::{EncodeError, EncodeErrorKind};
use crate::limits::MAX_COMMAND_BYTES;
use crate::opcode::OpCode;
use serde::Serialize;

/// Checks that a payload has at most [`MAX_COMMAND_BYTES`] ([P21](crate::rules#p21)).
///
/// # Errors
///
/// Returns [`EncodeErrorKind::TooLarge`] if it is larger.
pub const fn check_size(payload: &str) -> Result<(), EncodeError> {
    let bytes = payload.len();
    if bytes > MAX_COMMAND_BYTES {
        return Err(EncodeError::new(EncodeErrorKind::TooLarge { bytes }));
    }
    Ok(())
}

/// Encodes `{"op": …, "d": …}` and checks its size.
pub(super) fn encode_payload(op: OpCode, data: &impl Serialize) -> Result<String, EncodeError> {
    #[derive(Serialize)]
    struct Outgoing<'a, T> {
        op: u64,
        d: &'a T,
    }

    encode_checked(&Outgoing {
        op: op.number(),
        d: data,
    })
}

/// Encodes a whole payload and checks its size.
pub(super) fn encode_checked(payload: &impl Serialize) -> Result<String, EncodeError> {
    let text = serde_json::to_string(payload).map_err(EncodeError::serialize)?;
    check_size(&text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::encode_checked;
    use crate::EncodeErrorKind;
    use std::collections::HashMap;
    use std::error::Error;

    #[test]
    fn a_value_without_json_fails_with_its_cause() {
        let keys_are_strings = HashMap::from([([1, 2], "value")]);
        let error = encode_checked(&keys_are_strings).unwrap_err();
        assert_eq!(error.kind(), EncodeErrorKind::Serialize);
        let source = error.source().unwrap().to_string();
        assert!(source.contains("key must be a string"), "{source}");
    }
}
