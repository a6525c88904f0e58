use crate::opcode::OpCode;

/// Encodes a heartbeat with the last sequence number received, or `null` if there was none
/// ([P5](crate::rules#p5)).
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
