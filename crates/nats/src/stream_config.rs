//! What the streams have to be like, and whether a stream that exists is.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long an ended key is remembered. It is longer than a lease, so that a watch sees the end.
const MARKER_TTL: Duration = Duration::from_secs(60);

/// The configuration of a stream, as far as this crate sets or checks it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct StreamConfig {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) subjects: Vec<String>,
    pub(crate) retention: String,
    pub(crate) storage: String,
    pub(crate) discard: String,
    pub(crate) num_replicas: u8,
    pub(crate) max_msgs_per_subject: i64,
    pub(crate) max_msgs: i64,
    pub(crate) max_bytes: i64,
    pub(crate) max_consumers: i64,
    /// In nanoseconds.
    pub(crate) max_age: u64,
    /// In nanoseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) duplicate_window: u64,
    pub(crate) allow_rollup_hdrs: bool,
    pub(crate) deny_delete: bool,
    pub(crate) allow_msg_ttl: bool,
    /// In nanoseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) subject_delete_marker_ttl: u64,
    #[serde(skip_serializing)]
    pub(crate) sealed: bool,
    #[serde(skip_serializing)]
    pub(crate) mirror: Option<serde_json::Value>,
    #[serde(skip_serializing)]
    pub(crate) subject_transform: Option<serde_json::Value>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// Whether keys of a bucket end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyLife {
    /// A value may have a time after which it ends, and watches are told.
    MayEnd,
    Endless,
}

impl StreamConfig {
    /// The stream of a key-value bucket.
    pub(crate) fn bucket(name: &str, description: &str, replicas: u8, life: KeyLife) -> Self {
        let marker = match life {
            KeyLife::MayEnd => nanos(MARKER_TTL),
            KeyLife::Endless => 0,
        };
        Self {
            name: format!("KV_{name}"),
            description: description.to_owned(),
            subjects: vec![format!("$KV.{name}.>")],
            max_msgs_per_subject: 1,
            // What has no room is refused. Dropping the oldest instead would end leases and sessions of others.
            discard: "new".to_owned(),
            allow_msg_ttl: life == KeyLife::MayEnd,
            subject_delete_marker_ttl: marker,
            allow_rollup_hdrs: true,
            deny_delete: true,
            ..Self::unlimited(replicas)
        }
    }

    /// A stream in files without limits.
    pub(crate) fn unlimited(replicas: u8) -> Self {
        Self {
            retention: "limits".to_owned(),
            storage: "file".to_owned(),
            discard: "old".to_owned(),
            num_replicas: replicas,
            max_msgs_per_subject: -1,
            max_msgs: -1,
            max_bytes: -1,
            max_consumers: -1,
            ..Self::default()
        }
    }

    /// Returns what a stream that exists has to be in place of what it is, if it can't be used for what `self` is for.
    pub(crate) fn difference(&self, existing: &Self) -> Option<String> {
        let has_subjects = |config: &Self| {
            let of = |subject| existing.subjects.contains(subject);
            config.subjects.iter().all(of)
        };
        let wrong = |setting: &str, value: &dyn std::fmt::Display| {
            Some(format!("`{setting}` has to be {value}"))
        };
        if !has_subjects(self) {
            return wrong("subjects", &self.subjects.join(", "));
        }
        if existing.retention != self.retention {
            return wrong("retention", &self.retention);
        }
        if existing.storage != self.storage {
            return wrong("storage", &self.storage);
        }
        if existing.discard != self.discard {
            return wrong("discard", &self.discard);
        }
        if existing.max_msgs_per_subject != self.max_msgs_per_subject {
            return wrong("max_msgs_per_subject", &self.max_msgs_per_subject);
        }
        if self.max_age == 0 && existing.max_age != 0 {
            return wrong("max_age", &"0");
        }
        if self.max_bytes > 0 && existing.max_bytes <= 0 {
            return wrong("max_bytes", &"a limit");
        }
        if self.duplicate_window > existing.duplicate_window {
            let seconds = Duration::from_nanos(self.duplicate_window).as_secs();
            return wrong("duplicate_window", &format_args!("{seconds} s or more"));
        }
        if self.allow_msg_ttl && !existing.allow_msg_ttl {
            return wrong("allow_msg_ttl", &true);
        }
        if self.subject_delete_marker_ttl > existing.subject_delete_marker_ttl {
            let seconds = Duration::from_nanos(self.subject_delete_marker_ttl).as_secs();
            return wrong(
                "subject_delete_marker_ttl",
                &format_args!("{seconds} s or more"),
            );
        }
        if existing.sealed || existing.mirror.is_some() || existing.subject_transform.is_some() {
            return Some(
                "it must be neither sealed, nor a mirror, nor transform subjects".to_owned(),
            );
        }
        None
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_with_limits_of_space_is_usable() {
        let wanted = StreamConfig::bucket("b", "", 1, KeyLife::MayEnd);
        let existing = StreamConfig {
            num_replicas: 3,
            max_bytes: 1 << 30,
            subject_delete_marker_ttl: nanos(Duration::from_secs(3600)),
            ..wanted.clone()
        };
        assert_eq!(wanted.difference(&existing), None);
    }

    #[test]
    fn each_wrong_setting_is_named() {
        let wanted = StreamConfig::bucket("b", "", 1, KeyLife::MayEnd);
        let check = |name: &str, change: &dyn Fn(&mut StreamConfig)| {
            let mut existing = wanted.clone();
            change(&mut existing);
            let difference = wanted.difference(&existing).unwrap();
            assert!(difference.contains(name), "{difference}");
        };
        check("subjects", &|it| it.subjects = vec!["other".to_owned()]);
        check("retention", &|it| it.retention = "workqueue".to_owned());
        check("storage", &|it| it.storage = "memory".to_owned());
        check("discard", &|it| it.discard = "old".to_owned());
        check("max_msgs_per_subject", &|it| it.max_msgs_per_subject = 5);
        check("max_age", &|it| it.max_age = 1);
        check("allow_msg_ttl", &|it| it.allow_msg_ttl = false);
        check("60 s or more", &|it| it.subject_delete_marker_ttl = 0);
        check("sealed", &|it| it.sealed = true);
        check("mirror", &|it| it.mirror = Some(true.into()));
    }
}
