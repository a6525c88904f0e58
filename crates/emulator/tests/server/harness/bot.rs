//! A bot in a guild, with a session that gets all events and requests over REST.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::{Value, json};
use twilight_model::channel::ChannelType;

use super::{client::Client, http::http_request_with};

/// All documented intents.
const ALL_INTENTS: u64 = 53_608_447;

pub(crate) struct Bot {
    pub(crate) emulator: Emulator,
    client: Client,
    /// The id of the bot.
    pub(crate) id: String,
    pub(crate) guild: String,
    /// A text channel of the guild.
    pub(crate) channel: String,
}

impl Bot {
    pub(crate) async fn start() -> Self {
        let builder = Emulator::builder().guilds(1).members(10);
        let emulator = builder.start().await.unwrap();
        let url = format!("{}/?v=10&encoding=json", emulator.url());
        let mut client = Client::connect(&url).await.unwrap();
        let ready = client.start(ALL_INTENTS).await;
        client.dispatch("GUILD_CREATE").await;
        let guild = emulator.guild_ids()[0];
        let channels = emulator.channels(guild);
        let channel = channels.iter().find(|it| it.kind == ChannelType::GuildText);
        Self {
            client,
            id: ready["user"]["id"].as_str().unwrap().to_owned(),
            guild: guild.to_string(),
            channel: channel.unwrap().id.to_string(),
            emulator,
        }
    }

    /// Sends a request, for example `GET /gateway`, with a reason for the audit log. Returns the status and the body.
    pub(crate) async fn send(&self, request: &str, body: Value) -> (u16, Value) {
        let (method, path) = request.split_once(' ').unwrap();
        let headers = format!(
            "Authorization: Bot {DEFAULT_TOKEN}\r\nX-Audit-Log-Reason: as%20the%20test%20says\r\n"
        );
        http_request_with(
            &self.emulator,
            &format!("{method} /api/v10{path}"),
            &headers,
            &body,
        )
        .await
    }

    /// The body of the response to a request that succeeds.
    pub(crate) async fn ok(&self, request: &str, body: Value) -> Value {
        let (status, answer) = self.send(request, body).await;
        assert!((200..300).contains(&status), "{request}: {status} {answer}");
        answer
    }

    /// The same without a body.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ok(&format!("GET {path}"), Value::Null).await
    }

    /// Sends a request that is refused with a status and a code of Discord.
    pub(crate) async fn refused(
        &self,
        request: &str,
        body: Value,
        status: u16,
        code: u32,
    ) -> Value {
        let (actual, answer) = self.send(request, body).await;
        assert_eq!(
            (actual, &answer["code"]),
            (status, &json!(code)),
            "{request}: {answer}"
        );
        answer
    }

    /// The data of the next event with that name; others are skipped.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        self.client.dispatch(name).await["d"].take()
    }

    /// The next entry of the audit log is of this type, and has the reason.
    pub(crate) async fn audited(&mut self, action: u64) -> Value {
        let entry = self.event("GUILD_AUDIT_LOG_ENTRY_CREATE").await;
        assert_eq!(
            (&entry["action_type"], &entry["reason"], &entry["user_id"]),
            (&json!(action), &json!("as the test says"), &json!(self.id)),
            "{entry}"
        );
        entry
    }

    /// A message of the owner of the guild, in its first text channel.
    pub(crate) async fn message_of_owner(&mut self) -> Value {
        self.emulator.say(self.emulator.guild_ids()[0], "hello");
        self.event("MESSAGE_CREATE").await
    }

    /// The ids of members that are not the bot.
    pub(crate) async fn members(&self) -> Vec<String> {
        let members = self
            .get(&format!("/guilds/{}/members?limit=1000", self.guild))
            .await;
        let ids = members.as_array().unwrap().iter();
        ids.map(|member| member["user"]["id"].as_str().unwrap().to_owned())
            .filter(|id| *id != self.id)
            .collect()
    }
}

/// The id of an object.
pub(crate) fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}
