use std::{sync::OnceLock, time::Instant};

use gloaming_emulator::{
    DEFAULT_TOKEN, Settings,
    model::{ConnectionId, Gateway, Handshake, Host, Input, Operation, RestRequest, RestResponse},
};
use gloaming_test_support::start_of_time;
use serde_json::{Value, json};

const CLIENT: ConnectionId = ConnectionId(1);

/// All documented intents.
const ALL_INTENTS: u64 = 53_608_447;

/// What separates the requests of an input.
const SEPARATOR: u8 = 0x1e;

/// The most requests of an input.
const MAX_REQUESTS: usize = 6;

const AUTHORIZATION: &str = "Bot gloaming.emulator.token";

/// Sends requests to the REST of an emulator. Each begins with a line with the method, the path and maybe the content type;
/// the rest is the body. `{guild}`, `{channel}`, `{user}`, `{bot}` and `{last}` in the line stand for ids that exist; the
/// last is the one of the last response.
pub fn rest(data: &[u8]) {
    let now = start_of_time();
    let mut gateway = connected(now);
    let mut last = "1".to_owned();
    for part in data.split(|byte| *byte == SEPARATOR).take(MAX_REQUESTS) {
        let end = part.iter().position(|byte| *byte == b'\n');
        let (line, body) = part.split_at(end.unwrap_or(part.len()));
        let mut line = String::from_utf8_lossy(line).replace("{last}", &last);
        for (name, id) in ids() {
            line = line.replace(name, id);
        }
        let mut words = line.splitn(3, ' ');
        let method = words.next().unwrap_or_default();
        let target = format!("/api/v10{}", words.next().unwrap_or_default());
        let mut request = RestRequest::new(method, &target);
        request.authorization = Some(AUTHORIZATION);
        request.content_type = words.next();
        request.audit_log_reason = Some("why%20not");
        request.body = body.get(1..).unwrap_or_default();
        let response = gateway.handle_request(now, &request);
        check(&response);
        check_events(&mut gateway);
        if let Some(Value::String(id)) = response.body().and_then(|body| body.get("id")) {
            last.clone_from(id);
        }
    }
}

/// Ids that exist, by the names that stand for them. They depend only on the seed of the settings.
fn ids() -> &'static [(&'static str, String)] {
    static IDS: OnceLock<Vec<(&str, String)>> = OnceLock::new();
    IDS.get_or_init(|| {
        let now = start_of_time();
        let mut gateway = Gateway::new(settings(), now);
        let guild = gateway.guild_ids()[0];
        let channels = gateway.channels(guild);
        let channel = channels
            .get(1)
            .expect("a text channel follows the category");
        let mut get = |path: &str| {
            let mut request = RestRequest::new("GET", path);
            request.authorization = Some(AUTHORIZATION);
            let response = gateway.handle_request(now, &request);
            response.body().cloned().unwrap_or_default()
        };
        let members = get(&format!("/api/v10/guilds/{guild}/members"));
        let bot = get("/api/v10/users/@me");
        vec![
            ("{guild}", guild.to_string()),
            ("{channel}", channel.id.to_string()),
            ("{user}", id_in(&members[0]["user"])),
            ("{bot}", id_in(&bot)),
        ]
    })
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    (settings.guilds, settings.members, settings.private_channels) = (1, 3, 1);
    settings
}

/// Returns a gateway that has sent the guild to a client with all intents.
fn connected(now: Instant) -> Gateway {
    let mut gateway = Gateway::new(settings(), now);
    let handshake = Handshake {
        query: "v=10&encoding=json".to_owned(),
        host: Host::Main,
        resume_url: "ws://resume.example".into(),
    };
    gateway.handle_input(now, CLIENT, Input::Opened(handshake));
    let identify = json!({"op": 2, "d": {
        "token": DEFAULT_TOKEN,
        "properties": {"os": "a", "browser": "b", "device": "c"},
        "intents": ALL_INTENTS,
    }});
    gateway.handle_input(now, CLIENT, Input::Text(&identify.to_string()));
    gateway.handle_input(now, CLIENT, Input::Drained);
    // READY and the guild are the same for every input.
    while gateway.poll_output().is_some() {}
    gateway
}

fn id_in(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

/// A response succeeds, or is an error with a message and a code.
fn check(response: &RestResponse) {
    assert!(
        matches!(response.status(), 200 | 201 | 204 | 400..=405),
        "{response:?}"
    );
    assert_eq!(response.body().is_none(), response.status() == 204);
    if response.status() >= 400 {
        let body = response.body().expect("an error has a body");
        assert!(
            body["message"].is_string() && body["code"].is_u64(),
            "{body}"
        );
    }
    let shown = response.body().map(Value::to_string).unwrap_or_default();
    assert!(!shown.contains(DEFAULT_TOKEN), "the token is not shown");
}

/// What sessions get is JSON with a name and a sequence.
fn check_events(gateway: &mut Gateway) {
    while let Some(output) = gateway.poll_output() {
        if let Operation::Send(payload) = output.operation {
            let payload: Value = serde_json::from_str(&payload.to_text()).expect("JSON");
            let is_event = payload["t"].is_string() && payload["s"].is_u64();
            assert!(is_event || payload["op"] != 0, "{payload}");
        }
    }
    assert!(gateway.violations().is_empty());
}
