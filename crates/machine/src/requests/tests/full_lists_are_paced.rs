//! One request for the full list per guild and 30 s (P25), and RATE_LIMITED.

use super::{
    super::{
        error::RequestErrorKind,
        policy::RequestPolicy,
        scheduler::{Input, MAX_QUEUED},
        state::RequestState,
    },
    harness::{Harness, full_list, query, seconds, with_nonce},
};

#[test]
fn a_second_full_list_is_paced() {
    let mut harness = Harness::new();
    let first = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 1);
    assert_eq!(harness.ends, [(first, Ok(()))]);

    harness.advance(seconds(10));
    let second = harness.request(full_list(1));
    harness.send();
    assert_eq!(harness.times(), [0]);
    let RequestState::Paced { until } = harness.state(second) else {
        panic!("{:?}", harness.state(second));
    };
    assert!(until >= harness.now + seconds(20));
    harness.advance(seconds(19));
    assert_eq!(harness.times(), [0]);
    harness.advance(seconds(5));
    assert_eq!(harness.times(), [0, 31]);
    assert_eq!(harness.state(second), RequestState::Sent);
}

/// The gateway may have received the first request only when it replied, and the second at once.
#[test]
fn second_full_list_keeps_its_distance_from_the_first_reply() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    harness.advance(seconds(3));
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 2);
    harness.advance(seconds(1));
    harness.chunk(&nonce, 1, 2);
    harness.request(full_list(1));
    harness.advance(seconds(28));
    assert_eq!(harness.times(), [0]);
    harness.advance(seconds(1));
    assert_eq!(harness.times(), [0, 33]);
}

#[test]
fn other_guilds_and_queries_are_not_paced() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.request(full_list(2));
    harness.request(query(1, "a"));
    harness.send();
    assert_eq!(harness.times(), [0, 0, 0]);
}

#[test]
fn full_lists_of_a_guild_are_queued_one_at_a_time() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.request(with_nonce(1, "", "mine"));
    assert_eq!(harness.queue.len(), 1);
    harness.advance(seconds(100));
    assert_eq!(harness.queue.len(), 1);
    harness.send();
    harness.advance(seconds(31));
    assert_eq!(harness.times(), [100, 131]);
}

#[test]
fn a_rate_limited_request_is_sent_again() {
    let mut harness = Harness::new();
    let request_id = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.limited(Some(&nonce), 1, seconds(21));
    let until = harness.now + seconds(21);
    assert_eq!(harness.state(request_id), RequestState::Paced { until });
    harness.advance(seconds(21));
    assert_eq!(harness.times(), [0, 21]);
    assert_eq!(harness.nonce(), nonce);
    harness.chunk(&nonce, 0, 1);
    assert_eq!(harness.ends, [(request_id, Ok(()))]);
}

#[test]
fn without_a_nonce_the_guild_identifies_the_request() {
    let mut harness = Harness::new();
    harness.request(query(1, "a"));
    harness.request(full_list(2));
    harness.request(full_list(1));
    harness.send();
    harness.limited(None, 1, seconds(5));
    harness.advance(seconds(5));
    let (time, payload) = &harness.wire[3];
    assert_eq!(*time, 5);
    assert_eq!(payload["d"], harness.wire[2].1["d"]);
}

/// The transport is flushed when the wait ends, and nothing else happens.
#[test]
fn rate_limited_request_is_sent_again_after_a_flush_at_its_time() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.limited(Some(&nonce), 1, seconds(21));
    harness.now += seconds(21);
    let stuck_since = harness.now - seconds(1);
    harness.input(Input::Flushed { stuck_since });
    harness.send();
    assert_eq!(harness.times(), [0, 21]);
}

#[test]
fn long_or_repeated_rate_limits_are_errors() {
    let mut harness = Harness::new();
    let request_id = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.limited(Some(&nonce), 1, seconds(121));
    let retry_after = seconds(121);
    let error = Err(RequestErrorKind::RateLimited { retry_after });
    assert_eq!(harness.ends, [(request_id, error)]);
    // The next request is paced.
    let next = harness.request(full_list(1));
    let until = harness.now + retry_after;
    assert_eq!(harness.state(next), RequestState::Paced { until });

    let policy = RequestPolicy {
        resends: 2,
        ..RequestPolicy::default()
    };
    let mut harness = Harness::with(policy);
    let request_id = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    for _ in 0..3 {
        assert_eq!(harness.ends, []);
        harness.limited(Some(&nonce), 1, seconds(9));
        harness.advance(seconds(9));
    }
    assert_eq!(harness.times(), [0, 9, 18]);
    let retry_after = seconds(9);
    let error = Err(RequestErrorKind::RateLimited { retry_after });
    assert_eq!(harness.ends, [(request_id, error)]);
}

#[test]
fn longest_wait_is_waited() {
    let mut harness = Harness::new();
    let request_id = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.limited(Some(&nonce), 1, seconds(120));
    harness.advance(seconds(120));
    assert_eq!(harness.times(), [0, 120]);
    harness.chunk(&nonce, 0, 1);
    assert_eq!(harness.ends, [(request_id, Ok(()))]);
}

