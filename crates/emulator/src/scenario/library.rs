//! The scenarios that come with the emulator.

use super::{
    error::{ScenarioError, ScenarioErrorKind},
    fault::Scenario,
};

/// Names and files, sorted by name.
const FILES: &[(&str, &str)] = &[
    (
        "accept-then-close",
        include_str!("../../scenarios/accept-then-close.toml"),
    ),
    (
        "burst-100k",
        include_str!("../../scenarios/burst-100k.toml"),
    ),
    (
        "corrupt-zlib",
        include_str!("../../scenarios/corrupt-zlib.toml"),
    ),
    (
        "dead-resume-host",
        include_str!("../../scenarios/dead-resume-host.toml"),
    ),
    (
        "drop-while-resuming",
        include_str!("../../scenarios/drop-while-resuming.toml"),
    ),
    (
        "duplicate-events",
        include_str!("../../scenarios/duplicate-events.toml"),
    ),
    (
        "every-close-code",
        include_str!("../../scenarios/every-close-code.toml"),
    ),
    (
        "flaky-acks",
        include_str!("../../scenarios/flaky-acks.toml"),
    ),
    ("flapping", include_str!("../../scenarios/flapping.toml")),
    (
        "fragmented-frames",
        include_str!("../../scenarios/fragmented-frames.toml"),
    ),
    (
        "guild-flood",
        include_str!("../../scenarios/guild-flood.toml"),
    ),
    (
        "guild-outage",
        include_str!("../../scenarios/guild-outage.toml"),
    ),
    ("half-open", include_str!("../../scenarios/half-open.toml")),
    (
        "heartbeat-ack-drop",
        include_str!("../../scenarios/heartbeat-ack-drop.toml"),
    ),
    (
        "heartbeat-requests",
        include_str!("../../scenarios/heartbeat-requests.toml"),
    ),
    (
        "hidden-channels",
        include_str!("../../scenarios/hidden-channels.toml"),
    ),
    (
        "invalid-json",
        include_str!("../../scenarios/invalid-json.toml"),
    ),
    (
        "lost-hello-after-resume",
        include_str!("../../scenarios/lost-hello-after-resume.toml"),
    ),
    (
        "lost-sessions",
        include_str!("../../scenarios/lost-sessions.toml"),
    ),
    (
        "mute-hello",
        include_str!("../../scenarios/mute-hello.toml"),
    ),
    (
        "mute-ready",
        include_str!("../../scenarios/mute-ready.toml"),
    ),
    ("op7-first", include_str!("../../scenarios/op7-first.toml")),
    ("op7-storm", include_str!("../../scenarios/op7-storm.toml")),
    (
        "op9-resumable",
        include_str!("../../scenarios/op9-resumable.toml"),
    ),
    ("op9-storm", include_str!("../../scenarios/op9-storm.toml")),
    ("outage", include_str!("../../scenarios/outage.toml")),
    (
        "rolling-restart",
        include_str!("../../scenarios/rolling-restart.toml"),
    ),
    (
        "slow-loris",
        include_str!("../../scenarios/slow-loris.toml"),
    ),
    (
        "slow-network",
        include_str!("../../scenarios/slow-network.toml"),
    ),
    (
        "split-zlib",
        include_str!("../../scenarios/split-zlib.toml"),
    ),
    (
        "unknown-events",
        include_str!("../../scenarios/unknown-events.toml"),
    ),
];

impl Scenario {
    /// Returns a scenario of the library.
    ///
    /// # Errors
    ///
    /// Returns an error if the library has no scenario with this name. The error lists the names that it has. Without
    /// the feature `scenario-files`, a name that it has is an error, too:
    /// [`Unavailable`](ScenarioErrorKind::Unavailable).
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        match FILES.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Self::parse(*name, text),
            None => {
                let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
                let reason = format!(
                    "the library has no scenario of this name; it has {}",
                    names.join(", ")
                );
                let kind = ScenarioErrorKind::UnknownName;
                Err(ScenarioError::new(name, kind, None, reason))
            }
        }
    }

    /// Returns the whole library, sorted by name. It is empty without the feature `scenario-files`.
    #[must_use]
    pub fn library() -> Vec<Self> {
        if cfg!(not(feature = "scenario-files")) {
            return Vec::new();
        }
        FILES
            .iter()
            .map(|(name, text)| {
                Self::parse(*name, text).expect("the scenarios of the library are valid")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_valid_and_has_a_description() {
        let all = Scenario::library();
        assert_eq!(all.len(), FILES.len());
        assert!(all.iter().all(|scenario| !scenario.description.is_empty()));
        assert!(all.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn unknown_name_is_an_error_that_lists_the_known_names() {
        let error = Scenario::named("dead-resume").unwrap_err().to_string();
        assert!(error.contains("it has accept-then-close, "), "{error}");
    }
}
