use super::define::define_view;
use super::{
    ChannelView, ListView, MemberView, MessageView, ObjectView, UserView, ValueView, ViewError,
};
use std::borrow::Cow;
use twilight_model::application::command::{CommandOptionType, CommandType};
use twilight_model::application::interaction::InteractionType;
use twilight_model::channel::message::component::ComponentType;
use twilight_model::guild::Permissions;
use twilight_model::id::Id;
use twilight_model::id::marker::{
    ApplicationMarker, AttachmentMarker, ChannelMarker, CommandMarker, GenericMarker, GuildMarker,
    InteractionMarker, RoleMarker, UserMarker,
};

define_view! {
    /// An interaction: a command or a component that a user used, or a modal that a user submitted.
    InteractionView<'a> {
        /// The id.
        id: required Id<InteractionMarker>;
        /// The application.
        application_id: required Id<ApplicationMarker>;
        /// The type, which tells what is in [`data`](Self::data).
        kind = "type": required InteractionType;
        /// The token for the answer, valid for 15 minutes. Do not log it.
        token: required Cow<'a, str>;
        /// The guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
        /// The channel.
        channel_id: optional Id<ChannelMarker>;
        /// The channel, with some of its members.
        channel: optional ChannelView<'a>;
        /// The user in a guild, with the permissions in the channel.
        member: optional MemberView<'a>;
        /// The user outside of guilds; see [`author_id`](Self::author_id) for both.
        user: optional UserView<'a>;
        /// The language of the user.
        locale: optional Cow<'a, str>;
        /// The language of the guild.
        guild_locale: optional Cow<'a, str>;
        /// What the bot may do in the channel.
        app_permissions: optional Permissions;
        /// The greatest size of an attachment, in bytes.
        attachment_size_limit: required u64;
        /// The command, component or modal. `None` in a ping.
        data: optional InteractionDataView<'a>;
        /// The message that the component is a part of.
        message: optional MessageView<'a>;
    }
}

impl InteractionView<'_> {
    /// The user, in a guild and outside of it. `None` if neither `member` nor `user` is there.
    ///
    /// # Errors
    ///
    /// Returns an error if a member does not have its type.
    pub fn author_id(&self) -> Result<Option<Id<UserMarker>>, ViewError> {
        let of_member = self.get("member").and_then(|member| member.member("user"));
        let is_there = |user: &ValueView<'_>| !user.is_null();
        let user = of_member
            .filter(is_there)
            .or_else(|| self.get("user").filter(is_there));
        let Some(user) = user else {
            return Ok(None);
        };
        match user.member("id") {
            Some(id) => id.read().map(Some),
            None => user.object()?.required("id").map(Some),
        }
    }
}

define_view! {
    /// What a user chose or wrote. Which members there are depends on the type of the interaction.
    ///
    /// If a name appears twice in it, [`decode_event`](crate::decode_event) uses the last value, and a view the first.
    InteractionDataView<'a> {
        /// The id of the command.
        id: optional Id<CommandMarker>;
        /// The name of the command.
        name: optional Cow<'a, str>;
        /// The type of the command.
        kind = "type": optional CommandType;
        /// The options of the command, or its subcommand.
        options: defaulted ListView<'a, CommandOptionView<'a>>;
        /// The guild of the command, if it is not global.
        guild_id: optional Id<GuildMarker>;
        /// The user or message on which the command was used.
        target_id: optional Id<GenericMarker>;
        /// The developer's id of the component or modal.
        custom_id: optional Cow<'a, str>;
        /// The type of the component.
        component_type: optional ComponentType;
        /// The choices of a select menu.
        values: defaulted ListView<'a, Cow<'a, str>>;
        /// The components of a modal, with what the user wrote.
        components: defaulted ListView<'a, ObjectView<'a>>;
        /// The users, members, roles, channels, messages and attachments that are chosen, by their ids.
        resolved: optional ObjectView<'a>;
    }
}