/// RATE_LIMITED for one request does not shorten the distance to another one.
#[test]
fn a_rate_limit_keeps_the_distance_to_later_requests() {
    let mut harness = Harness::new();
    harness.request(with_nonce(1, "", "first"));
    harness.send();
    harness.pause_reading();
    harness.request(with_nonce(1, "", "second"));
    harness.advance(seconds(35));
    assert_eq!(harness.times(), [0, 31]);
    harness.limited(Some("first"), 1, seconds(5));
    harness.advance(seconds(60));
    assert_eq!(harness.times(), [0, 31, 62]);
}

/// Brings the clock to the time at which a request may be sent, with a full queue in front of it.
fn assert_waits_for_the_queue(mut harness: Harness, paced: u64, until: u64) {
    assert!(matches!(harness.state(paced), RequestState::Paced { .. }));
    for guild in 11..=26 {
        harness.request(query(guild, "a"));
    }
    harness.now = harness.deadline.expect("it is paced");
    assert_eq!(harness.seconds(), until);
    harness.timeout();
    assert_eq!(harness.state(paced), RequestState::Queued);
    assert!(harness.deadline > Some(harness.now), "it would be a loop");
    harness.send();
    assert_eq!(harness.state(paced), RequestState::Sent);
}

#[test]
fn a_request_that_is_no_longer_paced_waits_for_the_queue() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 1);
    let paced = harness.request(full_list(1));
    assert_waits_for_the_queue(harness, paced, 31);

    let mut harness = Harness::new();
    let limited = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.limited(Some(&nonce), 1, seconds(21));
    assert_waits_for_the_queue(harness, limited, 21);
}

#[test]
fn a_long_reply_keeps_the_next_request_paced() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 3);
    harness.request(full_list(1));
    harness.now += seconds(20);
    harness.chunk(&nonce, 1, 3);
    harness.now += seconds(20);
    harness.timeout();
    assert_eq!(harness.queue.len(), 1);
    harness.chunk(&nonce, 2, 3);
    harness.request(with_nonce(1, "", "mine"));
    assert_eq!(harness.queue.len(), 1);
}

#[test]
fn a_full_list_that_was_stuck_counts_from_the_flush() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    let sent = harness.now;
    harness.now += seconds(20);
    harness.input(Input::Flushed { stuck_since: sent });
    harness.chunk(&nonce, 0, 1);
    harness.request(full_list(1));
    harness.advance(seconds(30));
    assert_eq!(harness.times(), [0]);
    harness.advance(seconds(1));
    assert_eq!(harness.times(), [0, 51]);
}

#[test]
fn a_full_list_that_was_submitted_behind_a_stuck_one_is_paced_anew() {
    // Before the distance has passed, and after it.
    for opened in [10, 40] {
        let mut harness = Harness::new();
        let stuck = harness.request(full_list(1));
        harness.send();
        let stuck_since = harness.now;
        harness.forget(stuck);
        harness.now += seconds(opened);
        let next = harness.request(full_list(1));
        harness.now = stuck_since + seconds(60);
        harness.timeout();
        assert_eq!(harness.queue.len(), 1, "{opened}: submitted");

        harness.input(Input::Flushed { stuck_since });
        assert_eq!(harness.queue.len(), 0, "{opened}: withdrawn");
        assert!(matches!(harness.state(next), RequestState::Paced { .. }));
        harness.advance(seconds(30));
        assert_eq!(harness.times(), [0]);
        harness.advance(seconds(1));
        assert_eq!(harness.times(), [0, 91], "{opened}");
    }
}

#[test]
fn a_full_list_of_another_guild_is_not_held_back_by_a_stuck_one() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    let stuck_since = harness.now;
    harness.now += seconds(40);
    harness.request(full_list(2));
    harness.input(Input::Flushed { stuck_since });
    assert_eq!(harness.queue.len(), 1);
}

#[test]
fn a_flush_leaves_earlier_full_lists_alone() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 1);
    harness.now += seconds(20);
    let stuck_since = harness.now - seconds(10);
    harness.input(Input::Flushed { stuck_since });
    harness.request(full_list(1));
    harness.advance(seconds(11));
    assert_eq!(harness.times(), [0, 31]);
}

#[test]
fn a_full_list_can_be_stuck_for_ten_minutes() {
    for (minutes, expected) in [(9, 0), (10, 1)] {
        let mut harness = Harness::new();
        let stuck = harness.request(full_list(1));
        harness.send();
        let stuck_since = harness.now;
        harness.forget(stuck);
        harness.now += seconds(minutes * 60);
        harness.request(query(2, "a"));
        harness.send();
        harness.input(Input::Flushed { stuck_since });
        harness.request(full_list(1));
        assert_eq!(harness.queue.len(), expected, "{minutes} minutes");
    }
}

#[test]
fn full_lists_that_are_withdrawn_leave_their_places_in_the_queue() {
    let guilds = 1..=MAX_QUEUED as u64;
    let mut harness = Harness::new();
    for guild in guilds.clone() {
        let stuck = harness.request(full_list(guild));
        harness.send();
        harness.forget(stuck);
    }
    let stuck_since = harness.now;
    harness.now += seconds(40);
    for guild in guilds {
        harness.request(full_list(guild));
    }
    assert_eq!(harness.queue.len(), MAX_QUEUED);
    harness.input(Input::Flushed { stuck_since });
    assert_eq!(harness.queue.len(), 0);
    assert_eq!(harness.scheduler.queued(), 0);

    for guild in 0..=MAX_QUEUED as u64 {
        harness.request(query(100 + guild, "a"));
    }
    assert_eq!(harness.queue.len(), MAX_QUEUED);
}
