//! The texts that end up in logs and error messages.

use gloaming_machine::{
    CommandOutcome, DisconnectCause, Resumable, SendKind,
    gateway_info::{GatewayInfoFault, RetryAfter},
    requests::RequestErrorKind,
};
use std::{
    collections::HashSet,
    fmt::{Debug, Display},
    time::Duration,
};

/// A text is a phrase of words. It is neither empty nor what `Debug` shows.
#[track_caller]
fn assert_texts<T: Debug + Display>(values: &[T]) {
    let mut texts = HashSet::new();
    for value in values {
        let text = value.to_string();
        assert!(
            text.starts_with(|first: char| first.is_alphanumeric()),
            "{value:?}: {text:?}"
        );
        assert!(
            text.ends_with(|last: char| last.is_alphanumeric()),
            "{value:?}: {text:?}"
        );
        let debug = format!("{value:?}");
        let name = debug.split(|c: char| !c.is_alphanumeric()).next();
        assert!(
            !text.contains(name.unwrap_or_default()),
            "{debug}: {text:?}"
        );
        assert!(texts.insert(text), "{debug} has the text of another value");
    }
}

#[test]
fn outcomes_of_commands() {
    assert_texts(&[
        CommandOutcome::Sent,
        CommandOutcome::Expired,
        CommandOutcome::SessionReplaced,
        CommandOutcome::TooLarge,
        CommandOutcome::Full,
        CommandOutcome::Closed,
        CommandOutcome::Withdrawn,
    ]);
}

#[test]
fn sessions_and_messages() {
    assert_texts(&[Resumable::Yes, Resumable::No]);
    assert_texts(&[
        SendKind::Heartbeat,
        SendKind::Identify,
        SendKind::Resume,
        SendKind::Command,
    ]);
}

#[test]
fn causes_of_disconnects() {
    assert_texts(&[
        DisconnectCause::ConnectFailed,
        DisconnectCause::ConnectTimeout,
        DisconnectCause::Closed { code: None },
        DisconnectCause::Closed { code: Some(4000) },
        DisconnectCause::Closed { code: Some(4009) },
        DisconnectCause::Lost,
        DisconnectCause::HelloTimeout,
        DisconnectCause::ResumeTimeout,
        DisconnectCause::Zombie,
        DisconnectCause::ReconnectRequested,
        DisconnectCause::SessionInvalid {
            resumable: Resumable::Yes,
        },
        DisconnectCause::SessionInvalid {
            resumable: Resumable::No,
        },
        DisconnectCause::Unreadable,
        DisconnectCause::Flooded,
        DisconnectCause::UnusableReady,
        DisconnectCause::Requested,
    ]);
    let closed = DisconnectCause::Closed { code: Some(4009) };
    assert!(closed.to_string().contains("4009"), "{closed}");
}

#[test]
fn errors_of_requests() {
    assert_texts(&[
        RequestErrorKind::Silent {
            waited: Duration::from_secs(30),
        },
        RequestErrorKind::NotSent(CommandOutcome::Expired),
        RequestErrorKind::NotSent(CommandOutcome::TooLarge),
        RequestErrorKind::RateLimited {
            retry_after: Duration::from_millis(21_350),
        },
        RequestErrorKind::SessionReplaced,
        RequestErrorKind::Overrun,
        RequestErrorKind::NonceInUse,
        RequestErrorKind::Undecodable,
        RequestErrorKind::Closed,
    ]);
    let retry_after = Duration::from_millis(21_350);
    let limited = RequestErrorKind::RateLimited { retry_after };
    assert!(limited.to_string().contains("21.35 s"), "{limited}");
    let unsent = RequestErrorKind::NotSent(CommandOutcome::TooLarge);
    assert!(unsent.to_string().contains("over 4096 bytes"), "{unsent}");
}

#[test]
fn faults_of_the_request_for_the_number_of_shards() {
    let status = |status| GatewayInfoFault::Status {
        status,
        retry_after: RetryAfter::Missing,
    };
    let faults = [
        GatewayInfoFault::Network,
        GatewayInfoFault::TimedOut,
        GatewayInfoFault::Misconfigured,
        GatewayInfoFault::UnknownStatus,
        GatewayInfoFault::HeldBack,
        GatewayInfoFault::Undecodable,
        GatewayInfoFault::NoShards,
    ];
    assert_texts(&faults);
    for (fault, text) in [
        (status(404), "refused (HTTP 404)"),
        (status(429), "rate limited (HTTP 429)"),
        (status(502), "the server has an error (HTTP 502)"),
    ] {
        assert_eq!(fault.to_string(), text);
    }
}
