use super::processes::{Folder, Process};
use crate::harness::emulator::{emulator, in_time};
use gloaming_cluster::{HandOver, Health};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::ShardId;
use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    os::unix::net::UnixListener,
    thread,
};

/// WELCOME for one shard, SESSION of a shard without one and with a state of two bytes, STATE and COMPLETE.
const GIVEN: &[u8] = &[
    0, 0, 0, 15, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, //
    0, 0, 0, 18, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, //
    0, 0, 0, 3, 4, 7, 7, //
    0, 0, 0, 13, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,
];
const ACCEPTED: [u8; 5] = [0, 0, 0, 1, 6];
const RELEASED: [u8; 5] = [0, 0, 0, 1, 7];

#[tokio::test]
async fn new_process_goes_on_if_the_old_one_dies_after_the_release() {
    let folder = Folder::new("predecessor-dies");
    let socket = folder.socket("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let predecessor = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 30]).unwrap();
        stream.write_all(GIVEN).unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).unwrap();
        stream.write_all(&RELEASED).unwrap();
        // The connection ends without a word, as that of a process that is killed.
        answer
    });
    let taking = HandOver::new(DEFAULT_TOKEN);
    let taken = in_time("the shard is released", taking.take([&socket]))
        .await
        .unwrap();
    assert_eq!(predecessor.join().unwrap(), ACCEPTED);
    assert_eq!(taken.shards(), [ShardId::ONE]);
    assert_eq!(taken.sessions(), BTreeMap::new());
    assert_eq!(
        taken.state(ShardId::ONE).map(|state| &state[..]),
        Some(&[7, 7][..])
    );

    let emulator = emulator(1, |emulator| emulator).await;
    let process = Process::start(&emulator, (0..=0, 1), taken.sessions()).await;
    in_time("the shard runs", taken.confirm(&process.cluster))
        .await
        .unwrap();
    assert_ne!(process.cluster.info()[&0].health(), Health::Stopped);
    assert_eq!(emulator.stats().identifies, 1);
}
