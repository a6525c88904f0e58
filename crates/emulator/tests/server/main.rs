//! The emulator over its sockets, as a client that shares no code with it sees it.

mod a_bot_can_answer_over_rest;
mod a_client_that_does_not_read_is_dropped;
mod a_flood_comes_whole_and_ends_with_a_close_frame;
mod an_end_ends_a_half_open_connection;
mod answers_a_close_frame;
mod client;
mod closes_with_the_code_it_is_told;
mod compresses_with_one_stream;
mod control_works_from_any_language;
mod dropping_it_ends_it;
mod http;
mod identifies_over_plain_websocket;
mod interactions_are_answered_over_rest;
mod payload_compression_leaves_small_messages_as_text;
mod rest_tells_where_the_gateway_is;
mod rest_tells_who_the_bot_is;
mod resumes_after_a_dropped_connection;
mod slash_commands_are_registered_over_rest;
mod speaks_tls_with_its_own_root;
mod the_resume_host_fails_alone;
mod time_can_be_virtual;
mod time_can_run_faster;
mod what_comes_at_once_waits_for_its_client;
