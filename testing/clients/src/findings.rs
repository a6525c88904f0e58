//! What the emulator finds in what the clients send, and which violations are justified.

use std::{collections::BTreeSet, fmt};

use gloaming_emulator::{FINDING_KINDS, FindingKind, Outcome};

use crate::{client::Client, emulator::Findings};

/// A violation that is known, and really is one.
struct Justified {
    client: Client,
    rule: &'static str,
    detail: &'static str,
    /// Where the library deviates from the documentation.
    reason: &'static str,
}

/// The violations that do not fail the command. Any other one is either a change of a library, or a false accusation, which
/// is a bug of the emulator.
const JUSTIFIED: &[Justified] = &[
    Justified {
        client: Client::DiscordPy,
        rule: "P14",
        detail: "an IDENTIFY on the resume host",
        reason: "A client without shards connects to the URL of its last resume when its session has ended.",
    },
    Justified {
        client: Client::Eris,
        rule: "P14",
        detail: "an IDENTIFY on the resume host",
        reason: "It identifies on the connection on which it receives op 9, whatever `d` is.",
    },
    Justified {
        client: Client::InteractionsPy,
        rule: "P24",
        detail: "a request for presences without GUILD_PRESENCES",
        reason: "`Guild.gateway_chunk` requests presences by default.",
    },
    Justified {
        client: Client::Serenity,
        rule: "P3",
        detail: "a RESUME before HELLO",
        reason: "It sends RESUME as soon as the connection is open.",
    },
];

/// What the emulator has found in a client, once for all compressions.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Accusation {
    pub(crate) package: &'static str,
    pub(crate) rule: String,
    pub(crate) detail: String,
    pub(crate) is_note: bool,
}

impl Accusation {
    /// Returns those of a run.
    pub(crate) fn of(client: Client, violations: &Findings, notes: &Findings) -> BTreeSet<Self> {
        let with = |findings: &Findings, is_note| {
            let accusation = |(rule, detail): &(String, String)| Self {
                package: client.package(),
                rule: rule.clone(),
                detail: detail.clone(),
                is_note,
            };
            findings.keys().map(accusation).collect::<Vec<_>>()
        };
        let mut all: BTreeSet<_> = with(violations, false).into_iter().collect();
        all.extend(with(notes, true));
        all
    }

    /// Whether it fails the command.
    pub(crate) fn is_unjustified(&self) -> bool {
        !self.is_note && self.justification().is_none()
    }

    /// Why the violation is known, if it is.
    pub(crate) fn justification(&self) -> Option<&'static str> {
        let justified = JUSTIFIED.iter().find(|it| {
            it.client.package() == self.package && it.rule == self.rule && it.detail == self.detail
        });
        justified.map(|it| it.reason)
    }

    /// What the documentation says, from the emulator's table of rules.
    pub(crate) fn documented(&self) -> &'static str {
        self.kind().map_or("", |kind| kind.reason)
    }

    fn kind(&self) -> Option<&'static FindingKind> {
        let is_own = |kind: &&FindingKind| {
            kind.rule == self.rule
                && kind.detail == self.detail
                && (kind.outcome == Outcome::Note) == self.is_note
        };
        FINDING_KINDS.iter().find(is_own)
    }
}

impl fmt::Display for Accusation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            package,
            rule,
            detail,
            ..
        } = self;
        match (self.is_note, self.justification()) {
            (true, _) => write!(
                f,
                "{package} deviates from {rule}, as Discord accepts: {detail}"
            ),
            (false, Some(reason)) => write!(f, "{package} violates {rule}: {detail}; {reason}"),
            (false, None) => write!(f, "{package} violates {rule}, NOT JUSTIFIED: {detail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accusation(rule: &str, detail: &str, is_note: bool) -> Accusation {
        Accusation {
            package: "eris",
            rule: rule.to_owned(),
            detail: detail.to_owned(),
            is_note,
        }
    }

    #[test]
    fn justified_violations_are_in_the_table_of_rules() {
        for justified in JUSTIFIED {
            let accusation = accusation(justified.rule, justified.detail, false);
            assert_ne!(accusation.documented(), "", "{}", justified.detail);
            assert!(justified.reason.ends_with('.'), "{}", justified.reason);
        }
    }

    #[test]
    fn unknown_violation_is_unjustified_and_a_note_never_is() {
        let note = accusation("P27", "a presence without afk", true);
        assert!(!note.is_unjustified());
        assert!(note.documented().starts_with("afk is not marked"));
        let violation = accusation("P27", "a presence without afk", false);
        assert!(violation.is_unjustified());
        assert_eq!(violation.documented(), "", "it is a note");
    }
}
