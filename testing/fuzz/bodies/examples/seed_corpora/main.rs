//! Replaces the seeds of the corpora, the entries `seed-*` of `testing/fuzz/corpus/<target>.corpus`.
//!
//! The seeds are built from the fixtures of Discord's documentation and from a few handwritten scripts: `cargo run -p gloaming-fuzzing --example seed_corpora`.

mod etf;
mod machines;
mod zstd;

use std::{fs, io, num::NonZeroU32, path::Path};

use gloaming_cluster::{Checkpoint, FileStore, StoreOwner, UnhandledLoss};
use gloaming_fuzzing::TARGETS;
use gloaming_machine::Session;
use gloaming_protocol::{DispatchKind, ShardId, Token, view::EventView};
use gloaming_test_support::{
    Random,
    corpus::Corpus,
    deflate::{DeflateStream, Faults},
    wire,
};

/// Envelopes that a wrong parser would misread.
const ENVELOPES: [&str; 14] = [
    r#"{"op":10,"d":{"heartbeat_interval":41250}}"#,
    r#"{"t":null,"s":null,"op":11,"d":null}"#,
    r#"{"d":{"op":1,"s":2,"t":"X","d":{}},"t":"READY","s":3,"op":0}"#,
    r#"{"\u006fp":7}"#,
    r#"{"op":0,"t":"\u0052EADY","s":1,"d":"\"}"}"#,
    r#"{"op":0,"op":1,"s":1,"s":2,"d":1,"d":2}"#,
    " {\n\t\"op\" : 9 , \"d\" : false }\r\n",
    r#"{"op":0,"t":"GUILD_DELETE","s":18446744073709551615,"d":{"id":197038439483310086}}"#,
    r#"{"op":18446744073709551616}"#,
    r#"{"op":-0,"s":1e3}"#,
    r#"{"op":1.0}"#,
    r#"{"op":0,"d":[[[[{"a":[{}]}]]]],"x":"\\"}"#,
    r#"{"s":1,"op":0,"d":{"#,
    r#"["op",0]"#,
];

const SESSIONS: [&str; 6] = [
    r#"{"id":"d8c3b5","sequence":42,"resume_url":"wss://gateway-us-east1-b.discord.gg"}"#,
    r#"{"id":"d8c3b5","sequence":42}"#,
    r#"{"id":"","sequence":18446744073709551615,"resume_url":null}"#,
    r#"{"id":"\u0000\"","sequence":0,"resume_url":"http://example.org"}"#,
    r#"{"sequence":-1,"id":7}"#,
    "",
];

const LEDGERS: [&str; 9] = [
    r#"{"version":1,"announced":{"at":1750000000000,"remaining":900,"total":1000,"resets_at":1750003600000},"spent":[{"shard":0,"at":1750000000001},{"shard":1,"at":1750000005001}]}"#,
    r#"{"version":1,"announced":null,"spent":[]}"#,
    r#"{"version":1,"announced":{"at":0,"remaining":0,"total":1,"resets_at":18446744073709551615},"spent":[{"shard":4294967295,"at":18446744073709551615}]}"#,
    r#"{"version":2,"announced":null,"spent":[]}"#,
    r#"{"version":1,"announced":null,"spent":[{"shard":0"#,
    "",
    r#"{"version":2,"id":11,"revision":3,"clock":{"time":1750000009000,"walls":[0,1750000009000],"jumped":null,"boot":"00000000000000000000000000000007","uptime":4000},"announced":{"at":1750000000000,"remaining":900,"total":1000,"resets_at":1750003600000,"since":1749999995000,"ends":1750003600000,"counts_from":1750003600000},"spent":[{"shard":0,"at":1750000000001,"time":1750000000001,"sent":1750000000101,"doubt":3600000},{"shard":1,"at":7,"time":1750000005001}]}"#,
    r#"{"version":2,"id":18446744073709551615,"revision":0,"clock":{"time":4503599627370496,"walls":[18446744073709551615],"jumped":0,"boot":"x"},"announced":null,"spent":[{"shard":1,"at":0,"time":18446744073709551615,"sent":0,"doubt":18446744073709551615}]}"#,
    r#"{"version":3,"announced":null,"spent":[]}"#,
];

