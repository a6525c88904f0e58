use crate::encode_error::{EncodeError, EncodeErrorKind};
use crate::limits::MAX_COMMAND_BYTES;
use crate::{OpCode, Token};
use serde::Serialize;

/// Checks a payload that is about to be sent against [`MAX_COMMAND_BYTES`] (P21).
///
/// # Errors
///
/// If it is larger, [`EncodeErrorKind::TooLarge`].
pub const fn check_size(payload: &str) -> Result<(), EncodeError> {
    let bytes = payload.len();
    if bytes > MAX_COMMAND_BYTES {
        return Err(EncodeError::new(EncodeErrorKind::TooLarge { bytes }));
    }
    Ok(())
}

/// Writes a heartbeat with the last sequence seen, or `null` when none was seen (P5).
///
/// ```
/// use gloaming_protocol::encode_heartbeat;
///
/// assert_eq!(encode_heartbeat(Some(251)), r#"{"op":1,"d":251}"#);
/// assert_eq!(encode_heartbeat(None), r#"{"op":1,"d":null}"#);
/// ```
#[must_use]
pub fn encode_heartbeat(sequence: Option<u64>) -> String {
    let op = OpCode::Heartbeat.number();
    match sequence {
        Some(sequence) => format!(r#"{{"op":{op},"d":{sequence}}}"#),
        None => format!(r#"{{"op":{op},"d":null}}"#),
    }
}

/// Writes a RESUME (P14).
///
/// # Errors
///
/// If it is over 4096 bytes, which takes a token or session id that Discord never gave.
pub fn encode_resume(
    token: &Token,
    session_id: &str,
    sequence: u64,
) -> Result<String, EncodeError> {
    #[derive(Serialize)]
    struct Resume<'a> {
        token: &'a str,
        session_id: &'a str,
        seq: u64,
    }

    encode_payload(
        OpCode::Resume,
        &Resume {
            token: token.expose(),
            session_id,
            seq: sequence,
        },
    )
}

/// Writes `{"op": …, "d": …}` and checks its size.
pub(crate) fn encode_payload(op: OpCode, data: &impl Serialize) -> Result<String, EncodeError> {
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

/// Writes a whole payload and checks its size.
pub(crate) fn encode_checked(payload: &impl Serialize) -> Result<String, EncodeError> {
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
    fn what_has_no_json_is_an_error_with_its_cause() {
        let keys_are_strings = HashMap::from([([1, 2], "value")]);
        let error = encode_checked(&keys_are_strings).unwrap_err();
        assert_eq!(error.kind(), EncodeErrorKind::Serialize);
        let source = error.source().unwrap().to_string();
        assert!(source.contains("key must be a string"), "{source}");
    }
}
