//! The interactions that the bot was sent, and their responses.

use std::{
    collections::{HashMap, VecDeque},
    time::Instant,
};

use serde_json::{Value, json};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, InteractionMarker},
};

use super::ResponseLimit;
use crate::traffic::{Draft, DraftError, Event};

/// The number of interactions that can be responded to. When there are more, the oldest are discarded.
const MAX_INTERACTIONS: usize = 1000;

/// The type of an interaction that is a slash command.
const APPLICATION_COMMAND: u64 = 2;

/// The type of an initial response with a message.
pub(crate) const CHANNEL_MESSAGE: u64 = 4;
/// The type of an initial response that defers the message.
pub(crate) const DEFERRED_CHANNEL_MESSAGE: u64 = 5;

/// The most interactions of load that are kept. When there are more, all of them are discarded.
const MAX_LOAD: usize = 20_000;

/// The interactions that the bot was sent.
#[derive(Debug, Default)]
pub(crate) struct Interactions {
    /// The last ones, oldest first.
    last: VecDeque<Interaction>,
    /// Those of load, by token. Load sends them again and again.
    load: HashMap<String, Interaction>,
}

/// An interaction.
#[derive(Debug)]
pub(crate) struct Interaction {
    pub(crate) id: Id<InteractionMarker>,
    kind: u64,
    token: String,
    pub(crate) guild: Option<u64>,
    pub(crate) channel: Id<ChannelMarker>,
    origin: Origin,
    state: InteractionState,
}

/// Where an interaction is from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Origin {
    /// An event of this time.
    Event(Instant),
    /// Load, which sends it any number of times: each of them can be answered.
    Load,
}

/// How the bot has responded to an interaction.
///
/// ```text
/// Pending ──► Acknowledged ──┐
///    │  └───► Deferred ──────┼──► Responded ──► Deleted
///    └───────────────────────┘
/// ```
#[derive(Debug)]
enum InteractionState {
    /// Not at all.
    Pending,
    /// Without a message. One may follow.
    Acknowledged,
    /// With a deferred message.
    Deferred { is_ephemeral: bool },
    /// With a message.
    Responded {
        message: Box<Value>,
        /// What the message shows.
        draft: Draft,
    },
    /// The message was deleted.
    Deleted,
}

/// An initial response to an interaction.
#[derive(Debug)]
pub(crate) enum InitialResponse {
    /// A message.
    Message(Draft),
    /// A deferred message.
    Deferred { is_ephemeral: bool },
    /// A type that neither is nor defers a message.
    Other(u64),
}

/// Why a response is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InteractionError {
    /// There is no such interaction, or it has no such message.
    Unknown,
    /// The initial response came too late.
    Late,
    /// The interaction already has an initial response.
    AlreadyAcknowledged,
    /// The message is invalid.
    InvalidMessage(DraftError),
}

/// What a message of the bot is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MessageRole {
    /// The message of the initial response, `@original`.
    Original,
    /// A further message.
    FollowUp,
}

impl From<DraftError> for InteractionError {
    fn from(reason: DraftError) -> Self {
        Self::InvalidMessage(reason)
    }
}

impl Interactions {
    /// Keeps an event's interaction, if it is one.
    pub(crate) fn observe(&mut self, now: Instant, event: &Event) {
        if let Some(interaction) = Interaction::parse(event, Origin::Event(now)) {
            if self.last.len() == MAX_INTERACTIONS {
                self.last.pop_front();
            }
            self.last.push_back(interaction);
        }
    }

    /// Keeps the interaction of an event that load will send, if it is one.
    pub(crate) fn observe_load(&mut self, event: &Event) {
        if let Some(interaction) = Interaction::parse(event, Origin::Load) {
            if self.load.len() == MAX_LOAD {
                self.load.clear();
            }
            self.load.insert(interaction.token.clone(), interaction);
        }
    }

    /// Whether there is an interaction with this token.
    pub(crate) fn has(&self, token: &str) -> bool {
        self.load.contains_key(token) || self.last.iter().any(|it| it.token == token)
    }

    /// The interaction with this token.
    pub(crate) fn find(&mut self, token: &str) -> Result<&mut Interaction, InteractionError> {
        let mut latest_first = self.last.iter_mut().rev();
        latest_first
            .find(|interaction| interaction.token == token)
            .or_else(|| self.load.get_mut(token))
            .ok_or(InteractionError::Unknown)
    }
}

