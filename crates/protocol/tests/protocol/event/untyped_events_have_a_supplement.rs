//! An event without a type in twilight-model decodes into a supplement of this crate.

use crate::harness::{dispatch_fixture, dispatch_text};
use gloaming_protocol::supplement::{
    ChannelInfo, GuildSoundboardSoundDelete, SoundboardSound, SoundboardSounds,
    VoiceChannelEffectAnimation, VoiceChannelEffectSend, VoiceChannelStartTimeUpdate,
    VoiceChannelStatusUpdate,
};
use gloaming_protocol::{
    Decoded, DispatchKind, JsonParser, OwnedPayload, Supplement, TypeSource, UnknownEvent,
    decode_event,
};
use twilight_model::channel::message::EmojiReactionType;
use twilight_model::id::Id;

const GUILD: u64 = 197_038_439_483_310_086;
const SOUND: u64 = 1_106_714_396_018_884_649;
const CHANNEL: u64 = 155_101_607_195_836_416;
const USER: u64 = 80_351_110_224_678_912;

fn payload(kind: DispatchKind, data: &str) -> OwnedPayload {
    OwnedPayload::parse(dispatch_text(kind.name(), 42, data)).unwrap()
}

/// A documented event, as returned by `decode_event`.
fn unknown(kind: DispatchKind) -> UnknownEvent {
    let payload = payload(kind, &dispatch_fixture(kind.name()));
    match decode_event(&payload.as_payload(), JsonParser::best()) {
        Ok(Decoded::Unknown(event)) => event,
        other => panic!("{kind}: {other:?}"),
    }
}

fn supplement(kind: DispatchKind, data: &str) -> Supplement {
    payload(kind, data).supplement().unwrap().unwrap()
}

#[test]
fn every_documented_event_without_a_type_has_a_supplement() {
    for kind in DispatchKind::ALL {
        let payload = payload(kind, &dispatch_fixture(kind.name()));
        let supplement = payload.supplement().unwrap();
        match kind.type_source() {
            TypeSource::Model | TypeSource::Untyped => {
                assert_eq!(supplement, None, "{kind} has a type that the table lacks");
            }
            TypeSource::Supplement => {
                assert_eq!(unknown(kind).supplement().unwrap(), supplement);
                let supplement = supplement.unwrap_or_else(|| panic!("{kind} has no type"));
                assert_eq!(supplement.kind(), kind);
            }
        }
    }
}

#[test]
fn a_serialized_supplement_decodes_again() {
    for kind in DispatchKind::ALL {
        if kind.type_source() == TypeSource::Supplement {
            let supplement = unknown(kind).supplement().unwrap().unwrap();
            let data = serde_json::to_string(&supplement).unwrap();
            assert_eq!(self::supplement(kind, &data), supplement);
        }
    }
}

#[test]
fn channel_info() {
    let event = unknown(DispatchKind::ChannelInfo);
    let info: ChannelInfo = event.decode().unwrap();
    assert_eq!(info.guild_id, Id::new(613_425_648_685_547_541));
    let [first, second] = &info.channels[..] else {
        panic!("{info:?}");
    };
    assert_eq!(first.id, Id::new(CHANNEL));
    assert_eq!(first.status.as_deref(), Some("Rocket cheese all day"));
    assert_eq!(first.voice_start_time, Some(1_754_000_000));
    assert_eq!(second.id, Id::new(157_733_188_964_188_161));
    assert_eq!((&second.status, second.voice_start_time), (&None, None));
    assert_eq!(
        event.supplement().unwrap(),
        Some(Supplement::ChannelInfo(info))
    );
}

fn assert_is_yay(sound: &SoundboardSound, volume: f64) {
    assert_eq!(sound.name, "Yay");
    assert_eq!(sound.sound_id, Id::new(SOUND));
    assert_eq!(sound.volume, volume);
    assert_eq!(sound.emoji_id, Some(Id::new(989_193_655_938_064_464)));
    assert_eq!(sound.emoji_name, None);
    assert_eq!(sound.guild_id, Some(Id::new(GUILD)));
    assert!(sound.available);
    let user = sound.user.as_ref().unwrap();
    assert_eq!((user.id, &*user.name), (Id::new(USER), "Nelly"));
}

