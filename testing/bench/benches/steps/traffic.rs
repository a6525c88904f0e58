//! The payloads that are measured.

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../crates/protocol/tests/fixtures/dispatch/",
            $name,
            ".json"
        ))
    };
}

/// The events of Discord's documentation that come most often.
pub(crate) const EVENTS: [&str; 3] = ["MESSAGE_CREATE", "PRESENCE_UPDATE", "GUILD_CREATE"];

/// The payload of a documented event.
pub(crate) fn payload(name: &str) -> String {
    let data = match name {
        "MESSAGE_CREATE" => fixture!("MESSAGE_CREATE"),
        "PRESENCE_UPDATE" => fixture!("PRESENCE_UPDATE"),
        "GUILD_CREATE" => fixture!("GUILD_CREATE"),
        _ => unreachable!("{name} is not measured"),
    };
    let data: serde_json::Value = serde_json::from_str(data).expect("fixtures are JSON");
    format!(r#"{{"t":"{name}","s":42,"op":0,"d":{data}}}"#)
}
