//! Commands that would close the connection, or that the gateway would ignore, are rejected before they are sent (P10,
//! P21, P24).

use gloaming_protocol::{
    EncodeErrorKind, Identify, Intents, RequestSoundboardSounds, Token, check_size,
    default_identify_properties, encode_command, encode_resume,
};
use twilight_model::gateway::payload::outgoing::{RequestGuildMembers, UpdatePresence};
use twilight_model::gateway::presence::{ActivityType, MinimalActivity, Status};
use twilight_model::id::Id;

#[test]
fn a_payload_over_4096_bytes_is_rejected() {
    assert!(check_size(&"x".repeat(4096)).is_ok());
    let error = check_size(&"x".repeat(4097)).unwrap_err();
    assert_eq!(error.kind(), EncodeErrorKind::TooLarge { bytes: 4097 });
    // Bytes count, not characters.
    let error = check_size(&"é".repeat(2049)).unwrap_err();
    assert_eq!(error.kind(), EncodeErrorKind::TooLarge { bytes: 4098 });
}

#[test]
fn a_command_over_4096_bytes_is_rejected() {
    let guilds = |count: u64| (0..count).map(|guild| Id::new(u64::MAX - guild));
    let request = RequestSoundboardSounds::new(guilds(176)).unwrap();
    let length = encode_command(&request).unwrap().len();
    let request = RequestSoundboardSounds::new(guilds(177)).unwrap();
    let error = encode_command(&request).unwrap_err();
    let bytes = length + r#","18446744073709551615""#.len();
    assert!(length <= 4096 && bytes > 4096);
    assert_eq!(error.kind(), EncodeErrorKind::TooLarge { bytes });

    let activity = MinimalActivity {
        kind: ActivityType::Playing,
        name: "x".repeat(4096),
        url: None,
    };
    let update = UpdatePresence::new([activity.into()], false, None, Status::Online).unwrap();
    let error = encode_command(&update).unwrap_err();
    assert!(matches!(error.kind(), EncodeErrorKind::TooLarge { .. }));

    let error = encode_resume(&Token::new("token"), &"x".repeat(4096), 1).unwrap_err();
    assert!(matches!(error.kind(), EncodeErrorKind::TooLarge { .. }));
}

#[test]
fn a_nonce_over_32_bytes_is_rejected() {
    let request = |nonce: &str| {
        let request = RequestGuildMembers::builder(Id::new(1))
            .nonce(nonce)
            .query("", None);
        encode_command(&request).map_err(|error| error.kind())
    };
    assert!(request(&"x".repeat(32)).is_ok());
    assert!(request(&"é".repeat(16)).is_ok());
    let too_long = |bytes| Err(EncodeErrorKind::NonceTooLong { bytes });
    assert_eq!(request(&"x".repeat(33)), too_long(33));
    assert_eq!(request(&"é".repeat(17)), too_long(34));
}

#[test]
fn a_request_for_over_100_users_is_rejected() {
    let mut request = RequestGuildMembers::builder(Id::new(1))
        .user_ids(Vec::from_iter((1..=100).map(Id::new)))
        .unwrap();
    assert!(encode_command(&request).is_ok());
    request.d.user_ids = Some(Vec::from_iter((1..=101).map(Id::new)).into());
    let error = encode_command(&request).unwrap_err();
    assert_eq!(error.kind(), EncodeErrorKind::TooManyUsers { users: 101 });
}

#[test]
fn a_large_threshold_out_of_range_is_rejected() {
    let token = Token::new("token");
    let properties = default_identify_properties();
    for (large_threshold, accepted) in [
        (0, false),
        (49, false),
        (50, true),
        (250, true),
        (251, false),
    ] {
        let identify = Identify {
            large_threshold,
            ..Identify::new(&token, &properties, Intents::GUILDS)
        };
        let error = identify.encode().err().map(|error| error.kind());
        let rejected = EncodeErrorKind::LargeThreshold {
            threshold: large_threshold,
        };
        assert_eq!(error, (!accepted).then_some(rejected));
    }
}
