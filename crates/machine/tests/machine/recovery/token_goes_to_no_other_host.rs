use gloaming_machine::{
    Input, Lifecycle, Machine, MachineConfig, Output, RecoveryStep, SendKind, Session,
};
use gloaming_protocol::{Compression, ResumeHosts, ResumeUrlErrorKind, Token};
use gloaming_test_support::machine::{
    Effect, Harness, MAIN, RESUME_HOST, SESSION, connects, events, is_send, resume_url,
};

/// URLs that READY or a stored session might name, and why the token is not sent there.
const REFUSED: [(&str, ResumeUrlErrorKind); 6] = [
    (
        "ws://gateway-us-east1-b.discord.gg",
        ResumeUrlErrorKind::Unencrypted,
    ),
    ("ws://127.0.0.1:9", ResumeUrlErrorKind::Unencrypted),
    ("wss://gateway.example.com", ResumeUrlErrorKind::ForeignHost),
    (
        "wss://gateway.discord.gg.example.com",
        ResumeUrlErrorKind::ForeignHost,
    ),
    (
        "wss://gateway.discord.gg@example.com",
        ResumeUrlErrorKind::Invalid,
    ),
    ("https://gateway.discord.gg", ResumeUrlErrorKind::Invalid),
];

fn ready(url: &str) -> String {
    format!(
        r#"{{"t":"READY","s":1,"op":0,"d":{{"session_id":"{SESSION}","resume_gateway_url":"{url}"}}}}"#
    )
}

/// Identifies, with this URL in READY.
fn identified(harness: &mut Harness, url: &str) -> Vec<Effect> {
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(&ready(url))
}

fn refusals(outputs: &[Effect]) -> Vec<ResumeUrlErrorKind> {
    let refusal = |event: &&Lifecycle| match event {
        Lifecycle::ResumeUrlRefused { error } => Some(error.kind()),
        _ => None,
    };
    events(outputs).iter().filter_map(refusal).collect()
}

/// Lets attempts fail until IDENTIFY, and returns the URLs.
fn urls_until_identify(harness: &mut Harness) -> Vec<String> {
    let mut urls = Vec::new();
    harness.lost();
    loop {
        let (_, effect) = harness
            .log
            .iter()
            .rev()
            .find(|(_, effect)| matches!(effect, Effect::Output(Output::Connect { .. })))
            .unwrap();
        let Effect::Output(Output::Connect { url, step }) = effect else {
            unreachable!("it is filtered for");
        };
        if *step == RecoveryStep::Identify {
            return urls;
        }
        urls.push(url.as_str().to_owned());
        harness.input(Input::Connected);
        let resumes = harness.hello();
        assert!(resumes.iter().any(|it| is_send(it, SendKind::Resume)));
        harness.lost();
        while harness.machine.state_name() == "backing off" {
            harness.next_deadline();
        }
    }
}

#[test]
fn ready_can_not_name_another_host() {
    for (url, kind) in REFUSED {
        let mut harness = Harness::new();
        let outputs = identified(&mut harness, url);
        assert_eq!(refusals(&outputs), [kind], "{url}");
        let session = harness.machine.session().unwrap();
        assert_eq!(session.resume_url(), None, "{url}");
        let urls = urls_until_identify(&mut harness);
        assert_eq!(urls, [MAIN; 3], "{url}");
    }
}

#[test]
fn stored_session_can_not_name_another_host() {
    for (url, kind) in REFUSED {
        let session = Session::new(7, SESSION.to_owned()).with_resume_url(url.to_owned());
        let mut harness = Harness::with_session(session);
        let outputs = harness.input(Input::Start);
        assert_eq!(refusals(&outputs), [kind], "{url}");
        assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
    }
}

#[test]
fn refusal_shows_neither_the_token_nor_the_path() {
    let mut harness = Harness::new();
    let outputs = identified(&mut harness, "wss://example.com/secret?token=secret");
    let texts: Vec<String> = events(&outputs)
        .iter()
        .map(|it| format!("{it} {it:?}"))
        .collect();
    let told = texts.iter().any(|text| text.contains("wss://example.com/"));
    assert!(told, "{texts:?}");
    assert!(
        texts.iter().all(|text| !text.contains("secret")),
        "{texts:?}"
    );
}

#[test]
fn hosts_of_discord_are_resumed_on() {
    let mut harness = Harness::new();
    assert_eq!(refusals(&identified(&mut harness, RESUME_HOST)), []);
    let url = resume_url();
    assert_eq!(
        connects(&harness.lost()),
        [(&*url, RecoveryStep::ResumeHost)]
    );
}

#[test]
fn added_host_is_resumed_on() {
    let mut harness = Harness::configured(|config| {
        config.resume_hosts = ResumeHosts::default().with("example.com");
    });
    let outputs = identified(&mut harness, "wss://gateway.example.com");
    assert_eq!(refusals(&outputs), []);
    let url = "wss://gateway.example.com/?v=10&encoding=json";
    assert_eq!(connects(&harness.lost()), [(url, RecoveryStep::ResumeHost)]);
}

/// As an emulator does, whose resume host has another port.
#[test]
fn main_url_without_encryption_allows_its_own_host() {
    let config = |url| {
        let identify = String::new();
        MachineConfig::new(Token::new("secret"), identify, url, Compression::None).unwrap()
    };
    for (main, url, is_kept) in [
        ("ws://127.0.0.1:1", "ws://127.0.0.1:2", true),
        ("ws://127.0.0.1:1", "wss://127.0.0.1:2", true),
        ("ws://127.0.0.1:1", "ws://localhost:2", true),
        ("ws://127.0.0.1:1", "ws://10.0.0.1:2", false),
        ("ws://proxy:1", "wss://gateway-us-east1-b.discord.gg", false),
    ] {
        let session = Session::new(7, SESSION.to_owned()).with_resume_url(url.to_owned());
        let machine = Machine::new(config(main), Some(session), 1);
        let kept = machine.session().and_then(Session::resume_url);
        assert_eq!(kept.is_some(), is_kept, "{main} {url}");
    }
}
