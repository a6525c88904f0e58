//! The only module that uses simd-json.

use super::scanner::Scanner;
use super::{flattened, serde_backend};
use crate::box_error::BoxError;
use crate::dispatch::DispatchKind;
use twilight_model::gateway::event::DispatchEvent;

/// Whether simd-json is compiled in.
pub(super) const AVAILABLE: bool = true;

/// The maximum depth of nested values, the same as serde_json's. simd-json has no maximum: deeper values
/// would overflow the stack and abort the process.
const MAX_DEPTH: usize = 128;

pub(super) fn dispatch(kind: DispatchKind, data: &str) -> Result<DispatchEvent, BoxError> {
    let mut scanner = Scanner::new(data);
    // If there is no complete value, the position may be within a character.
    let whole = scanner.skip_value_within(MAX_DEPTH);
    let value = whole.map(|_| &data[..scanner.position()]);
    if let Some(value) = value
        && !has_lone_surrogate(value)
    {
        let mut copy = value.as_bytes().to_vec();
        if let Ok(mut deserializer) = simd_json::Deserializer::from_slice(&mut copy)
            && let Ok(event) = flattened::dispatch(kind, &mut deserializer)
        {
            return Ok(event);
        }
    }
    // simd-json validates the whole text. serde_json does not validate numbers and strings that no field
    // uses, so it may still accept the event.
    serde_backend::dispatch(kind, data).map_err(Into::into)
}

/// Whether the text may contain an unpaired surrogate, which simd-json silently replaces with NUL.
fn has_lone_surrogate(text: &str) -> bool {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut checked = 0;
    memchr::memmem::find_iter(text.as_bytes(), b"\\u").any(|at| {
        if at < checked {
            return false;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) => {
                checked = at + 12;
                !matches!(unit(at + 6), Some(0xdc00..=0xdfff))
            }
            Some(0xdc00..=0xdfff) => true,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::has_lone_surrogate;

    #[test]
    fn an_unpaired_surrogate_is_found() {
        for (text, lone) in [
            ("plain", false),
            (r"\u0041 \n \uffff", false),
            (r"\ud83d\ude00", false),
            (r"\ud83d\ude00\uD83D\uDE00", false),
            (r"\ud800", true),
            (r"\udbff ", true),
            (r"\udc00", true),
            (r"\udfff", true),
            (r"\ud83d\u0041", true),
            (r"\ud83d \ude00", true),
            (r"\ude00\ud83d", true),
            (r"\ud83d\ude00\ude00", true),
            (r"\ud83d\ud83d\ude00", true),
            (r"\ud8", false),
            (r"\u", false),
        ] {
            assert_eq!(has_lone_surrogate(text), lone, "{text}");
        }
    }
}
