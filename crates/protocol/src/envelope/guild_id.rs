//! Finds the guild of an event without parsing the event.

use super::Payload;
use crate::dispatch::DispatchKind;
use crate::json::scanner::Scanner;
use crate::opcode::OpCode;
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

impl Payload<'_> {
    /// Returns the guild of a dispatch: `guild_id` in `d`, or `id` for the events about a guild itself.
    ///
    /// The id may be a string or an integer ([P33](crate::rules#p33)). Each call scans `d` up to the id, and
    /// does not look into nested values.
    #[must_use]
    pub fn guild_id(&self) -> Option<Id<GuildMarker>> {
        if self.op() != OpCode::Dispatch {
            return None;
        }
        let key = match self.kind() {
            Some(
                DispatchKind::GuildCreate | DispatchKind::GuildUpdate | DispatchKind::GuildDelete,
            ) => "id",
            _ => "guild_id",
        };

        let mut scanner = Scanner::new(self.data_start());
        if !scanner.eat(b'{') {
            return None;
        }
        loop {
            let found = scanner.string()?.is(key);
            if !scanner.eat(b':') {
                return None;
            }
            if found {
                return read(&mut scanner);
            }
            scanner.skip_value()?;
            if !scanner.eat(b',') {
                return None;
            }
        }
    }
}

/// Ids are strings, and sometimes integers ([P33](crate::rules#p33)).
fn read(scanner: &mut Scanner<'_>) -> Option<Id<GuildMarker>> {
    scanner.skip_white_space();
    let id = match scanner.string() {
        Some(literal) => literal.text()?.parse().ok()?,
        None => scanner.whole_number()?,
    };
    Id::new_checked(id)
}
