//! The TOML of scenario files.

use serde::Deserialize;
use toml::Spanned;

use super::{File, Unreadable, entry::Entry};
use crate::scenario::error::ScenarioErrorKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlFile {
    #[serde(default)]
    description: String,
    #[serde(default)]
    fault: Vec<Spanned<Entry>>,
}

pub(super) fn read(text: &str) -> Result<File, Unreadable> {
    let file: TomlFile = toml::from_str(text).map_err(|syntax| Unreadable {
        kind: ScenarioErrorKind::Syntax,
        at: syntax.span().map(|span| span.start),
        reason: syntax.message().to_owned(),
    })?;
    Ok(File {
        description: file.description,
        faults: file
            .fault
            .into_iter()
            .map(|fault| (fault.span().start, fault.into_inner()))
            .collect(),
    })
}
