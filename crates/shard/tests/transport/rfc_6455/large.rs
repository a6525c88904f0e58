//! Sections 9 and 10 of the suite: large messages, in few and in many frames.

use super::case::{Case, End, MAX_MESSAGE_BYTES, Message, parts, text, text_of, whole};
use gloaming_test_support::wire::{BINARY, TEXT};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

#[test]
fn messages_up_to_the_limit_arrive() {
    let sizes = [
        64 * KIB,
        256 * KIB,
        MIB,
        4 * MIB,
        8 * MIB,
        MAX_MESSAGE_BYTES,
    ];
    for (number, size) in (1..).zip(sizes) {
        let sent = text_of(size);
        Case::new(format!("9.1.{number}"), [whole(TEXT, sent.as_bytes())])
            .delivers([text(sent)])
            .check();
        let sent = vec![0xfe; size];
        Case::new(format!("9.2.{number}"), [whole(BINARY, &sent)])
            .delivers([Message::Binary(sent)])
            .check();
    }
}

#[test]
fn message_over_the_limit_fails_the_connection() {
    let sent = vec![0xfe; MAX_MESSAGE_BYTES + 1];
    Case::new("9, in one frame", [whole(BINARY, &sent)])
        .ends(End::Failed(1009))
        .check();
    let halves = sent.chunks(MAX_MESSAGE_BYTES / 2);
    Case::new("9, in several frames", parts(BINARY, halves))
        .ends(End::Failed(1009))
        .check();
}

#[test]
fn message_of_4_mib_arrives_in_parts_of_every_size() {
    let sizes = [
        64,
        256,
        KIB,
        4 * KIB,
        16 * KIB,
        64 * KIB,
        256 * KIB,
        MIB,
        4 * MIB,
    ];
    let sent = text_of(4 * MIB);
    for (number, size) in (1..).zip(sizes) {
        let frames = parts(TEXT, sent.as_bytes().chunks(size));
        Case::new(format!("9.3.{number}"), frames)
            .delivers([text(&*sent)])
            .check();
    }
    let frames = parts(BINARY, sent.as_bytes().chunks(KIB));
    Case::new("9.4.3", frames)
        .delivers([Message::Binary(sent.into_bytes())])
        .check();
}

#[test]
fn message_of_1_mib_arrives_in_reads_of_every_size() {
    let sent = text_of(MIB);
    for (number, size) in (1..).zip([64, 128, 256, 512, KIB, 2 * KIB]) {
        Case::new(format!("9.5.{number}"), [whole(TEXT, sent.as_bytes())])
            .delivers([text(&*sent)])
            .check_in_reads_of(size);
    }
}

#[test]
fn message_in_parts_of_the_size_of_a_packet_arrives() {
    let sent = text_of(64 * KIB);
    Case::new("10.1.1", parts(TEXT, sent.as_bytes().chunks(1300)))
        .delivers([text(sent)])
        .check();
}
