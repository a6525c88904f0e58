//! What nodes demand of a server.

use crate::{
    error::{Cause, RedisError, RedisErrorKind},
    keys::Keys,
    link::Link,
    reply,
};
use redis::Cmd;
use std::time::Duration;

/// The first version that is good enough.
const MIN_VERSION: (u32, u32) = (6, 2);

/// Checks a server once, when a node starts.
pub(crate) async fn check(link: &Link, keys: &Keys) -> Result<(), RedisError> {
    // A server of a cluster refers to the one that has the keys, which is the one to be checked.
    let mut command = Cmd::new();
    command.arg("GET").arg(&keys.agreement);
    let referred = link.request(&command, Duration::ZERO, "").await;
    match referred {
        Err(error) if is_forbidden(&error) || error.kind() == RedisErrorKind::Damaged => {}
        referred => _ = referred?,
    }
    let mut command = Cmd::new();
    command.arg("INFO");
    let answer = link.request(&command, Duration::ZERO, "INFO").await;
    let answer = match answer {
        // A user that may not ask, although it may do the rest.
        Err(error) if error.kind() == RedisErrorKind::Denied && is_forbidden(&error) => {
            tracing::warn!(
                "the server does not tell this user its settings: check that its `maxmemory-policy` is `noeviction` and that \
                 it is Redis 6.2 or later, or permit the command INFO"
            );
            return Ok(());
        }
        answer => answer?,
    };
    let answer = answer.unwrap_or_default();
    let info = reply::text(&answer).map(Info);
    let Some(info) = info else {
        let (code, description) = ("INFO".to_owned(), "no text".to_owned());
        return Err(link.error(Cause::Failed { code, description }));
    };
    match info.problem() {
        Some(cause) => Err(link.error(cause)),
        None => {
            if info.value("aof_enabled") == Some("0") {
                tracing::warn!(
                    "the server keeps no append-only file: when it restarts, leases and sessions since its last snapshot are \
                     forgotten, and shards identify; set `appendonly yes`"
                );
            }
            Ok(())
        }
    }
}

/// Returns whether the user may not use a command, unlike one that is not authenticated.
fn is_forbidden(error: &RedisError) -> bool {
    let source = std::error::Error::source(error);
    let source = source.and_then(|source| source.downcast_ref::<redis::RedisError>());
    source.is_some_and(|source| source.code() == Some("NOPERM"))
}

/// What a server tells of itself: lines with a name, a colon and a value.
struct Info<'a>(&'a str);

impl Info<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        let mut values = self.0.lines().filter_map(|line| line.split_once(':'));
        values
            .find(|(known, _)| *known == name)
            .map(|(_, it)| it.trim())
    }

    fn problem(&self) -> Option<Cause> {
        let version = self.value("redis_version").unwrap_or_default();
        if !is_new_enough(version) {
            return Some(Cause::TooOld {
                version: version.to_owned(),
            });
        }
        if matches!(self.value("role"), Some("slave" | "replica")) {
            return Some(Cause::Replica);
        }
        // No key has an end, so the policies that begin with `volatile` delete none.
        let policy = self.value("maxmemory_policy").unwrap_or_default();
        policy.starts_with("allkeys").then(|| Cause::Evicting {
            policy: policy.to_owned(),
        })
    }
}

/// Reads a version such as `7.0.15`. One that can't be read is refused.
fn is_new_enough(version: &str) -> bool {
    let mut parts = version.splitn(3, '.');
    let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok());
    let version = number().zip(number());
    version.is_some_and(|version| version >= MIN_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "# Server\r\nredis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n";

    #[test]
    fn server_that_fits_is_used() {
        assert_eq!(Info(GOOD).problem(), None);
        let volatile = GOOD.replace("noeviction", "volatile-lru");
        assert_eq!(Info(&volatile).problem(), None, "no key has an end");
    }

    #[test]
    fn servers_that_do_not_fit_are_refused() {
        let problem = |from: &str, to: &str| Info(&GOOD.replace(from, to)).problem();
        let policy = "allkeys-lru".to_owned();
        assert_eq!(
            problem("noeviction", "allkeys-lru"),
            Some(Cause::Evicting { policy })
        );
        assert_eq!(problem("master", "slave"), Some(Cause::Replica));
        let version = "6.0.16".to_owned();
        assert_eq!(problem("7.0.15", "6.0.16"), Some(Cause::TooOld { version }));
        assert!(matches!(Info("").problem(), Some(Cause::TooOld { .. })));
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for version in ["6.2.0", "6.2", "7.0.15", "10.0.1", "255.255.255"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["6.0.16", "5.0.14", "", "unstable", "7"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
