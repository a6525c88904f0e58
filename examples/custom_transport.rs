//! The protocol crate alone, over a transport of one's own: a blocking WebSocket on a plain thread, without a shard and
//! without an async runtime.
//!
//! `gloaming-protocol` converts messages to payloads and back. This program decides when to connect, to send heartbeats
//! and to give up.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and a URL that begins with `ws://`, such as that of
//! `gloaming-emulator`, from `GATEWAY_URL`; for Discord, add TLS in [`Connection::open`]. It ends on ctrl-c.

mod shutdown;

use gloaming_protocol::{
    Compression, Decoded, Decoder, DecoderLimits, Event, Frame, GatewayUrl, Identify, Intents,
    JsonParser, OpCode, OwnedPayload, Payload, Token, decode_event, default_identify_properties,
    encode_heartbeat,
};
use std::{
    collections::hash_map::RandomState,
    env,
    error::Error,
    hash::BuildHasher,
    io::ErrorKind,
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};
use tungstenite::{
    Message, WebSocket,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Set by ctrl-c.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How long a read may block before [`INTERRUPTED`] is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

fn main() -> Result<()> {
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let url =
        env::var("GATEWAY_URL").map_err(|_| "set GATEWAY_URL to a URL that begins with ws://")?;
    watch_for_shutdown()?;
    let mut connection = Connection::open(&url)?;
    run(&mut connection, &Token::new(token))?;
    connection.close()
}

/// From HELLO until ctrl-c.
fn run(connection: &mut Connection, token: &Token) -> Result<()> {
    let properties = default_identify_properties();
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;

    let hello = connection.receive(now() + Duration::from_secs(10))?;
    let hello = hello.ok_or("the gateway sent no HELLO within 10 s")?;
    let Decoded::Event(Event::GatewayHello(hello)) = hello.event(JsonParser::best())? else {
        return Err("the first payload is not HELLO".into());
    };
    let mut heartbeat = Heartbeat::new(Duration::from_millis(hello.heartbeat_interval));
    println!("hello: a heartbeat every {} ms", hello.heartbeat_interval);

    connection.send(Identify::new(token, &properties, intents).encode()?)?;

    while !INTERRUPTED.load(Ordering::Relaxed) {
        if heartbeat.next <= now() {
            heartbeat.schedule_next()?;
            connection.send(encode_heartbeat(heartbeat.sequence))?;
        }
        let deadline = heartbeat.next.min(now() + POLL_INTERVAL);
        let Some(payload) = connection.receive(deadline)? else {
            continue;
        };
        heartbeat.sequence = payload.sequence().or(heartbeat.sequence);
        match payload.op() {
            OpCode::Dispatch => print_event(&payload)?,
            OpCode::HeartbeatAck => {
                println!("heartbeat acknowledged");
                heartbeat.state = HeartbeatState::Acknowledged;
            }
            OpCode::Heartbeat => connection.send(encode_heartbeat(heartbeat.sequence))?,
            // A client that is to stay would connect again and resume, with `encode_resume`.
            OpCode::Reconnect | OpCode::InvalidSession => {
                return Err("the gateway asks to reconnect".into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Parses two types of events. For all others only the envelope was read.
fn print_event(payload: &OwnedPayload) -> Result<()> {
    if !matches!(payload.name(), Some("READY" | "MESSAGE_CREATE")) {
        return Ok(());
    }
    match decode_event(&payload.as_payload(), JsonParser::best())?.into_event() {
        Ok(Event::Ready(ready)) => {
            println!(
                "ready: {} in {} guilds",
                ready.user.name,
                ready.guilds.len()
            );
        }
        Ok(Event::MessageCreate(message)) => {
            println!("{}: {}", message.author.name, message.content);
        }
        _ => {}
    }
    Ok(())
}

/// When to send the next heartbeat, and whether the last one was acknowledged.
struct Heartbeat {
    interval: Duration,
    next: Instant,
    state: HeartbeatState,
    sequence: Option<u64>,
}

#[derive(PartialEq)]
enum HeartbeatState {
    Acknowledged,
    Sent,
}

impl Heartbeat {
    /// The first heartbeat is due after a random part of the interval.
    fn new(interval: Duration) -> Self {
        let random = RandomState::new().hash_one(0) as f64 / u64::MAX as f64;
        Self {
            interval,
            next: now() + interval.mul_f64(random),
            state: HeartbeatState::Acknowledged,
            sequence: None,
        }
    }

    fn schedule_next(&mut self) -> Result<()> {
        if self.state == HeartbeatState::Sent {
            return Err("the gateway did not acknowledge the last heartbeat".into());
        }
        self.state = HeartbeatState::Sent;
        self.next += self.interval;
        Ok(())
    }
}

/// A WebSocket, and the decoder of its messages.
struct Connection {
    socket: WebSocket<TcpStream>,
    decoder: Decoder,
}

impl Connection {
    fn open(base: &str) -> Result<Self> {
        let compression = Compression::best();
        let url = GatewayUrl::new(base, compression)?;
        let rest = base.strip_prefix("ws://");
        let rest = rest.ok_or("GATEWAY_URL does not begin with ws://")?;
        let address = rest.split(['/', '?']).next().unwrap_or_default();
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let (socket, _) = tungstenite::client(url.as_str(), stream)?;
        Ok(Self {
            socket,
            decoder: Decoder::new(compression, DecoderLimits::default())?,
        })
    }

    fn send(&mut self, text: String) -> Result<()> {
        Ok(self.socket.send(Message::text(text))?)
    }

    /// Returns the next payload, or `None` if none arrives before the deadline.
    fn receive(&mut self, deadline: Instant) -> Result<Option<OwnedPayload>> {
        loop {
            let wait = deadline.saturating_duration_since(now());
            if wait.is_zero() {
                return Ok(None);
            }
            self.socket.get_ref().set_read_timeout(Some(wait))?;
            let message = match self.socket.read() {
                Ok(message) => message,
                // The socket keeps the part of a message that it has read.
                Err(tungstenite::Error::Io(error)) if may_retry(error.kind()) => continue,
                Err(error) => return Err(error.into()),
            };
            let frame = match &message {
                Message::Text(text) => Frame::Text(text),
                Message::Binary(bytes) => Frame::Binary(bytes),
                Message::Close(Some(frame)) => {
                    let (code, reason) = (u16::from(frame.code), &frame.reason);
                    return Err(format!("the gateway closed with {code}: {reason}").into());
                }
                Message::Close(None) => return Err("the gateway closed without a code".into()),
                _ => continue,
            };
            if let Some(text) = self.decoder.decode(frame)? {
                return Ok(Some(Payload::parse(text)?.to_owned_payload()));
            }
        }
    }

    /// Sends a close frame and waits for the reply. This code ends the session; after most others the session can be
    /// resumed.
    fn close(mut self) -> Result<()> {
        self.socket.close(Some(CloseFrame {
            code: CloseCode::Normal,
            reason: "done".into(),
        }))?;
        self.socket
            .get_ref()
            .set_read_timeout(Some(Duration::from_secs(5)))?;
        loop {
            match self.socket.read() {
                Ok(Message::Close(_)) => println!("closed"),
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Whether a read failed because of its timeout, whose error depends on the operating system, or of a signal.
fn may_retry(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// Waits for ctrl-c or SIGTERM on another thread. The standard library has no signal handlers, so that this uses tokio.
fn watch_for_shutdown() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::spawn(move || {
        if runtime.block_on(shutdown::requested()).is_ok() {
            INTERRUPTED.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a client that sends heartbeats reads the clock"
)]
fn now() -> Instant {
    Instant::now()
}