const TEXTS: [(u8, &str); 12] = [
    (0, "wss://gateway.discord.gg"),
    (
        0,
        "ws://127.0.0.1:7878/cluster?v=9&region=eu&compress=zlib-stream",
    ),
    (0, "WSS://[::1]:8443/?encoding=etf"),
    (0, "https://gateway.discord.gg"),
    (0, "wss://user:secret@host?&&a=b#c"),
    (0, "wss://:443/"),
    (1, "gateway.discord.gg?compress"),
    (1, " Bot my-token\n"),
    (2, "GUILD_BAN_ADD"),
    (2, "SOMETHING_NEW"),
    (3, "\x34\x0a\0\0\0\0\0\0\0\u{1}"),
    (3, ""),
];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let fixtures = root.join("crates/protocol/tests/fixtures");
    for target in TARGETS {
        let path = root.join(format!("testing/fuzz/corpus/{}.corpus", target.name));
        let mut corpus = match Corpus::read(&path) {
            // A new target has no corpus yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Corpus::default(),
            result => result?,
        };
        corpus.remove("seed-");
        for (index, seed) in seeds(target.name, &fixtures)?.into_iter().enumerate() {
            let added = corpus.add(&format!("seed-{index:03}"), seed);
            added.map_err(io::Error::other)?;
        }
        corpus.write(&path)?;
    }
    Ok(())
}

/// Returns the emulator's scenarios, and some invalid ones.
fn scenarios(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    let library = fixtures.join("../../../emulator/scenarios");
    let mut paths: Vec<_> = fs::read_dir(library)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    let mut seeds = paths.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?;
    for text in [
        "",
        "[[fault]]",
        "[[fault]]\nat = 1e9\naction = 'drop'",
        "[[fault]]\nat = nan\nevery = -0.0\naction = 'drop'",
        "[[fault]]\non = 'ready'\nnth = 18446744073709551615\nevery = 1e8\ntimes = 0\naction = 'corrupt'",
        "[[fault]]\nat = 0\nevery = 0.001\naction = 'mute'\nmessage = 'acks'\nduration = 0",
    ] {
        seeds.push(text.into());
    }
    Ok(seeds)
}