#[test]
fn guild_soundboard_sound_create_and_update() {
    let event = unknown(DispatchKind::GuildSoundboardSoundCreate);
    let Some(Supplement::GuildSoundboardSoundCreate(sound)) = event.supplement().unwrap() else {
        panic!("{event:?}");
    };
    assert_is_yay(&sound, 1.0);
    assert_eq!(event.decode::<SoundboardSound>().unwrap(), *sound);

    let event = unknown(DispatchKind::GuildSoundboardSoundUpdate);
    let Some(Supplement::GuildSoundboardSoundUpdate(sound)) = event.supplement().unwrap() else {
        panic!("{event:?}");
    };
    assert_is_yay(&sound, 0.5);
}

#[test]
fn guild_soundboard_sound_delete() {
    let event = unknown(DispatchKind::GuildSoundboardSoundDelete);
    let deleted: GuildSoundboardSoundDelete = event.decode().unwrap();
    assert_eq!(deleted.sound_id, Id::new(SOUND));
    assert_eq!(deleted.guild_id, Id::new(GUILD));
    assert_eq!(
        event.supplement().unwrap(),
        Some(Supplement::GuildSoundboardSoundDelete(deleted))
    );
}

#[test]
fn guild_soundboard_sounds_update_and_soundboard_sounds() {
    for kind in [
        DispatchKind::GuildSoundboardSoundsUpdate,
        DispatchKind::SoundboardSounds,
    ] {
        let event = unknown(kind);
        let sounds: SoundboardSounds = event.decode().unwrap();
        assert_eq!(sounds.guild_id, Id::new(GUILD));
        assert_eq!(sounds.soundboard_sounds.len(), 1);
        assert_is_yay(&sounds.soundboard_sounds[0], 1.0);
        match event.supplement().unwrap() {
            Some(
                Supplement::GuildSoundboardSoundsUpdate(found)
                | Supplement::SoundboardSounds(found),
            ) => assert_eq!(found, sounds),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn voice_channel_effect_send() {
    let event = unknown(DispatchKind::VoiceChannelEffectSend);
    let effect: VoiceChannelEffectSend = event.decode().unwrap();
    assert_eq!(effect.channel_id, Id::new(CHANNEL));
    assert_eq!(effect.guild_id, Id::new(GUILD));
    assert_eq!(effect.user_id, Id::new(USER));
    let fire = EmojiReactionType::Unicode {
        name: "🔥".to_owned(),
    };
    assert_eq!(effect.emoji, Some(fire));
    assert_eq!(
        effect.animation_type,
        Some(VoiceChannelEffectAnimation::Premium)
    );
    assert_eq!(effect.animation_id, Some(2));
    assert_eq!(effect.sound_id, Some(Id::new(SOUND)));
    assert_eq!(effect.sound_volume, Some(0.5));
    assert_eq!(
        event.supplement().unwrap(),
        Some(Supplement::VoiceChannelEffectSend(effect))
    );
}

#[test]
fn voice_channel_start_time_update() {
    let event = unknown(DispatchKind::VoiceChannelStartTimeUpdate);
    let update: VoiceChannelStartTimeUpdate = event.decode().unwrap();
    assert_eq!(update.id, Id::new(CHANNEL));
    assert_eq!(update.guild_id, Id::new(GUILD));
    assert_eq!(update.voice_start_time, Some(1_754_000_000));
    assert_eq!(
        event.supplement().unwrap(),
        Some(Supplement::VoiceChannelStartTimeUpdate(update))
    );
}

#[test]
fn voice_channel_status_update() {
    let event = unknown(DispatchKind::VoiceChannelStatusUpdate);
    let update: VoiceChannelStatusUpdate = event.decode().unwrap();
    assert_eq!(update.id, Id::new(CHANNEL));
    assert_eq!(update.guild_id, Id::new(GUILD));
    assert_eq!(update.status.as_deref(), Some("Rocket cheese all day"));
    assert_eq!(
        event.supplement().unwrap(),
        Some(Supplement::VoiceChannelStatusUpdate(update))
    );
}

#[test]
fn integer_ids_and_new_missing_or_null_fields_are_accepted() {
    for (kind, data) in [
        (
            DispatchKind::ChannelInfo,
            r#"{"guild_id":1,"channels":[{"id":2},{"id":"3","voice_start_time":4,"new":[]}]}"#,
        ),
        (
            DispatchKind::GuildSoundboardSoundCreate,
            r#"{"name":"quack","sound_id":1,"volume":1,"emoji_id":null,"emoji_name":"🦆","available":true}"#,
        ),
        (
            DispatchKind::GuildSoundboardSoundUpdate,
            r#"{"new":{},"name":"","sound_id":"1","volume":0.25,"emoji_id":2,"guild_id":3,"available":false,"user":null}"#,
        ),
        (
            DispatchKind::GuildSoundboardSoundDelete,
            r#"{"sound_id":1,"guild_id":2,"new":null}"#,
        ),
        (
            DispatchKind::GuildSoundboardSoundsUpdate,
            r#"{"soundboard_sounds":[],"guild_id":1}"#,
        ),
        (
            DispatchKind::SoundboardSounds,
            r#"{"guild_id":1,"soundboard_sounds":[{"name":"quack","sound_id":1,"volume":1.0,"available":true}]}"#,
        ),
        (
            DispatchKind::VoiceChannelEffectSend,
            r#"{"channel_id":1,"guild_id":2,"user_id":3}"#,
        ),
        (
            DispatchKind::VoiceChannelEffectSend,
            r#"{"channel_id":1,"guild_id":2,"user_id":3,"emoji":null,"animation_type":null,"animation_id":null,"sound_id":1,"sound_volume":1}"#,
        ),
        (
            DispatchKind::VoiceChannelStartTimeUpdate,
            r#"{"id":1,"guild_id":2,"voice_start_time":null}"#,
        ),
        (
            DispatchKind::VoiceChannelStartTimeUpdate,
            r#"{"id":1,"guild_id":2}"#,
        ),
        (
            DispatchKind::VoiceChannelStatusUpdate,
            r#"{"id":1,"guild_id":2,"status":null}"#,
        ),
        (
            DispatchKind::VoiceChannelStatusUpdate,
            r#"{"guild_id":2,"id":1}"#,
        ),
    ] {
        assert_eq!(supplement(kind, data).kind(), kind, "{data}");
    }
}

#[test]
fn all_emojis_and_animation_types_are_accepted() {
    let effect = |emoji: &str, animation: u64| {
        let data = format!(
            r#"{{"channel_id":"1","guild_id":"2","user_id":"3","emoji":{emoji},"animation_type":{animation}}}"#
        );
        match supplement(DispatchKind::VoiceChannelEffectSend, &data) {
            Supplement::VoiceChannelEffectSend(effect) => effect,
            other => panic!("{other:?}"),
        }
    };
    let custom = effect(r#"{"id":"5","name":"yay","animated":true}"#, 1);
    assert_eq!(
        custom.emoji,
        Some(EmojiReactionType::Custom {
            animated: true,
            id: Id::new(5),
            name: Some("yay".to_owned())
        })
    );
    assert_eq!(
        custom.animation_type,
        Some(VoiceChannelEffectAnimation::Basic)
    );
    let deleted = effect(r#"{"id":5,"name":null}"#, 1_000);
    assert!(matches!(
        deleted.emoji,
        Some(EmojiReactionType::Custom { name: None, .. })
    ));
    assert_eq!(
        deleted.animation_type,
        Some(VoiceChannelEffectAnimation::Unknown(1_000))
    );
}

#[test]
fn a_mismatched_event_is_an_error_with_its_payload() {
    let data = r#"{"id":"not an id","guild_id":"2","status":"hello"}"#;
    let payload = payload(DispatchKind::VoiceChannelStatusUpdate, data);
    let error = payload.supplement().unwrap_err();
    assert_eq!(error.name(), Some("VOICE_CHANNEL_STATUS_UPDATE"));
    assert_eq!(error.sequence(), Some(42));
    assert_eq!(error.payload().data(), data);
}

#[test]
fn other_payloads_have_no_supplement() {
    for text in [
        r#"{"op":11}"#,
        r#"{"op":10,"d":{"heartbeat_interval":41250}}"#,
        r#"{"t":"BRAND_NEW","s":1,"op":0,"d":{}}"#,
        r#"{"t":"CHANNEL_INFO","s":1,"op":99,"d":{"guild_id":"1","channels":[]}}"#,
        // An unknown event, because twilight-model has no metadata for the opcode.
        r#"{"t":"RATE_LIMITED","s":1,"op":0,"d":{"opcode":31,"retry_after":1.5,"meta":{}}}"#,
    ] {
        let payload = OwnedPayload::parse(text).unwrap();
        assert_eq!(payload.supplement().unwrap(), None, "{text}");
    }
}
