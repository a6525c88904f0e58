//! Responses of the API to the request for the number of shards, and the attempts that follow them.

use crate::script::Script;
use gloaming_machine::{
    BackoffPolicy,
    gateway_info::{
        GatewayInfoDecision, GatewayInfoErrorKind, GatewayInfoFault, GatewayInfoPolicy,
        GatewayInfoRetry, GatewayInfoState, RetryAfter, read_response,
    },
};
use gloaming_protocol::limits::MAX_WAIT;
use std::time::{Duration, Instant};

/// Passes responses with any status, header and body to the decisions of one request. The script determines the limits,
/// and how long each attempt takes.
pub fn gateway_info(data: &[u8]) {
    let mut script = Script::new(data);
    let start = clock();
    let policy = policy(&mut script);
    let backoff = BackoffPolicy::default();
    let mut retry = GatewayInfoRetry::new(policy, backoff, start, script.u64());
    let deadline = start.checked_add(policy.deadline);
    let mut now = start;
    for attempt in 1.. {
        let end = retry.start_attempt(now);
        assert!(end.is_none_or(|end| deadline.is_none_or(|deadline| end <= deadline)));
        assert_eq!(retry.attempts(), attempt);
        assert_eq!(retry.requesting(), GatewayInfoState::Requesting { attempt });
        if script.is_over() {
            return;
        }
        let Some(fault) = fault(&mut script) else {
            return;
        };
        let time = Duration::from_millis(script.number()).min(policy.attempt_timeout);
        let failed = now.checked_add(time).unwrap_or(now);
        let asked = match fault {
            GatewayInfoFault::Status { retry_after, .. } => retry_after.given(),
            _ => None,
        };
        match retry.handle_fault(failed, fault) {
            GatewayInfoDecision::RetryAt(at) => {
                assert!(at > failed, "no attempt follows at once");
                assert!(deadline.is_none_or(|deadline| at < deadline));
                if let (Some(asked), true) = (asked, is_rate_limit(fault)) {
                    assert!(at - failed >= asked, "{asked:?} are not waited for");
                }
                let state = retry.waiting(failed, fault, at);
                assert_is_line(&state.to_string());
                now = at;
            }
            GatewayInfoDecision::GiveUp { kind, retry_after } => {
                assert_eq!(retry_after, asked);
                if is_rate_limit(fault) {
                    assert_eq!(kind, GatewayInfoErrorKind::RateLimited);
                }
                return;
            }
        }
    }
}

/// Returns limits as the configuration permits them.
fn policy(script: &mut Script<'_>) -> GatewayInfoPolicy {
    let millis = |script: &mut Script<'_>| {
        let time = Duration::from_millis(script.number());
        time.clamp(Duration::from_millis(1), MAX_WAIT)
    };
    let mut policy = GatewayInfoPolicy::default();
    if script.below(2) == 1 {
        policy.deadline = millis(script);
        policy.attempt_timeout = millis(script);
        policy.unusable_responses = script.u16().into();
    }
    policy
}

/// Reads a response, or makes another fault. `None` for a usable response, or at the end of the script.
fn fault(script: &mut Script<'_>) -> Option<GatewayInfoFault> {
    Some(match script.below(8) {
        0 => GatewayInfoFault::Network,
        1 => GatewayInfoFault::TimedOut,
        choice => {
            let status = match choice {
                2 | 3 => 200,
                4 | 5 => 429,
                6 => 500 + u16::from(script.below(100)),
                _ => script.u16(),
            };
            let header = (script.below(2) == 1).then(|| script.chunk());
            response(status, header, script.chunk())?
        }
    })
}

/// Reads a response, and checks what it was read as.
fn response(status: u16, header: Option<&[u8]>, body: &[u8]) -> Option<GatewayInfoFault> {
    let read = RetryAfter::read(header, body);
    assert_ne!(read, RetryAfter::Hidden, "a response hides nothing");
    if let Some(text) = header.and_then(|header| str::from_utf8(header).ok())
        && let Ok(seconds) = text.trim().parse::<u32>()
    {
        let least = Duration::from_secs(seconds.into());
        assert!(read.given() >= Some(least), "{read:?} for {text:?}");
    }
    match read_response(status, header, body) {
        Ok(info) => {
            assert!(matches!(status, 200..=299));
            assert!(info.shards > 0);
            None
        }
        Err(error) => {
            let fault = error.fault();
            match fault {
                GatewayInfoFault::Status {
                    status: shown,
                    retry_after,
                } => {
                    assert!(!matches!(status, 200..=299));
                    assert_eq!((shown, retry_after), (status, read));
                }
                GatewayInfoFault::NoShards | GatewayInfoFault::Undecodable => {
                    assert!(matches!(status, 200..=299));
                }
                other => panic!("{other:?} for a response"),
            }
            assert_is_line(&error.to_string());
            Some(fault)
        }
    }
}

const fn is_rate_limit(fault: GatewayInfoFault) -> bool {
    matches!(fault, GatewayInfoFault::Status { status: 429, .. })
}

fn assert_is_line(text: &str) {
    assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
}

#[expect(clippy::disallowed_methods, reason = "times need an origin")]
fn clock() -> Instant {
    Instant::now()
}
