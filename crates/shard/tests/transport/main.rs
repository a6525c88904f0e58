//! The transport against servers written for the tests, one behavior per file, grouped by topic.

mod harness;

mod connector {
    mod connector_reports_typed_errors;
    mod memory_connector_plays_every_server;
    mod user_agent_names_the_program;
}

mod proxy {
    mod connections_use_the_proxy;
    mod environment_selects_the_proxy;
    mod proxy_failures_are_typed_errors;
}

/// The cases of the Autobahn test suite for clients.
mod rfc_6455 {
    mod case;
    mod closing;
    mod fragmentation;
    mod framing;
    mod large;
    mod utf8;
}

mod websocket {
    mod close_frame_is_returned_once;
    mod failed_handshakes_are_typed_errors;
    mod frames_are_sent_in_order;
    mod invalid_frames_are_typed_errors;
    mod pings_are_answered;
    mod reading_does_not_allocate;
    mod split_messages_arrive_whole;
}
