//! The formats of a ledger's file.

use serde::{Deserialize, Serialize};

use super::seen::Content;
use crate::ledger::{LedgerErrorKind, LedgerState};

/// The number of the format that is written. Format 1, which is read as well, had only the times of the wall clock.
const FORMAT: u64 = 2;

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    #[serde(flatten)]
    header: Header,
    #[serde(flatten)]
    state: &'a LedgerState,
}

/// What a file of any format has.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Default, Deserialize, Serialize)]
struct Header {
    id: u64,
    revision: u64,
}

/// The reason why a file can't be used.
pub(super) enum FormatError {
    NewerFormat(LedgerErrorKind),
    Corrupt(Box<dyn std::error::Error + Send + Sync>),
}

impl From<serde_json::Error> for FormatError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.into())
    }
}

pub(super) fn parse(content: &[u8]) -> Result<Content, FormatError> {
    let Version { version } = serde_json::from_slice(content)?;
    match version {
        1 => Ok(Content {
            state: serde_json::from_slice(content)?,
            ..Content::default()
        }),
        FORMAT => {
            let Header { id, revision } = serde_json::from_slice(content)?;
            Ok(Content {
                id: Some(id),
                revision,
                state: serde_json::from_slice(content)?,
            })
        }
        0 => Err(FormatError::Corrupt("there is no format 0".into())),
        newer => {
            let format = u32::try_from(newer).unwrap_or(u32::MAX);
            let kind = LedgerErrorKind::NewerFormat { format };
            Err(FormatError::NewerFormat(kind))
        }
    }
}

pub(super) fn write(content: &Content) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Written {
        version: FORMAT,
        header: Header {
            id: content.id.unwrap_or_default(),
            revision: content.revision,
        },
        state: &content.state,
    })
}
