//! Who asks the same as another gets the same answer, and the gateway is asked once.

use super::{
    super::error::RequestErrorKind,
    bench::{Bench, channel_info, everybody, named, query, sounds},
};
use gloaming_protocol::ChannelInfoField;

#[test]
fn while_it_waits_and_until_a_chunk_comes() {
    let mut bench = Bench::new();
    let first = bench.ask(everybody(1));
    let waiting = bench.ask(everybody(1));
    bench.send();
    let sent = bench.ask(everybody(1));
    bench.send();
    assert_eq!(bench.wire.len(), 1);
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 2);
    let late = bench.ask(everybody(1));
    bench.chunk(&nonce, 1, 2);
    for handle in [first, waiting, sent] {
        assert_eq!(bench.given(handle), 2);
        assert!(bench.ends.contains(&(handle, Ok(()))));
    }
    assert_eq!((bench.given(late), bench.ends.len()), (0, 3));
}

#[test]
fn not_under_another_name() {
    let mut bench = Bench::new();
    bench.ask(query(1, "a"));
    bench.ask(query(1, "b"));
    bench.ask(named(1, "a", "mine"));
    let same = bench.ask(named(1, "a", "mine"));
    bench.send();
    assert_eq!(bench.wire.len(), 3);
    assert_eq!(bench.nonce(), "mine");
    bench.chunk("mine", 0, 1);
    assert!(bench.ends.contains(&(same, Ok(()))));
    assert_eq!(bench.given(same), 1);
}

#[test]
fn a_name_in_use_is_refused() {
    let mut bench = Bench::new();
    bench.ask(named(1, "a", "mine"));
    let other = bench.ask(named(1, "b", "mine"));
    assert_eq!(bench.ends, [(other, Err(RequestErrorKind::NonceInUse))]);
    bench.send();
    assert_eq!(bench.wire.len(), 1);
}

#[test]
fn sounds_come_to_all_who_wait_for_their_guild() {
    let mut bench = Bench::new();
    let both = bench.ask(sounds(&[&[1, 2], &[3]]));
    let part = bench.ask(sounds(&[&[1, 2]]));
    let other = bench.ask(sounds(&[&[2, 3]]));
    bench.send();
    assert_eq!(bench.wire.len(), 3);
    bench.sounds(2);
    bench.sounds(2);
    bench.sounds(1);
    assert_eq!(bench.ends, [(part, Ok(()))]);
    bench.sounds(3);
    assert_eq!(bench.given(both), 3);
    assert_eq!(bench.given(part), 2);
    assert_eq!(bench.given(other), 2);
    assert_eq!(bench.ends.len(), 3);
}

#[test]
fn channel_info_of_other_fields_waits_for_its_turn() {
    let mut bench = Bench::new();
    let status = bench.ask(channel_info(1, ChannelInfoField::Status));
    let same = bench.ask(channel_info(1, ChannelInfoField::Status));
    let time = bench.ask(channel_info(1, ChannelInfoField::VoiceStartTime));
    bench.send();
    assert_eq!(bench.wire.len(), 1);
    bench.channel_info(1);
    assert_eq!(bench.ends, [(status, Ok(())), (same, Ok(()))]);
    bench.send();
    assert_eq!(bench.wire.len(), 2);
    bench.channel_info(1);
    assert_eq!(bench.ends.last(), Some(&(time, Ok(()))));
    assert_eq!(bench.given(time), 1);
}