define_view! {
    /// An option of a command that a user entered.
    CommandOptionView<'a> {
        /// The name.
        name: required Cow<'a, str>;
        /// The type.
        kind = "type": required CommandOptionType;
        /// Whether the user is entering this option, in a request for suggestions.
        focused: defaulted Option<bool>;
        /// The options of a subcommand or of a group of them.
        options: defaulted ListView<'a, CommandOptionView<'a>>;
    }
}

/// The value of an option.
#[derive(Clone, Debug)]
pub enum CommandValueView<'a> {
    /// An attachment, which is in [`resolved`](InteractionDataView::resolved) like what the following ids stand for.
    Attachment(Id<AttachmentMarker>),
    /// Yes or no.
    Boolean(bool),
    /// A channel.
    Channel(Id<ChannelMarker>),
    /// What the user has entered so far, which Discord has not validated. The type is that of the option.
    Focused(Cow<'a, str>, CommandOptionType),
    /// An integer.
    Integer(i64),
    /// A user or a role.
    Mentionable(Id<GenericMarker>),
    /// A number.
    Number(f64),
    /// A role.
    Role(Id<RoleMarker>),
    /// A text.
    String(Cow<'a, str>),
    /// The options of a subcommand.
    SubCommand(ListView<'a, CommandOptionView<'a>>),
    /// The subcommand of a group.
    SubCommandGroup(ListView<'a, CommandOptionView<'a>>),
    /// A user.
    User(Id<UserMarker>),
}

impl<'a> CommandOptionView<'a> {
    /// The value, by the [type](Self::kind) of the option.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is missing or does not have the type.
    pub fn value(&self) -> Result<CommandValueView<'a>, ViewError> {
        use CommandValueView as Value;

        const VALUE: &str = "value";

        let kind = self.kind()?;
        if self.focused()? == Some(true) {
            return Ok(Value::Focused(self.entered()?, kind));
        }
        Ok(match kind {
            CommandOptionType::Attachment => Value::Attachment(self.required(VALUE)?),
            CommandOptionType::Boolean => Value::Boolean(self.required(VALUE)?),
            CommandOptionType::Channel => Value::Channel(self.required(VALUE)?),
            CommandOptionType::Integer => Value::Integer(self.required(VALUE)?),
            CommandOptionType::Mentionable => Value::Mentionable(self.required(VALUE)?),
            CommandOptionType::Number => Value::Number(self.required(VALUE)?),
            CommandOptionType::Role => Value::Role(self.required(VALUE)?),
            CommandOptionType::String => Value::String(self.required(VALUE)?),
            CommandOptionType::SubCommand => Value::SubCommand(self.options()?),
            CommandOptionType::SubCommandGroup => Value::SubCommandGroup(self.options()?),
            CommandOptionType::User => Value::User(self.required(VALUE)?),
            _ => {
                let value: ValueView<'a> = self.required("type")?;
                return Err(value.mismatch("the number of a known option type"));
            }
        })
    }

    /// What was entered into the focused option: a string, whatever the type of the option, or else a number.
    fn entered(&self) -> Result<Cow<'a, str>, ViewError> {
        let value = self.required::<ValueView<'a>>("value")?;
        if value.json().starts_with('"') {
            return value.string();
        }
        let text = value.read::<i64>().map(|number| number.to_string());
        let text = text.or_else(|_| value.read::<f64>().map(|number| number.to_string()));
        let text = text.or_else(|_| value.read::<bool>().map(|flag| flag.to_string()));
        text.map(Cow::Owned).map_err(|_| value.mismatch("a string"))
    }
}

define_view! {
    /// The interaction that a message answers.
    InteractionMetadataView<'a> {
        /// The id.
        id: required Id<InteractionMarker>;
        /// The type.
        kind = "type": required InteractionType;
        /// The user.
        user: required UserView<'a>;
    }
}
