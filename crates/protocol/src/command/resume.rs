use super::EncodeError;
use super::encode::encode_payload;
use crate::opcode::OpCode;
use crate::token::Token;
use serde::Serialize;

/// Encodes RESUME ([P14](crate::rules#p14)).
///
/// # Errors
///
/// Returns an error if it is over 4096 bytes ([P21](crate::rules#p21)), which is not possible with a token
/// and a session id from Discord.
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
