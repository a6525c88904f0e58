//! Determines from the key of a field how its value is scrubbed.

/// The kind of a value, which decides how it is scrubbed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A secret, which is replaced.
    Secret,
    /// An id of any length.
    Id,
    /// Digits that are not an id.
    Bits,
    /// Text that a user wrote.
    Content,
    /// The name of a user or an object.
    Name,
    /// Any other value.
    Other,
}

/// A condition on a key.
#[derive(Clone, Copy, Debug)]
enum Key {
    Is(&'static str),
    Has(&'static str),
    Ends(&'static str),
}

/// The first matching entry applies. Keys are compared in lower case.
const KEYS: &[(Key, Kind)] = &[
    // Credentials. The id of a session is one: together with a token, it resumes the session.
    (Key::Has("token"), Kind::Secret),
    (Key::Has("secret"), Kind::Secret),
    (Key::Has("password"), Kind::Secret),
    (Key::Has("session_id"), Kind::Secret),
    (Key::Has("fingerprint"), Kind::Secret),
    (Key::Has("authorization"), Kind::Secret),
    (Key::Has("cookie"), Kind::Secret),
    (Key::Has("api_key"), Kind::Secret),
    (Key::Has("private_key"), Kind::Secret),
    (Key::Has("credential"), Kind::Secret),
    (Key::Is("auth"), Kind::Secret),
    (Key::Is("code"), Kind::Secret),
    (Key::Is("vanity_url_code"), Kind::Secret),
    // Addresses of users and servers.
    (Key::Has("gateway_url"), Kind::Secret),
    (Key::Has("endpoint"), Kind::Secret),
    (Key::Is("_trace"), Kind::Secret),
    (Key::Is("ip"), Kind::Secret),
    (Key::Is("ips"), Kind::Secret),
    (Key::Ends("_ip"), Kind::Secret),
    (Key::Has("ip_address"), Kind::Secret),
    (Key::Has("hostname"), Kind::Secret),
    (Key::Has("email"), Kind::Secret),
    (Key::Has("phone"), Kind::Secret),
    (Key::Has("locale_hint"), Kind::Secret),
    // Image hashes identify users.
    (Key::Is("avatar"), Kind::Secret),
    (Key::Is("avatar_hash"), Kind::Secret),
    (Key::Is("banner"), Kind::Secret),
    (Key::Is("icon"), Kind::Secret),
    (Key::Is("icon_hash"), Kind::Secret),
    (Key::Is("splash"), Kind::Secret),
    (Key::Is("discovery_splash"), Kind::Secret),
    (Key::Is("cover_image"), Kind::Secret),
    (Key::Is("guild_hashes"), Kind::Secret),
    // Permissions and flags are numbers in strings, which look like ids.
    (Key::Has("permissions"), Kind::Bits),
    (Key::Is("flags_new"), Kind::Bits),
    (Key::Is("allow"), Kind::Bits),
    (Key::Is("deny"), Kind::Bits),
    // Custom ids are chosen by the developer of the bot, which depends on them.
    (Key::Is("custom_id"), Kind::Other),
    (Key::Is("id"), Kind::Id),
    (Key::Ends("_id"), Kind::Id),
    (Key::Ends("_ids"), Kind::Id),
    (Key::Is("not_found"), Kind::Id),
    (Key::Is("roles"), Kind::Id),
    (Key::Is("mention_roles"), Kind::Id),
    (Key::Is("applied_tags"), Kind::Id),
    (Key::Is("content"), Kind::Content),
    (Key::Is("title"), Kind::Content),
    (Key::Is("description"), Kind::Content),
    (Key::Is("text"), Kind::Content),
    (Key::Is("value"), Kind::Content),
    (Key::Is("topic"), Kind::Content),
    (Key::Is("label"), Kind::Content),
    (Key::Is("placeholder"), Kind::Content),
    (Key::Is("state"), Kind::Content),
    (Key::Is("details"), Kind::Content),
    (Key::Is("status"), Kind::Other),
    (Key::Is("reason"), Kind::Content),
    (Key::Is("matched_keyword"), Kind::Content),
    (Key::Is("matched_content"), Kind::Content),
    (Key::Is("keyword_filter"), Kind::Content),
    (Key::Is("regex_patterns"), Kind::Content),
    (Key::Is("allow_list"), Kind::Content),
    (Key::Has("username"), Kind::Name),
    (Key::Is("global_name"), Kind::Name),
    (Key::Is("display_name"), Kind::Name),
    (Key::Is("nick"), Kind::Name),
    (Key::Is("name"), Kind::Name),
    (Key::Is("filename"), Kind::Name),
    (Key::Is("discriminator"), Kind::Name),
];

/// The kind of the value of this key.
pub(super) fn kind_of(key: &str) -> Kind {
    let key = key.to_ascii_lowercase();
    KEYS.iter()
        .find(|(known, _)| match known {
            Key::Is(name) => key == *name,
            Key::Has(part) => key.contains(part),
            Key::Ends(end) => key.ends_with(end),
        })
        .map_or(Kind::Other, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_secrets_are_recognized() {
        for key in [
            "token",
            "interaction_token",
            "Access_Token",
            "session_id",
            "auth_session_id_hash",
            "resume_gateway_url",
            "endpoint",
            "email",
            "phone_number",
            "ip",
            "client_ip",
            "client_secret",
        ] {
            assert_eq!(kind_of(key), Kind::Secret, "{key}");
        }
    }

    #[test]
    fn similar_keys_are_kept() {
        for (key, kind) in [
            ("guild_id", Kind::Id),
            ("custom_id", Kind::Other),
            ("permissions", Kind::Bits),
            ("flags_new", Kind::Bits),
            ("zip", Kind::Other),
            ("tip", Kind::Other),
            ("type", Kind::Other),
            ("nick", Kind::Name),
        ] {
            assert_eq!(kind_of(key), kind, "{key}");
        }
    }
}