/// Returns what a server may send, in pieces of several sizes, and what it may not.
fn frames() -> Vec<Vec<u8>> {
    let long = "x".repeat(300);
    let fragments = [
        wire::unfinished(wire::TEXT, b"{\"op\":1"),
        wire::frame(wire::PING, b"between"),
        wire::unfinished(wire::CONTINUATION, b""),
        wire::frame(wire::CONTINUATION, b"1}"),
    ];
    let sent = [
        wire::frame(wire::TEXT, br#"{"op":11}"#),
        wire::frame(wire::BINARY, long.as_bytes()),
        fragments.concat(),
        wire::frame(wire::PONG, b""),
        wire::close_frame(4009, "Session timed out."),
    ];
    let good = sent.concat();
    let mut seeds: Vec<Vec<u8>> = [1_u16, 2, 7, 60, 5_000]
        .into_iter()
        .map(|piece| [&piece.to_le_bytes()[..], &good].concat())
        .collect();
    for bad in [
        wire::frame(3, b"reserved"),
        wire::frame(wire::CONTINUATION, b"of nothing"),
        [&fragments[0][..], &wire::frame(wire::TEXT, b"new")].concat(),
        wire::frame(wire::CLOSE, b"1"),
        wire::close_frame(1005, "no code"),
        wire::frame(wire::TEXT, b"\xff"),
        wire::frame(wire::PING, &[0; 126]),
        wire::unfinished(wire::PING, b""),
        vec![0xc1, 0],
        vec![0x81, 0x81, 1, 2, 3, 4, 5],
        vec![0x82, 127, 0, 0, 0, 0, 0, 0, 0x40, 0],
    ] {
        let first = wire::frame(wire::TEXT, b"{}");
        seeds.push([&30_u16.to_le_bytes()[..], &first, &bad].concat());
    }
    seeds
}

fn seeds(target: &str, fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    Ok(match target {
        "envelope" => envelopes(fixtures)?,
        "decoder" => messages(fixtures)?,
        "inflaters" => deflate_streams(fixtures)?,
        "zstd" => zstd::seeds(fixtures)?,
        "events" => events(fixtures)?,
        "views" => views(fixtures)?,
        "scenario" => scenarios(fixtures)?,
        "frames" => frames(),
        "machine" => machines::seeds(),
        "gateway_info" => gateway_infos(),
        "session" => SESSIONS.map(|text| text.as_bytes().to_vec()).to_vec(),
        "ledger" => {
            let time = [1_750_000_010_000_u64.to_le_bytes(), [20; 8]].concat();
            let ledgers = LEDGERS.iter();
            Vec::from_iter(ledgers.map(|text| [&time, text.as_bytes()].concat()))
        }
        "checkpoints" => checkpoint_logs(),
        "emulator" => emulators(fixtures)?,
        "etf" => etf::seeds(fixtures)?,
        "recording" => recordings(fixtures)?,
        _ => {
            let texts = TEXTS.iter();
            Vec::from_iter(texts.map(|(choice, text)| [&[*choice], text.as_bytes()].concat()))
        }
    })
}

/// Returns a stream of C zlib, generated streams, and empty and invalid blocks.
fn deflate_streams(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    // The first byte chooses that the rest is one message, the second a large limit.
    let whole = |stream: &[u8]| [&[0, 1], stream].concat();
    let stream = fs::read(fixtures.join("zlib-stream.bin"))?;
    let mut seeds = vec![whole(&stream[2..4000])];
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let mut stream = DeflateStream::new();
        let messages = (0..4).map(|_| stream.message(&mut random, Faults::Some));
        seeds.push(whole(&messages.collect::<Vec<_>>().concat()));
    }
    let mut empty = DeflateStream::new();
    empty.empty_dynamic_block();
    empty.empty_fixed_block();
    empty.empty_block();
    let empty = empty.take();
    seeds.push(whole(&empty));
    // The same in parts, with maintenance between them.
    let parts = empty.chunks(3).zip(0..);
    let parts = parts.map(|(part, number)| [&[number, part.len() as u8], part].concat());
    seeds.push([&[1, 1][..], &parts.collect::<Vec<_>>().concat()].concat());
    // A block of the type that does not exist, a stored block without its length, and the last block.
    seeds.extend([&[0b110][..], &[0, 1, 0], &[3, 0]].map(whole));
    // A seed of a generated stream, and damage to it.
    for seed in 0..4 {
        seeds.push(
            [
                &[2, 1, seed][..],
                &[0; 7],
                &[seed % 2, 2, 9, 0, 4, 1, 3, 5, 0],
            ]
            .concat(),
        );
    }
    Ok(seeds)
}

