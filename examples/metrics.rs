//! A small sharded bot that serves its metrics to Prometheus.
//!
//! Without a token it talks to the bundled emulator: it receives events, sends commands, has its
//! connections cut and resumes, then reads its own page once, as Prometheus would, prints it and says
//! whether anything is missing. With `DISCORD_TOKEN` set the same bot talks to Discord.
//!
//! ```sh
//! cargo run --release --example metrics --features metrics -- --port 9464 --seconds 60
//! ```

use gloaming::{
    Cluster, Config, ConfigBuilder, EventTypeFlags, Intents, Item, Items, Lifecycle, Shard,
    ShardId,
    emulator::{DEFAULT_TOKEN, Emulator, Selector},
    protocol::{RequestSoundboardSounds, shard_of},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    env,
    error::Error,
    io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    time::{interval, timeout},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const HELP: &str = "\
A small sharded bot that serves its metrics to Prometheus, on loopback: against the bundled emulator,
or, with DISCORD_TOKEN set, against Discord.

Usage: metrics [OPTIONS]

Options:
  --port N       where to serve them [default: one that is free]
  --seconds S    how long to run, once all shards are ready [default: 2]
  --help         show this and end

Environment:
  DISCORD_TOKEN  a bot's token; without it no network is needed";

const SHARDS: u32 = 2;

/// Round trips and waits, in seconds: quantiles of several shards can't be added up, buckets can.
const BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0];

/// How long a client may take to ask, and to take what it asked for.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<()> {
    let Some(options) = Options::from_args()? else {
        println!("{HELP}");
        return Ok(());
    };

    // Before shards are made: they take the recorder that is there.
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let address = listener.local_addr()?;
    println!("-- serving http://{address}/metrics");
    tokio::spawn(serve(listener, metrics));

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
    let (config, emulator) = match env::var("DISCORD_TOKEN") {
        Ok(token) => (Config::new(token, intents), None),
        Err(_) => {
            let emulator = Emulator::builder()
                .guilds(6)
                .heartbeat_interval(Duration::from_millis(500))
                .events_per_second(100.0)
                .start()
                .await?;
            let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), intents)
                .gateway_url(emulator.url())
                .build();
            (config, Some(emulator))
        }
    };

    let shards = (0..SHARDS)
        .map(|number| ShardId::new(number, SHARDS))
        .map(|id| Shard::with_config(id, config.clone()));
    let (cluster, mut items) = Cluster::start(shards, EventTypeFlags::all(), 64);
    until_all(&mut items, |event| matches!(event, Lifecycle::Ready { .. })).await?;

    if let Some(emulator) = &emulator {
        let count = NonZeroU32::new(SHARDS).ok_or("a bot has a shard")?;
        for number in 0..SHARDS {
            let mut guilds = emulator.guild_ids();
            guilds.retain(|guild| shard_of(*guild, count) == number);
            let request = RequestSoundboardSounds::new(guilds)?;
            cluster.command(number, &request).await?;
        }
    }
    run_for(&mut items, options.run_for / 2).await?;
    if let Some(emulator) = &emulator {
        println!("-- dropping every connection");
        emulator.drop_connections(Selector::All);
        until_all(&mut items, |event| {
            matches!(event, Lifecycle::Resumed { .. })
        })
        .await?;
    }
    run_for(&mut items, options.run_for / 2).await?;

    let page = scrape(address).await?;
    println!("{page}");
    // Against Discord nothing is dropped, so there is less to expect.
    let missing = if emulator.is_some() {
        missing(&page)
    } else {
        Vec::new()
    };
    println!("-- {} of the expected series are missing", missing.len());

    cluster.down();
    while items.next().await.is_some() {}
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
        if !missing.is_empty() {
            return Err(format!("missing: {}", missing.join(", ")).into());
        }
    }
    Ok(())
}

