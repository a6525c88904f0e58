//! Which values of a payload are ids.

/// The shortest text that is sent as an integer. Libraries read integers of more than 32 bits as the text of an id, and
/// smaller ones as numbers, which real ids are never.
const MIN_ID: u64 = 1 << 32;

/// What a field contains, by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Field {
    /// An id.
    Id,
    /// A list of ids.
    Ids,
    /// Anything else.
    Other,
}

impl Field {
    pub(super) fn named(name: &str) -> Self {
        match name {
            // The application chooses the first. The session of a voice state or of READY is a text of hexadecimal digits.
            "custom_id" | "session_id" => Self::Other,
            "id" => Self::Id,
            "roles" | "mention_roles" | "applied_tags" => Self::Ids,
            _ if name.ends_with("_id") => Self::Id,
            _ if name.ends_with("_ids") => Self::Ids,
            _ => Self::Other,
        }
    }

    /// What an element of the field's list is.
    pub(super) const fn element(self) -> Self {
        match self {
            Self::Ids => Self::Id,
            Self::Id | Self::Other => Self::Other,
        }
    }

    /// The integer of the id that the field contains. Its text can be restored from the integer.
    pub(super) fn id(self, text: &str) -> Option<u64> {
        let is_canonical = !text.starts_with(['0', '+']);
        let id = text.parse().ok().filter(|id| *id >= MIN_ID)?;
        (self == Self::Id && is_canonical).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_recognized_by_name() {
        for (name, field) in [
            ("id", Field::Id),
            ("guild_id", Field::Id),
            ("user_ids", Field::Ids),
            ("roles", Field::Ids),
            ("content", Field::Other),
            ("permissions", Field::Other),
            ("nonce", Field::Other),
            ("custom_id", Field::Other),
            ("session_id", Field::Other),
        ] {
            assert_eq!(Field::named(name), field, "{name}");
        }
    }

    #[test]
    fn only_ids_that_can_be_restored_are_integers() {
        for (text, id) in [
            ("4294967296", Some(4_294_967_296)),
            ("18446744073709551615", Some(u64::MAX)),
            ("4294967295", None),
            ("18446744073709551616", None),
            ("01234567890123456", None),
            ("+1234567890123456", None),
            ("-1234567890123456", None),
            ("1234567890123456x", None),
            ("", None),
        ] {
            assert_eq!(Field::Id.id(text), id, "{text}");
            assert_eq!(Field::Other.id(text), None, "{text}");
        }
    }
}