/// Returns whole and torn logs of checkpoints, those of others, and batches without a header.
fn checkpoint_logs() -> Vec<Vec<u8>> {
    let owner = StoreOwner::of(&Token::new("MTI.secret.secret"));
    let shard = |number| ShardId::new(number, 2);
    let session = |sequence| Session::new(sequence, "d8c3b5".to_owned());
    let url = "wss://gateway-us-east1-b.discord.gg".to_owned();
    let one = Checkpoint::new(shard(0), session(42).with_resume_url(url)).with_state("state");
    let loss = UnhandledLoss::new("c9f7a1", 3, 5, NonZeroU32::MIN);
    let two = Checkpoint::new(shard(1), session(7).with_shard(shard(1))).with_unhandled_loss(loss);
    let log = FileStore::encode_checkpoints(owner, &[one, two]);
    let header = FileStore::encode(owner, []);
    let entries = log[header.len() + 24..].to_vec();
    let twice = FileStore::encode(owner, [&*entries, &*entries]);
    let batch = |entries: &[u8]| {
        let length = u16::try_from(entries.len()).unwrap_or(u16::MAX);
        [&length.to_le_bytes(), entries].concat()
    };
    let ended = [
        &[1, 0, 0, 0, 2][..],
        &0_u32.to_le_bytes(),
        &2_u32.to_le_bytes(),
    ]
    .concat();
    let mut damaged = twice.clone();
    damaged[header.len() + 30] ^= 1;
    let mut newer = header.clone();
    newer[8] = 9;
    vec![
        log[..log.len() - 9].to_vec(),
        log,
        twice,
        damaged,
        newer,
        FileStore::encode(StoreOwner::of(&Token::new("other")), []),
        header[..20].to_vec(),
        header,
        [batch(&entries), batch(&ended), batch(&entries[..20])].concat(),
        [batch(&entries), batch(&ended)].concat(),
        batch(&[0; 4]),
        Vec::new(),
    ]
}

/// The maximum length of an event. Changes to larger events rarely reach new code.
const MAX_EVENT_BYTES: usize = 1500;

fn documented(fixtures: &Path) -> io::Result<Vec<(u8, DispatchKind, String)>> {
    let mut events = Vec::new();
    for (index, kind) in DispatchKind::ALL.iter().enumerate() {
        let path = fixtures.join(format!("dispatch/{kind}.json"));
        let text = fs::read_to_string(path)?;
        let value = serde_json::from_str::<serde_json::Value>(&text)?;
        events.push((index as u8, *kind, value.to_string()));
    }
    Ok(events)
}

