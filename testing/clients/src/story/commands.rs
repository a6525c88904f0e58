//! What the bot is asked to do, over the gateway and over REST.

use serde_json::{Value, json};

use super::{MEMBERS, Story, TIMEOUT};
use crate::{bot::Report, clock};

impl Story {
    /// The bot replies to a message, and receives its own reply.
    pub(super) fn reply(&mut self) -> Result<(), String> {
        self.emulator.say(&self.guilds[0], "!ping")?;
        self.await_message("pong")?;
        let reply = self.bot_message("pong")?;
        match &reply["guild"] {
            guild if *guild == *self.guilds[0] => Ok(()),
            _ => Err(format!("the reply is in another guild: {reply}")),
        }
    }

    /// The bot requests the members of a guild (op 8), and receives all of them.
    pub(super) fn member_chunk(&mut self) -> Result<(), String> {
        self.emulator.say(&self.guilds[0], "!members")?;
        let members: usize = MEMBERS.parse().map_err(|error| format!("{error}"))?;
        let is_complete =
            |it: &Report| matches!(it, Report::Members { count } if *count >= members);
        self.bot.wait_for(TIMEOUT, "list of the members", |bot| {
            bot.reports().iter().any(is_complete)
        })
    }

    /// The bot answers a slash command later, edits the answer, and follows up with a file.
    pub(super) fn slash_command(&mut self) -> Result<(), String> {
        let command = json!({"guild": self.guilds[0], "name": "story"});
        self.emulator.use_command(&command)?;
        let edited = self.bot_message("edited")?;
        let followed = self.bot_message("followed")?;
        for message in [&edited, &followed] {
            if message["interaction"].is_null() {
                return Err(format!("no response to the interaction: {message}"));
            }
        }
        match &followed["body"]["attachments"][0]["filename"] {
            name if *name == "story.txt" => Ok(()),
            _ => Err(format!("the follow-up has no file: {followed}")),
        }
    }

    /// The bot reacts to a message, and receives its own reaction.
    pub(super) fn reaction(&mut self) -> Result<(), String> {
        self.emulator.say(&self.guilds[0], "!react")?;
        let is_reaction = |it: &Report| matches!(it, Report::Reaction { emoji } if emoji == "🦉");
        self.bot.wait_for(TIMEOUT, "reaction", |bot| {
            bot.reports().iter().any(is_reaction)
        })
    }

    /// The bot opens a direct message channel and writes into it, and receives its own message.
    pub(super) fn direct_message(&mut self) -> Result<(), String> {
        self.emulator.say(&self.guilds[0], "!dm")?;
        self.await_message("direct")?;
        match self.bot_message("direct")? {
            message if message["guild"].is_null() => Ok(()),
            message => Err(format!("the message is in a guild: {message}")),
        }
    }

    fn await_message(&mut self, content: &str) -> Result<(), String> {
        self.bot
            .wait_for(TIMEOUT, &format!("message {content:?}"), |bot| {
                bot.messages().any(|message| message == content)
            })
    }

    /// Waits for a message that the bot writes over REST.
    fn bot_message(&mut self, content: &str) -> Result<Value, String> {
        let what = format!("message {content:?} of the bot");
        let message = clock::poll_until(TIMEOUT, &what, || {
            let messages = self.emulator.get("bot-messages")?;
            let mut messages = messages.as_array().into_iter().flatten();
            Ok(messages.find(|it| it["content"] == content).cloned())
        });
        message.map_err(|error| self.bot.failure(error))
    }
}
