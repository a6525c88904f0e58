use super::processes::{Folder, Process, Publisher, give, ready};
use crate::harness::emulator::{emulator, in_time};
use gloaming_cluster::{HandOver, HandOverErrorKind, HandOverListener, HandOverRefusal};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::ShardId;
use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    os::unix::{
        fs::PermissionsExt as _,
        net::{UnixListener, UnixStream},
    },
    path::Path,
    sync::Arc,
    thread,
};

/// ROLLED BACK, as it speaks the versions 1 to 1 only. It is the same in all versions.
const VERSION_1_ONLY: [u8; 14] = [0, 0, 0, 10, 10, 1, 0, 0, 0, 1, 0, 0, 0, 1];

/// HELLO of the versions 7 to 9, for all shards of some bot.
const HELLO_OF_VERSION_9: [u8; 30] = [
    0, 0, 0, 26, 1, b'G', b'L', b'O', b'A', b'M', b'H', b'O', b'\n', 0, 7, 0, 9, 1, 1, 2, 3, 4, 5,
    6, 7, 8, 0, 0, 0, 0,
];

/// Sends bytes, and returns what comes back until the end of the connection.
async fn answer(socket: &Path, sent: &'static [u8]) -> Vec<u8> {
    let socket = socket.to_owned();
    let exchange = tokio::task::spawn_blocking(move || {
        let mut stream = UnixStream::connect(socket).unwrap();
        stream.write_all(sent).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    });
    in_time("an answer", exchange).await.unwrap()
}

#[tokio::test]
async fn other_versions_bots_and_shards_are_refused_and_the_shards_run_on() {
    let folder = Folder::new("refusals");
    let socket = folder.socket("socket");
    let emulator = Arc::new(emulator(1, |emulator| emulator).await);
    let publisher = Publisher::new(&emulator);
    let mut old = Process::start(&emulator, (0..=0, 1), BTreeMap::new()).await;
    ready(&emulator, 1).await;
    let giving = give(&old.cluster, &publisher, &socket, |it| it);

    assert_eq!(answer(&socket, &HELLO_OF_VERSION_9).await, VERSION_1_ONLY);
    let garbage = answer(&socket, b"GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(garbage, [0, 0, 0, 10, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (taking, reason) in [
        (
            HandOver::new("another.bot.token"),
            HandOverRefusal::AnotherBot,
        ),
        (
            HandOver::new(DEFAULT_TOKEN).shards([ShardId::new(0, 2)]),
            HandOverRefusal::NoShards,
        ),
    ] {
        let error = in_time("a refusal", taking.take([&socket]))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), HandOverErrorKind::Refused { reason });
        assert!(error.to_string().contains(&reason.to_string()), "{error}");
    }
    let error = HandOverListener::bind(&socket).unwrap_err();
    assert_eq!(error.kind(), HandOverErrorKind::SocketInUse);

    publisher.publish(5);
    old.handles([0], 5).await;
    let stats = emulator.stats();
    assert_eq!((stats.connections_opened, stats.identifies), (1, 1));
    giving.abort();
}

/// Serves one connection as an old process would that sends this, and returns what the new process makes of it.
async fn given(name: &str, sent: &'static [u8]) -> HandOverErrorKind {
    let folder = Folder::new(name);
    let socket = folder.socket("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let predecessor = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 30]).unwrap();
        stream.write_all(sent).unwrap();
    });
    let taking = HandOver::new(DEFAULT_TOKEN);
    let error = in_time("an error", taking.take([&socket]))
        .await
        .unwrap_err();
    predecessor.join().unwrap();
    error.kind()
}

#[tokio::test]
async fn new_process_tells_what_the_old_one_sent() {
    let reason = HandOverRefusal::Version { min: 1, max: 1 };
    let refused = HandOverErrorKind::Refused { reason };
    assert_eq!(given("old-version", &VERSION_1_ONLY).await, refused);
    assert_eq!(
        given("silent-end", &[]).await,
        HandOverErrorKind::OldProcessEnded
    );
    assert_eq!(
        given("garbage", b"HTTP/1.1 400").await,
        HandOverErrorKind::Malformed
    );
}

#[tokio::test]
async fn socket_is_private_and_replaces_the_one_of_a_dead_process() {
    let folder = Folder::new("socket");
    let socket = folder.socket("socket");
    // Dropped without being removed, as by a process that was killed.
    drop(UnixListener::bind(&socket).unwrap());
    let error = HandOver::new(DEFAULT_TOKEN)
        .take([&socket])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HandOverErrorKind::NoOldProcess);
    let listener = HandOverListener::bind(&socket).unwrap();
    assert_eq!(listener.path(), socket);
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(listener);
    assert!(!socket.exists());

    // Other programs' sockets and files stay.
    let other = UnixListener::bind(&socket).unwrap();
    let error = HandOverListener::bind(&socket).unwrap_err();
    assert_eq!(error.kind(), HandOverErrorKind::SocketInUse);
    drop(other);
    let file = folder.socket("file");
    fs::write(&file, "precious").unwrap();
    let error = HandOverListener::bind(&file).unwrap_err();
    assert_eq!(error.kind(), HandOverErrorKind::Io);
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
}
