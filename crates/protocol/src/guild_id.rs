//! Which guild an event belongs to, found without parsing the event.

use crate::DispatchKind;
use crate::json_scan::Scanner;
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// Looks through the keys of the object that `data` starts with.
pub(crate) fn find(kind: Option<DispatchKind>, data: &str) -> Option<Id<GuildMarker>> {
    let key = match kind? {
        DispatchKind::GuildCreate | DispatchKind::GuildUpdate | DispatchKind::GuildDelete => "id",
        _ => "guild_id",
    };

    let mut scanner = Scanner::new(data);
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
