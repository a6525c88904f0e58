//! Interactions that the bot was told of, and how it answers them over REST.

use std::collections::VecDeque;

use serde_json::{Value, json};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, InteractionMarker},
};

use super::gateway::Gateway;
use crate::traffic::{Draft, Event, NoDraft, Sort, Writer, flags_of, is_ephemeral};

/// Interactions that can be answered; older ones make room.
const MOST_INTERACTIONS: usize = 1000;

/// The type of an interaction that is a slash command.
const COMMAND: u64 = 2;

/// The type of a first answer that is a message.
pub(crate) const MESSAGE: u64 = 4;
/// The type of one that promises a message.
pub(crate) const PROMISE: u64 = 5;

/// What the bot was told of lately.
#[derive(Debug, Default)]
pub(super) struct Interactions(VecDeque<Interaction>);

#[derive(Debug)]
struct Interaction {
    id: Id<InteractionMarker>,
    kind: u64,
    token: String,
    guild: Option<u64>,
    channel: Id<ChannelMarker>,
    stage: Stage,
}

/// What the bot did about an interaction.
#[derive(Debug)]
enum Stage {
    Waits,
    /// It was answered with no message: one may follow.
    Acknowledged,
    /// It was answered with the promise of a message.
    Promised {
        is_ephemeral: bool,
    },
    Answered {
        message: Box<Value>,
        /// What the message shows.
        draft: Draft,
    },
    /// The answer was taken back.
    Deleted,
}

/// How a bot answers at first.
#[derive(Debug)]
pub(crate) enum Callback {
    /// With a message.
    Message(Draft),
    /// With the promise of one.
    Promise { is_ephemeral: bool },
    /// With something that is no message yet, or never will be; by its number.
    Other(u64),
}

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unanswerable {
    /// There is no such interaction, or it has no such message.
    Unknown,
    /// It was answered before.
    Acknowledged,
    /// There would be no message.
    NoMessage(NoDraft),
}

impl Gateway {
    /// Makes the owner of a guild use a slash command in its first text channel, with `options` as Discord's
    /// INTERACTION_CREATE has them. The bot need not have registered it. Gives how many sessions hear of it: none if
    /// there is no such guild.
    pub fn use_command(&mut self, guild: Id<GuildMarker>, name: &str, options: &Value) -> usize {
        let command = self.app_commands.id_of(guild, name);
        let Some(guild) = self.world.guild(guild.get()) else {
            return 0;
        };
        let command = command.unwrap_or(self.world.application_id + 1);
        let data = json!({"type": 1, "name": name, "id": command.to_string(), "options": options});
        let event = self.chat.use_command(&self.world, guild, data);
        self.fan_out(&event)
    }

    /// An event is about to be told: the bot can answer it if it is an interaction.
    pub(super) fn note_interaction(&mut self, event: &Event) {
        if event.name == "INTERACTION_CREATE"
            && let Some(interaction) = Interaction::read(event)
        {
            self.interactions.keep(interaction);
        }
    }

    /// The first answer. Gives what Discord says of it to those who ask for more than that it was taken.
    pub(crate) fn answer_interaction(
        &mut self,
        id: Id<InteractionMarker>,
        token: &str,
        callback: Callback,
    ) -> Result<Value, Unanswerable> {
        let interaction = self.interactions.find(token)?;
        if interaction.id != id {
            return Err(Unanswerable::Unknown);
        }
        if !matches!(interaction.stage, Stage::Waits) {
            return Err(Unanswerable::Acknowledged);
        }
        let mut about = json!({"id": id.to_string(), "type": interaction.kind});
        interaction.stage = Stage::Acknowledged;
        self.stats.interactions_answered += 1;
        let resource = match callback {
            Callback::Other(kind) => json!({"type": kind}),
            Callback::Promise { is_ephemeral } => {
                interaction.stage = Stage::Promised { is_ephemeral };
                about["response_message_ephemeral"] = is_ephemeral.into();
                json!({"type": PROMISE})
            }
            Callback::Message(draft) => {
                about["response_message_ephemeral"] = draft.is_ephemeral().into();
                let message = self.first_message(token, draft)?;
                about["response_message_id"] = message["id"].clone();
                json!({"type": MESSAGE, "message": message})
            }
        };
        Ok(json!({"interaction": about, "resource": resource}))
    }

    /// One more message. Gives it.
    pub(crate) fn follow_up(&mut self, token: &str, draft: Draft) -> Result<Value, Unanswerable> {
        let interaction = self.interactions.find(token)?;
        match interaction.stage {
            Stage::Waits => Err(Unanswerable::Unknown),
            // The first one is what a bot promised when it acknowledged.
            Stage::Acknowledged => self.first_message(token, draft),
            Stage::Promised { is_ephemeral } => {
                self.first_message(token, draft.with_ephemeral(is_ephemeral))
            }
            Stage::Answered { .. } | Stage::Deleted => self.write_answer(token, &draft),
        }
    }

