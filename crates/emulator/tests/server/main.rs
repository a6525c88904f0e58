//! The emulator over sockets, with clients that share no code with it, one behavior per file, grouped by topic.

mod harness;

mod closing {
    mod close_frame_has_the_code;
    mod close_frame_is_answered;
    mod dropped_emulator_stops;
    mod half_open_connection_can_be_closed;
}

mod compression {
    mod payload_compression_leaves_small_messages_as_text;
    mod stream_compression_uses_one_context;
}

mod connection {
    mod dropped_connection_resumes;
    mod identify_works_without_tls;
    mod resume_host_can_fail_alone;
    mod tls_uses_the_root_of_the_emulator;
}

mod control {
    mod control_api_drives_the_emulator;
    mod control_api_hides_channels;
}

mod encoding {
    mod etf_is_sent_with_every_compression;
}

mod rest {
    mod audit_log_is_read_in_pages;
    mod bot_user_and_application_are_returned;
    mod chunked_bodies_are_understood;
    mod direct_messages_are_exchanged;
    mod every_route_is_tested;
    mod gateway_url_and_limits_are_returned;
    mod guild_is_described;
    mod hidden_channels_are_left_out;
    mod interactions_are_answered;
    mod invites_are_created;
    mod made_up_commands_are_registered_ones;
    mod members_are_banned;
    mod members_are_changed;
    mod messages_are_created;
    mod messages_are_pinned;
    mod messages_are_read_edited_and_deleted;
    mod reactions_are_added_and_removed;
    mod requests_are_understood_as_libraries_write_them;
    mod requests_fail_on_demand;
    mod roles_and_channels_are_managed;
    mod slash_commands_are_registered;
    mod threads_are_started;
    mod webhooks_are_executed;
}

mod sending {
    mod floods_arrive_complete;
    mod large_bursts_wait_for_the_client;
    mod unread_connection_is_dropped;
}

mod time {
    mod paused_clock_is_followed;
    mod speed_shortens_all_times;
}

mod web_pages {
    mod foreign_requests_are_refused;
}
