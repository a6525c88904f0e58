use super::table::with_dispatch_table;
use std::fmt::{self, Display, Formatter};

/// The crate that defines the type of an event.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TypeSource {
    /// twilight-model. The event arrives as [`Decoded::Event`](crate::Decoded::Event).
    Model,
    /// This crate, in [`supplement`](crate::supplement). The event arrives as
    /// [`Decoded::Unknown`](crate::Decoded::Unknown) with its JSON, which
    /// [`UnknownEvent::supplement`](crate::UnknownEvent::supplement) decodes.
    Supplement,
    /// None: Discord announced the event, but does not document its fields yet. The event arrives as
    /// [`Decoded::Unknown`](crate::Decoded::Unknown) with its name and its JSON.
    Untyped,
}

macro_rules! define_dispatch_kind {
    ($($(#[doc = $doc:literal])* $variant:ident, $name:literal, $flag:ident, $source:ident;)*) => {
        /// A documented or announced event, which `t` of a dispatch names.
        ///
        /// Source: Discord's documentation, "Gateway Events", and for the last six what Discord announced
        /// ([`TypeSource::Untyped`]). There is no `DispatchKind` for other names, but their events arrive
        /// as well ([P34](crate::rules#p34)).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum DispatchKind {
            $($(#[doc = $doc])* $variant,)*
        }

        impl DispatchKind {
            /// Every documented event, in the order of the documentation, and then the announced ones.
            pub const ALL: [Self; COUNT] = [$(Self::$variant),*];

            /// Returns the name on the wire, for example `GUILD_MEMBERS_CHUNK`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Returns the crate that defines the type of this event.
            #[must_use]
            pub const fn type_source(self) -> TypeSource {
                match self {
                    $(Self::$variant => TypeSource::$source,)*
                }
            }
        }

        const COUNT: usize = [$($name),*].len();
    };
}

with_dispatch_table!(define_dispatch_kind);

impl DispatchKind {
    /// Returns the event with this name, or `None` if it is neither documented nor announced.
    ///
    /// Does not allocate, and compares one or two names.
    ///
    /// ```
    /// use gloaming_protocol::DispatchKind;
    ///
    /// assert_eq!(DispatchKind::from_name("GUILD_BAN_ADD"), Some(DispatchKind::BanAdd));
    /// assert_eq!(DispatchKind::from_name("SOMETHING_NEW"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::from_bytes(name.as_bytes())
    }

    /// Returns the event with this name.
    #[inline]
    pub(crate) fn from_bytes(name: &[u8]) -> Option<Self> {
        let mut slot = hash(name) as usize % SLOTS;
        loop {
            let kind = TABLE[slot]?;
            if kind.name().as_bytes() == name {
                return Some(kind);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

impl Display for DispatchKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The number of slots of the hash table: over three per name, so that a lookup needs few steps.
const SLOTS: usize = 256;

/// A hash table with open addressing and linear probing, built at compile time.
static TABLE: [Option<DispatchKind>; SLOTS] = {
    let mut table = [None; SLOTS];
    let mut index = 0;
    while index < COUNT {
        let kind = DispatchKind::ALL[index];
        let mut slot = hash(kind.name().as_bytes()) as usize % SLOTS;
        while table[slot].is_some() {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = Some(kind);
        index += 1;
    }
    table
};

/// Mixes the length with the first and the last eight bytes. No two names of the table share all three.
#[inline]
const fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

    let (first, last) = match (bytes.split_first_chunk(), bytes.split_last_chunk()) {
        (Some((first, _)), Some((_, last))) => {
            (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
        }
        // The shorter names differ in length.
        _ => (0, 0),
    };
    let mixed = first.wrapping_mul(FACTOR).rotate_left(5) ^ last ^ bytes.len() as u64;
    mixed.wrapping_mul(FACTOR) >> 40
}

#[cfg(test)]
mod tests {
    use super::{DispatchKind, SLOTS, TABLE, hash};
    use std::collections::HashSet;

    #[test]
    fn every_name_maps_to_its_event() {
        let mut names = HashSet::new();
        for kind in DispatchKind::ALL {
            assert!(names.insert(kind.name()), "{kind} appears twice");
            assert_eq!(DispatchKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(names.len(), 79 + 6);
    }

    #[test]
    fn other_names_map_to_none() {
        for name in [
            "",
            "R",
            "READ",
            "READY ",
            "ready",
            "GUILD",
            "PRESENCES_REPLACE",
            "UNAVAILABLE_GUILD",
        ] {
            assert_eq!(DispatchKind::from_name(name), None, "{name:?}");
        }
        for kind in DispatchKind::ALL {
            let name = kind.name();
            assert_eq!(DispatchKind::from_name(&name[1..]), None);
            assert_eq!(DispatchKind::from_name(&name[..name.len() - 1]), None);
            assert_eq!(DispatchKind::from_name(&format!("{name}S")), None);
        }
    }

    #[test]
    fn a_lookup_compares_few_names() {
        let longest = DispatchKind::ALL
            .iter()
            .map(|kind| {
                let first = hash(kind.name().as_bytes()) as usize % SLOTS;
                (0..SLOTS)
                    .position(|step| TABLE[(first + step) % SLOTS] == Some(*kind))
                    .unwrap()
            })
            .max();
        assert!(longest <= Some(4), "{longest:?}");
    }

    #[test]
    fn display_shows_the_name() {
        assert_eq!(DispatchKind::BanAdd.to_string(), "GUILD_BAN_ADD");
    }
}