impl Interaction {
    /// Returns `None` if the event is not an interaction, or lacks a field that is needed for responses.
    fn parse(event: &Event, origin: Origin) -> Option<Self> {
        if event.name != "INTERACTION_CREATE" {
            return None;
        }
        let data = &event.data;
        Some(Self {
            id: data["id"].as_str()?.parse().ok()?,
            kind: data["type"].as_u64()?,
            token: data["token"].as_str()?.to_owned(),
            guild: event.guild,
            channel: data["channel_id"].as_str()?.parse().ok()?,
            origin,
            state: InteractionState::Pending,
        })
    }

    /// Whether it is a slash command.
    pub(crate) const fn is_command(&self) -> bool {
        self.kind == APPLICATION_COMMAND
    }

    /// Whether the initial response is sent in time, if there was none before.
    pub(crate) fn check_time(&self, limit: ResponseLimit) -> Result<(), InteractionError> {
        let (Origin::Event(at), Some(deadline)) = (self.origin, limit.deadline) else {
            return Ok(());
        };
        let is_pending = matches!(self.state, InteractionState::Pending);
        if is_pending && limit.now.saturating_duration_since(at) > deadline {
            return Err(InteractionError::Late);
        }
        Ok(())
    }

    /// The initial response is sent. Returns the interaction object of the callback response.
    pub(crate) fn acknowledge(
        &mut self,
        id: Id<InteractionMarker>,
        response: &InitialResponse,
    ) -> Result<Value, InteractionError> {
        if self.id != id {
            return Err(InteractionError::Unknown);
        }
        if !matches!(self.state, InteractionState::Pending) && self.origin != Origin::Load {
            return Err(InteractionError::AlreadyAcknowledged);
        }
        let mut object = json!({"id": id.to_string(), "type": self.kind});
        self.state = match response {
            InitialResponse::Deferred { is_ephemeral } => {
                object["response_message_ephemeral"] = (*is_ephemeral).into();
                InteractionState::Deferred {
                    is_ephemeral: *is_ephemeral,
                }
            }
            InitialResponse::Message(draft) => {
                object["response_message_ephemeral"] = draft.is_ephemeral().into();
                InteractionState::Acknowledged
            }
            InitialResponse::Other(_) => InteractionState::Acknowledged,
        };
        Ok(object)
    }

    /// What a follow-up message is for. The first one after an acknowledgement or deferral is the original message.
    pub(crate) fn follow_up(&self, draft: Draft) -> Result<(MessageRole, Draft), InteractionError> {
        match self.state {
            InteractionState::Pending => Err(InteractionError::Unknown),
            InteractionState::Acknowledged => Ok((MessageRole::Original, draft)),
            InteractionState::Deferred { is_ephemeral } => {
                Ok((MessageRole::Original, draft.with_ephemeral(is_ephemeral)))
            }
            InteractionState::Responded { .. } | InteractionState::Deleted => {
                Ok((MessageRole::FollowUp, draft))
            }
        }
    }

    /// The original message, if it exists, and what it shows after an edit.
    pub(crate) fn edit(&self, edit: &Value) -> Result<(Option<Value>, Draft), InteractionError> {
        match &self.state {
            InteractionState::Pending | InteractionState::Deleted => Err(InteractionError::Unknown),
            InteractionState::Acknowledged => Ok((None, Draft::parse(edit.clone())?)),
            InteractionState::Deferred { is_ephemeral } => {
                let draft = Draft::parse(edit.clone())?.with_ephemeral(*is_ephemeral);
                Ok((None, draft))
            }
            InteractionState::Responded { message, draft } => {
                Ok((Some(Value::clone(message)), draft.edited(edit)?))
            }
        }
    }

    /// The original message.
    pub(crate) fn original(&self) -> Result<Value, InteractionError> {
        match &self.state {
            InteractionState::Responded { message, .. } => Ok(Value::clone(message)),
            InteractionState::Pending
            | InteractionState::Acknowledged
            | InteractionState::Deferred { .. }
            | InteractionState::Deleted => Err(InteractionError::Unknown),
        }
    }

    /// The original message was written or edited.
    pub(crate) fn set_original(&mut self, message: Value, draft: Draft) {
        self.state = InteractionState::Responded {
            message: Box::new(message),
            draft,
        };
    }

    /// The original message was deleted.
    pub(crate) fn delete_original(&mut self) {
        self.state = InteractionState::Deleted;
    }
}
