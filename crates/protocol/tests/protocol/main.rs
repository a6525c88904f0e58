//! The public interface, one behavior per file, grouped by topic.

mod harness;

mod codec {
    mod byte_counts_cover_all_messages;
    mod corrupt_zlib_is_rejected;
    mod corrupt_zstd_is_rejected;
    mod inflaters_agree;
    mod invalid_utf8_is_rejected;
    mod malformed_blocks_name_their_fault;
    mod payload_compression_inflates_each_message;
    mod zlib_messages_may_be_split_anywhere;
    mod zlib_messages_of_any_size_are_complete;
    mod zstd_decompressors_agree;
    mod zstd_messages_of_any_size_are_complete;
}

mod command {
    mod encoders_match_the_documentation;
    mod invalid_commands_are_rejected;
    mod token_is_redacted;
}

mod envelope {
    mod envelope_agrees_with_serde_json;
    mod events_name_their_guild_channel_and_user;
    mod integer_ids_are_accepted;
    mod key_order_and_escapes_do_not_matter;
    mod truncated_payload_is_rejected_or_consistent;
}

mod error {
    mod error_texts_name_the_fault_and_the_remedy;
}

mod event {
    mod announced_events_have_a_name_and_a_flag;
    mod changed_leaves_are_repaired;
    mod documented_events_decode;
    mod fields_of_2026_are_accepted;
    mod flags_match_twilight_gateway;
    mod flattened_events_agree_with_the_model;
    mod hidden_channels_decode;
    mod json_parsers_agree;
    mod large_numbers_in_unknown_fields_are_ignored;
    mod odd_emojis_are_kept;
    mod odd_events_arrive;
    mod repairs_are_reported;
    mod times_in_every_form_arrive;
    mod times_with_an_offset_are_converted;
    mod undecodable_event_keeps_its_payload;
    mod untyped_components_have_a_supplement;
    mod untyped_events_have_a_supplement;
}

mod view {
    mod errors_name_the_path;
    mod events_without_a_view_are_readable;
    mod options_have_values_of_their_type;
    mod reading_does_not_allocate;
    mod views_agree_with_the_model;
}