    /// The message of the first answer is to be changed like this, or to be at all: `edit` is the JSON that a bot sends.
    /// Gives it.
    pub(crate) fn edit_answer(&mut self, token: &str, edit: Value) -> Result<Value, Unanswerable> {
        let interaction = self.interactions.find(token)?;
        let (message, draft) = match &interaction.stage {
            Stage::Waits | Stage::Deleted => return Err(Unanswerable::Unknown),
            Stage::Acknowledged => return self.first_message(token, Draft::read(edit)?),
            Stage::Promised { is_ephemeral } => {
                let draft = Draft::read(edit)?.with_ephemeral(*is_ephemeral);
                return self.first_message(token, draft);
            }
            Stage::Answered { message, draft } => (Value::clone(message), draft.edited(&edit)?),
        };
        let (id, guild, channel) = (interaction.id, interaction.guild, interaction.channel);
        let event = self.chat.edit(&self.world, message, &draft);
        self.tell_unless_ephemeral(&event);
        self.keep_message(guild, channel, Some(id), draft.content(), &edit);
        self.interactions.find(token)?.stage = Stage::Answered {
            message: Box::new(event.data.clone()),
            draft,
        };
        Ok(event.data)
    }

    /// The message of the first answer.
    pub(crate) fn answer(&mut self, token: &str) -> Result<Value, Unanswerable> {
        match &self.interactions.find(token)?.stage {
            Stage::Answered { message, .. } => Ok(Value::clone(message)),
            Stage::Waits | Stage::Acknowledged | Stage::Promised { .. } | Stage::Deleted => {
                Err(Unanswerable::Unknown)
            }
        }
    }

    /// Takes the message of the first answer back.
    pub(crate) fn delete_answer(&mut self, token: &str) -> Result<(), Unanswerable> {
        let message = self.answer(token)?;
        self.interactions.find(token)?.stage = Stage::Deleted;
        let mut data = json!({"id": message["id"], "channel_id": message["channel_id"]});
        if let Some(guild) = message.get("guild_id") {
            data["guild_id"] = guild.clone();
        }
        if !is_ephemeral(flags_of(&message)) {
            self.fan_out(&Event::by_hand("MESSAGE_DELETE".into(), data));
        }
        Ok(())
    }

    fn first_message(&mut self, token: &str, draft: Draft) -> Result<Value, Unanswerable> {
        let message = self.write_answer(token, &draft)?;
        self.interactions.find(token)?.stage = Stage::Answered {
            message: Box::new(message.clone()),
            draft,
        };
        Ok(message)
    }

    fn write_answer(&mut self, token: &str, draft: &Draft) -> Result<Value, Unanswerable> {
        let interaction = self.interactions.find(token)?;
        let (id, guild, channel) = (interaction.id, interaction.guild, interaction.channel);
        let sort = match interaction.kind {
            COMMAND => Sort::Reply,
            _ => Sort::Plain,
        };
        let writer = Writer::bot(&self.world, guild, channel.get());
        let event = self.chat.write(&self.world, writer, sort, draft);
        self.tell_unless_ephemeral(&event);
        self.keep_message(guild, channel, Some(id), draft.content(), draft.body());
        Ok(event.data)
    }

    fn tell_unless_ephemeral(&mut self, event: &Event) {
        // What is only for whoever asked is told by no event.
        if !is_ephemeral(flags_of(&event.data)) {
            self.fan_out(event);
        }
    }
}

impl From<NoDraft> for Unanswerable {
    fn from(reason: NoDraft) -> Self {
        Self::NoMessage(reason)
    }
}

impl Interaction {
    /// `None` if it lacks what an answer goes by.
    fn read(event: &Event) -> Option<Self> {
        let data = &event.data;
        Some(Self {
            id: data["id"].as_str()?.parse().ok()?,
            kind: data["type"].as_u64()?,
            token: data["token"].as_str()?.to_owned(),
            guild: event.guild,
            channel: data["channel_id"].as_str()?.parse().ok()?,
            stage: Stage::Waits,
        })
    }
}

impl Interactions {
    fn keep(&mut self, interaction: Interaction) {
        if self.0.len() == MOST_INTERACTIONS {
            self.0.pop_front();
        }
        self.0.push_back(interaction);
    }

    fn find(&mut self, token: &str) -> Result<&mut Interaction, Unanswerable> {
        let mut latest_first = self.0.iter_mut().rev();
        latest_first
            .find(|interaction| interaction.token == token)
            .ok_or(Unanswerable::Unknown)
    }
}
