//! What each example is expected to do.

mod restarts;

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{bail, ensure};
use serde_json::json;

use self::restarts::{
    cluster, identify_ledger, resume_after_crash, resume_over_restart, resume_with_cache,
};
use super::{http, proxy::Proxy, run::Run};

/// How an example is run, and what it is expected to print.
pub(super) struct Script {
    pub(super) example: &'static str,
    pub(super) play: fn(&Run) -> anyhow::Result<()>,
}

/// The scripts of all examples.
pub(super) const SCRIPTS: &[Script] = &[
    script("all-events", all_events),
    script("basic-bot", basic_bot),
    script("cluster", cluster),
    script("custom-connector", custom_connector),
    script("custom-queue", custom_queue),
    script("custom-transport", custom_transport),
    script("hand-over", hand_over),
    script("identify-ledger", identify_ledger),
    script("member-requests", member_requests),
    script("metrics", metrics),
    script("network-proxy", network_proxy),
    script("presence-per-shard", presence_per_shard),
    script("quickstart", quickstart),
    script("record-traffic", record_traffic),
    script("resume-after-crash", resume_after_crash),
    script("resume-over-restart", resume_over_restart),
    script("resume-with-cache", resume_with_cache),
    script("sharded", sharded),
    script("test-your-bot", test_your_bot),
    script("views", views),
    script("voice-state", voice_state),
    script("with-cache", with_cache),
    script("with-http", with_http),
    script("with-standby", with_standby),
];

const fn script(example: &'static str, play: fn(&Run) -> anyhow::Result<()>) -> Script {
    Script { example, play }
}