/// Takes what comes until each shard has told such an event.
async fn until_all(items: &mut Items, wanted: impl Fn(&Lifecycle) -> bool) -> Result<()> {
    let mut waiting = SHARDS;
    while waiting > 0 {
        let (shard, item) = items.next().await.ok_or("every shard has stopped")?;
        if let Some(event) = handle(shard, item)?
            && wanted(&event)
        {
            waiting -= 1;
        }
    }
    Ok(())
}

async fn run_for(items: &mut Items, time: Duration) -> Result<()> {
    let run = async {
        loop {
            let (shard, item) = items.next().await.ok_or("every shard has stopped")?;
            handle(shard, item)?;
        }
    };
    match timeout(time, run).await {
        Ok(stopped) => stopped,
        Err(_elapsed) => Ok(()),
    }
}

/// What a bot does with events; this one only counts them, and that is done already.
fn handle(shard: ShardId, item: Item) -> Result<Option<Lifecycle>> {
    match item {
        Item::Lifecycle(event) => return Ok(Some(event)),
        Item::Failure(error) if error.is_fatal() => return Err(error.into()),
        Item::Failure(error) => eprintln!("shard {shard}: {error}"),
        _ => {}
    }
    Ok(None)
}

/// Answers whoever asks with the page as it is then.
async fn serve(listener: TcpListener, metrics: PrometheusHandle) {
    // What histograms hold is sorted into their buckets now and then, even if nobody asks.
    let mut upkeep = interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            _ = upkeep.tick() => metrics.run_upkeep(),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let page = metrics.render();
                    tokio::spawn(timeout(PATIENCE, answer(stream, page)));
                }
                Err(error) => eprintln!("a client could not be accepted: {error}"),
            },
        }
    }
}

/// One request, one answer: all that Prometheus needs.
async fn answer(mut stream: TcpStream, page: String) -> io::Result<()> {
    const LONGEST_REQUEST: u64 = 16 * 1024;

    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read.take(LONGEST_REQUEST)).lines();
    let request = lines.next_line().await?.unwrap_or_default();
    while lines
        .next_line()
        .await?
        .is_some_and(|line| !line.is_empty())
    {}
    let (status, body) = if request.starts_with("GET /metrics ") {
        ("200 OK", page)
    } else {
        ("404 Not Found", "metrics are at /metrics\n".to_owned())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    write.write_all(head.as_bytes()).await?;
    write.write_all(body.as_bytes()).await?;
    write.shutdown().await
}

/// Reads the page as Prometheus does.
async fn scrape(address: SocketAddr) -> Result<String> {
    timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        match answer.split_once("\r\n\r\n") {
            Some((head, page)) if head.starts_with("HTTP/1.1 200 ") => Ok(page.to_owned()),
            _ => Err(format!("no page of metrics: {answer}").into()),
        }
    })
    .await?
}

/// What a bot that was dropped once has on its page, and this page has not.
fn missing(page: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for shard in 0..SHARDS {
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
            let series = format!("gloaming_{name}{{shard=\"{shard}\"{labels}}} ");
            let value = page.lines().find_map(|line| line.strip_prefix(&series));
            if value.is_none_or(|value| value == "0") {
                missing.push(series);
            }
        }
    }
    for name in ["identify_queue_depth", "identify_budget_remaining"] {
        let series = format!("gloaming_{name} ");
        if !page.lines().any(|line| line.starts_with(&series)) {
            missing.push(series);
        }
    }
    missing
}

struct Options {
    port: u16,
    run_for: Duration,
}

impl Options {
    /// `None` if help is wanted.
    fn from_args() -> Result<Option<Self>> {
        let mut options = Self {
            port: 0,
            run_for: Duration::from_secs(2),
        };
        let mut args = env::args().skip(1);
        while let Some(name) = args.next() {
            let mut value = || {
                args.next()
                    .and_then(|value| value.parse::<u16>().ok())
                    .ok_or_else(|| format!("{name} needs a number up to 65535; see --help"))
            };
            match name.as_str() {
                "--port" => options.port = value()?,
                "--seconds" => options.run_for = Duration::from_secs(value()?.into()),
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("unknown option {other}; see --help").into()),
            }
        }
        Ok(Some(options))
    }
}
