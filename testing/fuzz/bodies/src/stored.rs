//! Files that a bot reads from its disk, possibly after a crash, a downgrade or a manual change.

use crate::script::Script;
use gloaming_machine::{Input, Output, Session, Transmit};
use gloaming_protocol::{Compression, GatewayUrl, ResumeHosts};
use gloaming_queue::{
    BootId, BootTime, ClockReading, FileLedger, IDENTIFY_SPACING, Ledger, LedgerEntry,
    LedgerErrorKind, LedgerState, LimitSnapshot, PERMIT_LEASE, QueueSettings, RecordedIdentify,
    Scheduler, Timestamp,
};
use gloaming_test_support::machine::{Effect, Harness};
use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

/// Parses a stored session, which has to be rejected, or be accepted by a machine.
pub fn session(data: &[u8]) {
    let Ok(session) = serde_json::from_slice::<Session>(data) else {
        return;
    };
    let stored = serde_json::to_vec(&session).expect("a session can be stored");
    let again = serde_json::from_slice::<Session>(&stored).expect("a stored session can be loaded");
    assert_eq!(again, session);

    let main = "wss://gateway.discord.gg/?v=10&encoding=json";
    let main_url = GatewayUrl::new(main, Compression::None).expect("the URL is valid");
    let usable = session
        .resume_url()
        .is_some_and(|url| ResumeHosts::default().check(&main_url, url).is_ok());
    let mut harness = Harness::with_session(session.clone());
    let outputs = harness.input(Input::Start);
    let url = outputs.iter().find_map(|output| match output {
        Effect::Output(Output::Connect { url, .. }) => Some(url),
        _ => None,
    });
    let url = url.expect("a started machine connects");
    match session.resume_url().filter(|_| usable) {
        Some(host) => assert_eq!(GatewayUrl::new(host, Compression::None).as_ref(), Ok(url)),
        None => assert_eq!(url.as_str(), main),
    }
    harness.input(Input::Connected);
    let resume = harness.hello();
    let text = resume.iter().find_map(|output| match output {
        Effect::Transmit(Transmit::Message { text, .. }) => Some(text.expose()),
        _ => None,
    });
    let text = text.expect("an existing session is resumed");
    assert!(text.len() > 4096 || serde_json::from_str::<serde_json::Value>(text).is_ok());
}

/// Loads the content of a ledger's file, which follows sixteen bytes that determine the time.
pub fn ledger(data: &[u8]) {
    let mut script = Script::new(data);
    // Up to three days.
    let (wall, later) = (Timestamp::from_millis(script.u64()), script.u64() >> 36);
    let content = script.rest();
    // The boot of the seeds, or none.
    let boot = (later % 4 != 0).then_some(BootTime {
        id: BootId::new(7),
        uptime: later,
    });
    let now = ClockReading { wall, boot };
    with_file(|path| {
        fs::write(path, content).expect("the scratch folder can be written");
        let ledger = FileLedger::new(path).with_clock(move || now);
        match ledger.load() {
            Ok(state) => {
                check_state(&state, &now);
                check_recorded(&ledger, state, &now, later);
            }
            Err(error) => {
                let kind = error.kind();
                assert!(
                    matches!(
                        kind,
                        LedgerErrorKind::Corrupt | LedgerErrorKind::NewerFormat { .. }
                    ),
                    "{error}"
                );
                assert_eq!(error.path(), Some(path));
                let identify = RecordedIdentify { shard: 0, at: wall };
                let error = ledger.record(&[LedgerEntry::Spent(identify)]).unwrap_err();
                assert_eq!(error.kind(), kind);
                assert_eq!(fs::read(path).expect("the file exists"), content);
            }
        }
    });
}

/// Checks that a ledger only lowers the limits, and that a scheduler can be built from the result.
fn check_state(state: &LedgerState, now: &ClockReading) {
    let settings = QueueSettings::default();
    let left = state.restrict(settings, now);
    assert!(left.remaining <= settings.remaining);
    assert_eq!(left.reserve, settings.reserve);
    let start = gloaming_test_support::start_of_time();
    let mut scheduler = Scheduler::new(left, start);
    let longest = PERMIT_LEASE + 2 * IDENTIFY_SPACING;
    for (spent, wait) in state.spacing_left(now) {
        assert!(wait <= longest, "{wait:?}");
        scheduler.hold(start, spent.shard, wait);
    }
    scheduler.enqueue(start, 0);
    scheduler.poll(start);
}

/// Checks that recorded entries are stored, and that the file remains valid.
fn check_recorded(ledger: &FileLedger, mut state: LedgerState, now: &ClockReading, later: u64) {
    let at = now.wall;
    let identify = |shard| RecordedIdentify { shard, at };
    let entries = [
        LedgerEntry::Spent(identify(7)),
        LedgerEntry::LimitReported(LimitSnapshot {
            at,
            remaining: 5,
            total: 1000,
            resets_at: Timestamp::from_millis(at.as_millis().saturating_add(later)),
        }),
        LedgerEntry::Spent(identify(u32::MAX)),
        LedgerEntry::Sent {
            identify: identify(7),
            at: *now,
        },
    ];
    let before = state.spent().len();
    ledger.record(&entries).expect("a valid file is writable");
    state.pass_time(now);
    for entry in &entries {
        state.apply(entry, now);
    }
    let stored = ledger.load().expect("the ledger was just written");
    assert_eq!(stored, state);
    assert!(
        state.spent().len() <= before + 2,
        "only recorded entries are added"
    );
    assert_eq!(state.spent().next_back(), Some(identify(u32::MAX)));
    check_state(&state, now);

    // One that the limits allow changes the file, and one that is refused does not.
    let settings = QueueSettings::default();
    let answer = ledger.spend(&[identify(u32::MAX), identify(7)], &settings);
    let answer = answer.expect("a valid file is writable");
    let expected = [u32::MAX, 7].map(|shard| state.spend(identify(shard), &settings, now));
    assert_eq!(answer.verdicts, expected);
    assert_eq!(answer.state, state);
    assert_eq!(
        answer.state.spent().len(),
        stored.spent().len(),
        "they are too soon"
    );
}

/// Calls `act` with the path of a file for this thread, in memory if the system has a folder there. On a disk,
/// syncing each change would take most of the time.
fn with_file(act: impl FnOnce(&Path)) {
    static THREADS: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static FOLDER: RefCell<Option<Folder>> = const { RefCell::new(None) };
    }

    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| {
            let number = THREADS.fetch_add(1, Ordering::Relaxed);
            Folder::new(&format!("gloaming-fuzzing-{}-{number}", process::id()))
        });
        act(&folder.0.join("ledger.json"));
    });
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory.to_path_buf()
        } else {
            std::env::temp_dir()
        };
        let folder = parent.join(name);
        fs::create_dir_all(&folder).expect("the scratch folder can be created");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder in a temporary directory may remain if it can't be removed.
        _ = fs::remove_dir_all(&self.0);
    }
}