fn all_events(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 3")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect("connection: Ready")?;
    emulator.say(0, "hello")?;
    bot.expect("event MESSAGE_CREATE")?;
    let data = json!({"id": "1", "what": "not documented"});
    emulator.event("SOMETHING_NEW", data)?;
    bot.expect(r#"event SOMETHING_NEW, which has no type: {"id":"1","what":"not documented"}"#)?;
    bot.interrupt()?.contain(&[
        "connection: Stopped",
        "1 READY",
        "3 GUILD_CREATE",
        "1 MESSAGE_CREATE",
        "1 SOMETHING_NEW",
    ])?;
    emulator.verdict()
}

fn basic_bot(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 2")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect("ready as gloaming")?;
    emulator.say(0, "!ping")?;
    bot.expect(": !ping")?;
    bot.expect("gloaming: pong!")?;
    bot.interrupt()?;
    emulator.verdict()
}

fn custom_connector(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 4")?;
    let bot = run
        .example()
        .on(&emulator)
        .env("LOCAL_ADDRESS", "127.0.0.1")
        .start()?;
    bot.expect("ready: ")?;
    let last = bot.terminate()?;
    last.contain(&[" bytes received, ", " bytes sent"])?;
    ensure!(last.number_after("received, ")? > 0, "no byte was counted");
    emulator.verdict()
}

fn custom_queue(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--shards 2")?;
    let bot = run.example().on(&emulator).start()?;
    // Shard 1 starts first, and identifies last.
    let first = bot.expect(" identifies")?;
    ensure!(first == "shard 0 identifies", "shard 0 is not the first");
    bot.expect("shard 1 identifies")?;
    bot.expect("is ready")?;
    bot.terminate()?;
    ensure!(emulator.count("identifies")? == 2);
    emulator.verdict()
}

fn custom_transport(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--heartbeat-interval 500ms")?;
    let bot = run.example().on_plain(&emulator).start()?;
    bot.expect("hello: a heartbeat every 500 ms")?;
    bot.expect("ready: gloaming in 8 guilds")?;
    bot.expect("heartbeat acknowledged")?;
    emulator.say(0, "hello")?;
    bot.expect(": hello")?;
    bot.expect("heartbeat acknowledged")?;
    bot.terminate()?.contain(&["closed"])?;
    emulator.verdict()
}

fn hand_over(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--shards 2 --guilds 6")?;
    let start = || {
        let socket = run.file("socket");
        let sessions = run.file("sessions");
        let example = run.example().on(&emulator).env("SOCKET", &socket);
        example.env("SESSIONS", &sessions).start()
    };
    let first = start()?;
    first.expect_all(&[
        "shard [0, 2]: ready",
        "shard [1, 2]: ready",
        "waiting for the next process",
    ])?;
    emulator.action(&json!({"action": "generate-events", "count": 200}))?;
    let second = start()?;
    second.expect("took 2 shards")?;
    second.expect_all(&[
        "shard [0, 2]: resumed, ",
        "shard [1, 2]: resumed, ",
        "waiting for the next process",
    ])?;
    first.end()?.contain(&["gave 2 shards"])?;
    let second = second.terminate()?;
    ensure!(
        second.number_after("handled ")? == emulator.count("dispatches")?,
        "events were lost or doubled"
    );
    ensure!(
        emulator.count("identifies")? == 2 && emulator.count("resumes")? == 2,
        "the second process did not resume"
    );
    emulator.verdict()
}

fn member_requests(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 1 --members 2500")?;
    let bot = run.example().on(&emulator).start()?;
    for part in [
        "not requested: ",
        "chunk 1 of 3: 1000 members",
        "chunk 3 of 3: 500 members",
        "2500 members in total",
        "name starts with a: ",
        "sounds of guild ",
        "channels: {",
    ] {
        let line = bot.expect(part)?;
        let is_explained = part != "not requested: " || line.contains("GUILD_PRESENCES");
        ensure!(is_explained, "the missing intent is not named");
    }
    bot.end()?;
    emulator.verdict()
}

fn metrics(run: &Run) -> anyhow::Result<()> {
    let emulator =
        run.emulator("--shards 2 --guilds 6 --heartbeat-interval 500ms --events-per-second 100")?;
    // A port that was free a moment ago.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let port = port.port().to_string();
    let bot = run
        .example()
        .on(&emulator)
        .env("METRICS_PORT", &port)
        .start()?;
    let authority = format!("127.0.0.1:{port}");
    bot.expect(&format!("serving http://{authority}/metrics"))?;
    bot.expect_all(&["shard [0, 2]: ready", "shard [1, 2]: ready"])?;
    emulator.action(&json!({"action": "drop"}))?;
    bot.expect_all(&["shard [0, 2]: resumed", "shard [1, 2]: resumed"])?;

    let mut missing = Vec::new();
    let complete = emulator.until("the page is complete", || {
        let page = http::request(&authority, "GET", "/metrics", "")?;
        missing = missing_series(&page);
        Ok(missing.is_empty())
    });
    if complete.is_err() {
        bail!("missing metrics: {}", missing.join(", "));
    }
    bot.terminate()?;
    emulator.verdict()
}

/// Returns the series that a bot whose connections were dropped once has to serve, and that are missing or zero.
fn missing_series(page: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut series = vec![
        "identify_queue_depth ".to_owned(),
        "identify_budget_remaining ".to_owned(),
    ];
    for shard in 0..2 {
        for (name, labels) in [
            ("events_total", r#",type="MESSAGE_CREATE""#),
            ("events_total", r#",type="HEARTBEAT_ACK""#),
            ("received_bytes_total", ""),
            ("inflated_bytes_total", ""),
            ("sent_bytes_total", ""),
            ("inflater_capacity_bytes", ""),
            ("connects_total", r#",step="resume_host""#),
            ("disconnects_total", r#",cause="lost""#),
            ("identifies_total", r#",result="succeeded""#),
            ("resumes_total", r#",step="resume_host",result="succeeded""#),
            ("commands_total", r#",outcome="sent""#),
            ("heartbeat_latency_seconds_count", ""),
            ("identify_wait_seconds_count", ""),
            ("shard_state", r#",state="active""#),
        ] {
            series.push(format!("{name}{{shard=\"{shard}\"{labels}}} "));
        }
    }
    for part in [
        "# HELP gloaming_events_total ",
        "# TYPE gloaming_events_total counter",
        "# TYPE gloaming_heartbeat_latency_seconds histogram",
    ] {
        if !page.contains(part) {
            missing.push(part.to_owned());
        }
    }
    for series in series {
        let name = format!("gloaming_{series}");
        let value = page.lines().find_map(|line| line.strip_prefix(&name));
        // Nothing waits in the queue any more.
        let is_served = value.is_some_and(|value| value != "0" || series.contains("queue_depth"));
        if !is_served {
            missing.push(name);
        }
    }
    missing
}

fn network_proxy(run: &Run) -> anyhow::Result<()> {
    // Two processes identify within moments, and share no queue.
    let emulator = run.emulator("--guilds 1 --identify-interval 1ms")?;
    for (variable, scheme, proxy) in [
        ("PROXY_URL", "http", Proxy::http()?),
        ("PROXY_URL", "socks5h", Proxy::socks5()?),
        ("HTTPS_PROXY", "http", Proxy::http()?),
    ] {
        let url = format!("{scheme}://127.0.0.1:{}", proxy.port);
        let bot = run.example().on(&emulator).env(variable, &url).start()?;
        bot.expect(&format!("connecting through {url}"))?;
        bot.expect("ready: ")?;
        bot.terminate()?;
        let hosts = proxy.hosts();
        ensure!(hosts.len() == 1, "{hosts:?} are not one connection");
    }
    emulator.verdict()
}

fn presence_per_shard(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--shards 2")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect_all(&[
        "shard [0, 2]: ready, online",
        "shard [1, 2]: ready, online",
        "shard [0, 2]: idle",
        "shard [1, 2]: idle",
    ])?;
    bot.terminate()?;
    emulator.verdict()
}

fn quickstart(run: &Run) -> anyhow::Result<()> {
    let bot = run.example().start()?;
    bot.expect_all(&["shard 0: ready", "shard 1: ready"])?;
    bot.expect_all(&["shard 0: resumed", "shard 1: resumed"])?;
    bot.expect(" 0 lost; none of Discord's rules were broken")?;
    bot.end().map(drop)
}

fn record_traffic(run: &Run) -> anyhow::Result<()> {
    let file = run.file("traffic.jsonl");
    let emulator = run.emulator("--guilds 2 --events-per-second 500")?;
    let bot = run
        .example()
        .on(&emulator)
        .env("RECORDING_FILE", &file)
        .start()?;
    bot.expect("100 events")?;
    let recorded = bot.terminate()?.number_after("recorded ")?;
    emulator.verdict()?;

    let emulator = run.emulator(&format!("--replay {file} --speed 10"))?;
    let bot = run.other("all-events").on(&emulator).start()?;
    for _ in 0..recorded {
        bot.expect("event ")?;
    }
    ensure!(emulator.count("recordings_played")? == 1, "more was played");
    bot.terminate()?;
    emulator.verdict()
}

fn sharded(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--shards 3 --max-concurrency 3 --events-per-second 100")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect("starting 3 shards")?;
    bot.expect_all(&[
        "shard [0, 3]: ready",
        "shard [1, 3]: ready",
        "shard [2, 3]: ready",
    ])?;
    bot.expect(": message of ")?;
    bot.terminate()?.contain(&[
        "shard [0, 3]: stopped after ",
        "shard [1, 3]: stopped after ",
        "shard [2, 3]: stopped after ",
    ])?;
    emulator.verdict()
}

fn test_your_bot(run: &Run) -> anyhow::Result<()> {
    let test = run.example().start()?;
    test.expect("the bot answered: pong!")?;
    test.expect("the bot resumed and answered")?;
    test.end()?.contain(&["passed"])
}

fn views(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 2")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect("guild ")?;
    bot.expect("guild ")?;
    emulator.say(0, "hello \"there\"")?;
    bot.expect(r#": hello "there""#)?;
    bot.interrupt()?
        .contain(&["1 messages in guild ", "0 other events of guilds"])?;
    emulator.verdict()
}

fn voice_state(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 1")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect("joining a voice channel of ")?;
    bot.expect_all(&[
        "in channel ",
        "the voice server is rotterdam1.voice.example:2048",
    ])?;
    bot.terminate()?.contain(&["left the voice channel"])?;
    emulator.verdict()
}

fn with_cache(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 4 --members 30")?;
    let bot = run.example().on(&emulator).start()?;
    for _ in 0..4 {
        bot.expect(" members, ")?;
    }
    for guild in 0..4 {
        emulator.say(guild, "remember this")?;
        // The name of the guild comes from the cache.
        let line = bot.expect(" in ")?;
        ensure!(
            !line.contains("a direct message"),
            "the guild is not cached"
        );
    }
    bot.terminate()?
        .contain(&["cached 4 guilds, ", " 4 messages"])?;
    emulator.verdict()
}

fn with_http(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--shards 2 --max-concurrency 2 --guilds 8")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect("gloaming should run 2 shards; 1000 of 1000 session starts are left today")?;
    for _ in 0..8 {
        bot.expect(": guild ")?;
    }
    for guild in 0..8 {
        emulator.say(guild, "!ping")?;
    }
    bot.expect_all(&[
        "answered: pong from shard [0, 2]",
        "answered: pong from shard [1, 2]",
    ])?;
    emulator.until("all pings are answered", || {
        Ok(emulator.count("bot_messages")? == 8)
    })?;
    bot.terminate()?;
    emulator.verdict()
}

fn with_standby(run: &Run) -> anyhow::Result<()> {
    let emulator = run.emulator("--guilds 1")?;
    let bot = run.example().on(&emulator).start()?;
    bot.expect("in guild ")?;
    emulator.say(0, "!order")?;
    bot.expect("what would you like?")?;
    emulator.say(0, "a coffee")?;
    bot.expect(": a coffee, coming up")?;
    bot.terminate()?;
    emulator.verdict()
}
