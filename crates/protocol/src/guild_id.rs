//! Which guild an event belongs to, found without parsing the event.

use crate::json_scan::Scanner;
use crate::{DispatchKind, OpCode, Payload};
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// Looks through the keys of the object that the `d` of a dispatch is.
pub(crate) fn find(payload: &Payload<'_>) -> Option<Id<GuildMarker>> {
    if payload.op() != OpCode::Dispatch {
        return None;
    }
    let key = match payload.kind() {
        Some(DispatchKind::GuildCreate | DispatchKind::GuildUpdate | DispatchKind::GuildDelete) => {
            "id"
        }
        _ => "guild_id",
    };

    let mut scanner = Scanner::new(payload.data_start());
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

/// Ids are strings, or integers where something upstream went wrong (P33).
fn read(scanner: &mut Scanner<'_>) -> Option<Id<GuildMarker>> {
    scanner.skip_white_space();
    let id = match scanner.string() {
        Some(literal) if literal.escaped => literal.decode()?.parse().ok()?,
        Some(literal) => literal.raw.parse().ok()?,
        None => scanner.whole_number()?,
    };
    Id::new_checked(id)
}