/// Returns recordings of a few lines, payloads for a recorder, and some invalid ones of both.
fn recordings(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    const HEADER: &str = r#"{"format":"gloaming-recording","version":1,"shards":2}"#;
    const READY: &str = r#"{"user":{"id":"80351110224678912","username":"Nelly"},"guilds":[{"id":"41771983423143937","unavailable":true}]}"#;
    const GUILD: &str = r#"{"id":"41771983423143937","name":"Discord Developers","channels":[]}"#;

    let line = |at: usize, kind: &str, data: &str| {
        format!(r#"{{"at":{at},"shard":0,"t":"{kind}","d":{data}}}"#)
    };
    let payload = |at: usize, kind: &str, data: &str| {
        format!(r#"{{"t":"{kind}","s":{at},"op":0,"d":{data}}}"#)
    };
    let first = [("READY", READY), ("GUILD_CREATE", GUILD)];
    let (mut lines, mut payloads) = (vec![HEADER.to_owned()], Vec::new());
    for (at, (kind, data)) in (1..).zip(first) {
        lines.push(line(at, kind, data));
        payloads.push(payload(at, kind, data));
    }
    let mut seeds = vec![
        lines.join("\n"),
        payloads.join("\n"),
        HEADER.to_owned(),
        String::new(),
    ];
    for (index, kind, data) in documented(fixtures)? {
        if data.len() < MAX_EVENT_BYTES / 4 {
            let at = usize::from(index) + 3;
            let [mut lines, mut payloads] = [lines.clone(), payloads.clone()];
            lines.push(line(at, kind.name(), &data));
            payloads.push(payload(at, kind.name(), &data));
            seeds.extend([lines.join("\n"), payloads.join("\n")]);
        }
    }
    for invalid in [
        r#"{"at":1,"shard":2,"t":"X","d":1}"#,
        r#"{"at":1,"shard":0,"t":"X","d":1,"s":1}"#,
        r#"{"at":18446744073709551615,"shard":0,"t":"X","d":1}"#,
        r#"{"op":0,"t":"X","s":1,"d":{"token":["a"],"id":18446744073709551615,"x":"http://a wss://b"}}"#,
    ] {
        seeds.push(format!("{HEADER}\n{invalid}\n"));
    }
    Ok(seeds.into_iter().map(String::into_bytes).collect())
}

fn envelopes(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut seeds = ENVELOPES.map(|text| text.as_bytes().to_vec()).to_vec();
    for (_, kind, data) in documented(fixtures)? {
        if data.len() < MAX_EVENT_BYTES / 8 {
            let text = format!(r#"{{"t":"{kind}","s":7,"op":0,"d":{data}}}"#);
            seeds.push(text.into_bytes());
        }
    }
    Ok(seeds)
}

/// Returns the documented events that have a view, and texts that a wrong scanner would misread.
fn views(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    const MEMBERS: [&str; 9] = [
        r#""id":"1","id":"2","author":{"id":3,"id":4}"#,
        r#" "id" : "1" ,"content":"a\"}","\u0069d":"7","x":-1.5e+3,"y":[{"a":"]"},[]]"#,
        r#""timestamp":"2024-02-03T00:30:00.148+01:00","flags":18446744073709551616,"type":300"#,
        r#""mentions":[{"id":"1"},null,[[1]],{"id":{}}],"embeds":[{"fields":[{"name":"\ud800"}]}]"#,
        r#""a":tru,"b":nullx,"c":01,"d":"tab	""#,
        r#""a":[1}"#,
        r#""a":""#,
        r#""a" 1"#,
        "",
    ];

    let kind = |name: &str| {
        DispatchKind::ALL
            .iter()
            .position(|kind| kind.name() == name)
    };
    let message = kind("MESSAGE_CREATE").unwrap_or_default() as u8;
    let texts = MEMBERS.map(|members| {
        let changes = [0; 8];
        [&[message][..], &changes, b"{", members.as_bytes(), b"}"].concat()
    });
    let mut seeds = texts.to_vec();
    for (index, kind, data) in documented(fixtures)? {
        if EventView::KINDS.contains(&kind) {
            let changes = [index, 0, 7, 12, 30, 13, 50, 8];
            seeds.push([&[index][..], &changes, data.as_bytes()].concat());
        }
    }
    Ok(seeds)
}

fn events(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::from_iter(
        ENVELOPES
            .iter()
            .map(|text| [&[255], text.as_bytes()].concat()),
    );
    for (index, _, data) in documented(fixtures)? {
        let changes = [1, index, 9, 13, 20, 14, 40, 15];
        seeds.push([&[index][..], &changes, data.as_bytes()].concat());
    }
    Ok(seeds)
}

fn messages(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    let stream = fs::read(fixtures.join("zlib-stream.bin"))?;
    let payload = fs::read(fixtures.join("zlib-payload.bin"))?;
    let text = br#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#;
    let length = [text.len() as u8];
    // One message. The first bytes select this mode, and a large limit.
    let mut seeds = vec![
        [&[1, 2][..], &stream[..MAX_EVENT_BYTES]].concat(),
        [&[1, 2][..], &payload].concat(),
        [&[1, 0, 10][..], &payload].concat(),
        [&[1, 2][..], text].concat(),
    ];
    // Chunks.
    let mut chunks = vec![0, 2];
    for chunk in stream[..MAX_EVENT_BYTES].chunks(100) {
        chunks.extend([4, chunk.len() as u8]);
        chunks.extend(chunk);
    }
    seeds.push(chunks);
    seeds.push([&[0, 2, 0][..], &length, text, &[3, 1, 2, 5, 0]].concat());
    // Messages that the body compresses, then splits and damages.
    for choice in [2, 3] {
        let message = [&length[..], text, &[3, 2, 10, 20]].concat();
        seeds.push([&[choice, 2][..], &message.repeat(3)].concat());
    }
    Ok(seeds)
}

/// Returns scripts of attempts and their responses. The numbers are the choices in `gateway_info.rs`.
fn gateway_infos() -> Vec<Vec<u8>> {
    const DOCUMENTED: &str = r#"{"url":"wss://gateway.discord.gg/","shards":9,"session_start_limit":{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":1}}"#;
    const LIMITED: &str =
        r#"{"message":"You are being rate limited.","retry_after":64.57,"global":false}"#;

    // A response with or without a header, then the time that the attempt took.
    let response = |choice: &[u8], header: Option<&str>, body: &str| {
        let mut bytes = choice.to_vec();
        match header {
            Some(header) => {
                bytes.extend([1, header.len() as u8]);
                bytes.extend(header.as_bytes());
            }
            None => bytes.push(0),
        }
        bytes.push(body.len() as u8);
        bytes.extend(body.as_bytes());
        bytes.extend([0, 20, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    };
    let default = [&[0][..], &[7; 8]].concat();
    let short = [&[1, 40][..], &[255; 8], &[50], &[255; 8], &[2, 0], &[7; 8]].concat();
    let usable = response(&[2], None, DOCUMENTED);
    let mut seeds = Vec::new();
    for responses in [
        vec![],
        vec![usable.clone()],
        vec![
            response(&[2], None, &DOCUMENTED.replace(":9", ":0")),
            usable.clone(),
        ],
        vec![response(&[2], None, "<html></html>"); 6],
        vec![response(&[4], Some("65"), LIMITED), usable.clone()],
        vec![
            response(&[4], Some(" 0.5 "), ""),
            response(&[4], None, LIMITED),
        ],
        vec![response(&[4], None, "error code: 1015"); 8],
        vec![response(&[4], Some("82721"), "error code: 1015")],
        vec![response(&[4], Some("1e400"), r#"{"retry_after":-1}"#)],
        vec![response(&[4], Some("Wed, 21 Oct 2015 07:28:00 GMT"), "{}")],
        vec![response(&[6, 3], Some("30"), "upstream"), usable.clone()],
        vec![response(
            &[7, 145, 1],
            None,
            r#"{"message":"401: Unauthorized","code":0}"#,
        )],
        vec![
            [&[0, 0, 9][..], &[0; 7]].concat(),
            [&[1, 0, 9][..], &[0; 7]].concat(),
            usable,
        ],
    ] {
        for policy in [&default, &short] {
            seeds.push([policy.as_slice(), &responses.concat()].concat());
        }
    }
    seeds
}

/// Returns scripts of clients that identify, send requests, disconnect and resume. The numbers are the choices in `emulator.rs`.
fn emulators(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    let start = [&[2, 3][..], &[1; 8], &[100, 50], &[0, 2, 0]].concat();
    let identify = [13, 0, 1];
    let mut seeds = Vec::new();
    for rest in [
        &[13, 0, 3, 5, 1, 1, 1, 1, 1, 1, 1, 1][..],
        &[
            13, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 5, 1, 9, 9, 9, 9, 9, 9, 9, 9, 1, b'n',
        ],
        &[13, 0, 6, 1, 9, 9, 9, 9, 9, 9, 9, 9, 13, 0, 7],
        &[11, 0, 11, 0, 11, 0, 9, 0, 9, 0],
        &[6, 0, 0, 2, 1, 13, 0, 2, 1, 11, 0],
        &[10, 0, 1, 0, 2, 0, 10, 0, 1, 4, 0, 3, 1, 2, 3, 5, 0, 232, 3],
    ] {
        seeds.push([&start[..], &identify, rest].concat());
    }
    let mut names = Vec::from_iter(fs::read_dir(fixtures.join("send"))?.flatten());
    names.sort_by_key(fs::DirEntry::path);
    for path in names.iter().map(fs::DirEntry::path) {
        let text = fs::read(path)?;
        let length = (text.len() as u16).to_le_bytes();
        seeds.push([&start[..], &identify, &[2, 0, 255], &length, &text].concat());
    }
    Ok(seeds)
}
