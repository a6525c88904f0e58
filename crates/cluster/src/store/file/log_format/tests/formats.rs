//! Files as they are on disk, written by hand.

use super::{FileHeader, StoreErrorKind, append, header, key, kind, read_own};
use crate::{
    Checkpoint,
    store::file::log_format::{Entry, write_header},
};
use gloaming_protocol::ShardId;
use gloaming_shard::{Session, machine::delivery::UnhandledLoss};
use std::num::NonZeroU32;

const FIRST_FORMAT: &[&[u8]] = &[
    b"gloamses\x01\0\0\0\x07\0\0\0\0\0\0\0\0\x0c\0\0\0\0\0\0\0\0\xa6,\x8b",
    b"\xf1GLB\0\0\0\0\0\0\0\0)\0\0\x002\x0e'\xc4C\xef\\\x9d",
    b"\x01\0\0\0\x01\0\0\0\0\x02\0\0\0\x17\0\0\0{\"id\":\"s\",\"sequence\":9}\0",
];

/// A shard with a session, a state and a loss, and one with a loss only.
const SECOND_FORMAT: &[&[u8]] = &[
    b"gloamses\x02\0\0\0\x07\0\0\0\0\0\0\0\0\x0c\0\0\0\0\0\0\0\xe3$2\xf0",
    b"\xf1GLB\0\0\0\0\0\0\0\0\xac\0\0\0\xfaC)\x9a\xfa\xedl_",
    b"\x02\0\0\0\x03\0\0\0\0\x02\0\0\x005\0\0\0",
    b"{\"session_id\":\"old\",\"after\":3,\"until\":5,\"sessions\":2}",
    b"\x01\x17\0\0\0{\"id\":\"s\",\"sequence\":9}\x01\x01\0\0\0x",
    b"\x03\x01\0\0\0\x02\0\0\x005\0\0\0",
    b"{\"session_id\":\"old\",\"after\":3,\"until\":5,\"sessions\":2}\0\0",
];

fn session() -> Session {
    Session::new(9, "s".to_owned())
}

fn loss() -> UnhandledLoss {
    UnhandledLoss::new("old", 3, 5, NonZeroU32::new(2).unwrap())
}

#[test]
fn first_format_is_read() {
    let content = read_own(&FIRST_FORMAT.concat()).unwrap();
    assert_eq!((content.format, content.header), (1, header()));
    let shard = ShardId::new(0, 2);
    let expected = [(key(shard), Checkpoint::new(shard, session()))];
    assert_eq!(content.live, expected.into());
}

#[test]
fn second_format_is_written_and_read() {
    let [first, second] = [0, 1].map(|number| ShardId::new(number, 2));
    let both = [
        Checkpoint::new(first, session())
            .with_state("x")
            .with_unhandled_loss(loss()),
        Checkpoint::without_session(second, loss()),
    ];
    let mut file = write_header(header());
    append(&mut file, 0, &both.each_ref().map(Entry::Saved));
    assert_eq!(
        file.escape_ascii().to_string(),
        SECOND_FORMAT.concat().escape_ascii().to_string()
    );
    let content = read_own(&file).unwrap();
    assert_eq!((content.format, content.header), (2, header()));
    assert_eq!(content.live, both.map(|it| (key(it.shard()), it)).into());
}

/// The first format had no entries with a loss: such a file was not written by this library.
#[test]
fn entry_of_the_second_format_is_damage_in_the_first() {
    let mut file = FIRST_FORMAT[0].to_vec();
    let saved = Checkpoint::without_session(ShardId::ONE, loss());
    append(&mut file, 0, &[Entry::Saved(&saved)]);
    assert_eq!(kind(&file), StoreErrorKind::Damaged);
}

#[test]
fn formats_before_the_first_are_damage() {
    let FileHeader { id, .. } = header();
    let mut file = FIRST_FORMAT[0].to_vec();
    assert_eq!(file[12..20], id.to_le_bytes());
    file[8] = 0;
    assert_eq!(kind(&file), StoreErrorKind::Damaged);
}
