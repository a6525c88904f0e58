//! Finds the guild, channel and user of an event without parsing the event.

use super::{OwnedPayload, Payload};
use crate::dispatch::DispatchKind;
use crate::json::scanner::Scanner;
use crate::opcode::OpCode;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, UserMarker};

impl Payload<'_> {
    /// Returns the guild of a dispatch: `guild_id` in `d`, or `id` for the events about a guild itself.
    ///
    /// The id may be a string or an integer ([P33](crate::rules#p33)). Each call scans `d` up to the id, and
    /// does not look into nested values.
    #[must_use]
    pub fn guild_id(&self) -> Option<Id<GuildMarker>> {
        self.id_at(guild_paths(self.kind()))
    }

    /// Returns the channel of a dispatch: `channel_id` in `d`, or `id` for the events about a channel or thread itself.
    ///
    /// The id may be a string or an integer ([P33](crate::rules#p33)). Each call scans `d` up to the id, and
    /// does not look into nested values.
    #[must_use]
    pub fn channel_id(&self) -> Option<Id<ChannelMarker>> {
        self.id_at(channel_paths(self.kind()))
    }

    /// Returns the user of a dispatch: who caused it, or whom it is about.
    ///
    /// That is the first of these that there is in `d`: `user_id`, the `id` of `user`, that of `author`, and that of `user`
    /// in `member`. For USER_UPDATE, it is `id`.
    ///
    /// The id may be a string or an integer ([P33](crate::rules#p33)). Each call scans `d` up to `user_id`, or to its end
    /// if there is none.
    #[must_use]
    pub fn user_id(&self) -> Option<Id<UserMarker>> {
        self.id_at(user_paths(self.kind()))
    }

    /// The id at the first of these paths at which there is one.
    fn id_at<M>(&self, paths: &[Path]) -> Option<Id<M>> {
        if self.op() != OpCode::Dispatch {
            return None;
        }
        first_id(self.data_start(), paths)
    }
}

/// Where the guild of an event is.
pub(crate) const fn guild_paths(kind: Option<DispatchKind>) -> &'static [Path] {
    match kind {
        Some(DispatchKind::GuildCreate | DispatchKind::GuildUpdate | DispatchKind::GuildDelete) => {
            &[&["id"]]
        }
        _ => &[&["guild_id"]],
    }
}

/// Where the channel of an event is.
pub(crate) const fn channel_paths(kind: Option<DispatchKind>) -> &'static [Path] {
    match kind {
        Some(
            DispatchKind::ChannelCreate
            | DispatchKind::ChannelUpdate
            | DispatchKind::ChannelDelete
            | DispatchKind::ThreadCreate
            | DispatchKind::ThreadUpdate
            | DispatchKind::ThreadDelete
            | DispatchKind::ThreadMemberUpdate
            | DispatchKind::ThreadMembersUpdate
            | DispatchKind::VoiceChannelStatusUpdate
            | DispatchKind::VoiceChannelStartTimeUpdate,
        ) => &[&["id"]],
        _ => &[&["channel_id"]],
    }
}

/// Where the user of an event may be, in the order in which they are tried.
pub(crate) const fn user_paths(kind: Option<DispatchKind>) -> &'static [Path] {
    match kind {
        Some(DispatchKind::UserUpdate) => &[&["id"]],
        _ => &[
            &["user_id"],
            &["user", "id"],
            &["author", "id"],
            &["member", "user", "id"],
        ],
    }
}

impl OwnedPayload {
    /// Returns the guild of a dispatch; see [`Payload::guild_id`].
    #[must_use]
    pub fn guild_id(&self) -> Option<Id<GuildMarker>> {
        self.as_payload().guild_id()
    }

    /// Returns the channel of a dispatch; see [`Payload::channel_id`].
    #[must_use]
    pub fn channel_id(&self) -> Option<Id<ChannelMarker>> {
        self.as_payload().channel_id()
    }

    /// Returns the user of a dispatch; see [`Payload::user_id`].
    #[must_use]
    pub fn user_id(&self) -> Option<Id<UserMarker>> {
        self.as_payload().user_id()
    }
}

/// The names of members, from the outermost object inward.
pub(crate) type Path = &'static [&'static str];

/// The most paths that are looked for at once.
const MAX_PATHS: usize = 4;

/// The id at the first of these paths at which there is one, from one scan of the object's members.
fn first_id<M>(object: &str, paths: &[Path]) -> Option<Id<M>> {
    let mut values = [None; MAX_PATHS];
    let mut scanner = Scanner::new(object);
    if !scanner.eat(b'{') {
        return None;
    }
    loop {
        let key = scanner.string()?;
        if !scanner.eat(b':') {
            break;
        }
        scanner.skip_white_space();
        let mut found = paths.iter().zip(&mut values).enumerate();
        // If a name appears twice, its first value counts.
        if let Some((rank, (_, value))) =
            found.find(|(_, (path, _))| path.first().is_some_and(|name| key.is(name)))
            && value.is_none()
        {
            *value = Some(scanner.position());
            if rank == 0 {
                break;
            }
        }
        if scanner.skip_value().is_none() || !scanner.eat(b',') {
            break;
        }
    }
    paths.iter().zip(values).find_map(|(path, value)| {
        let value = object.get(value?..)?;
        match path {
            [_] => id(&mut Scanner::new(value)),
            [_, rest @ ..] => first_id(value, &[rest]),
            [] => None,
        }
    })
}

/// Ids are strings, and sometimes integers ([P33](crate::rules#p33)).
fn id<M>(scanner: &mut Scanner<'_>) -> Option<Id<M>> {
    let id = match scanner.string() {
        Some(literal) => literal.text()?.parse().ok()?,
        None => scanner.whole_number()?,
    };
    Id::new_checked(id)
}
