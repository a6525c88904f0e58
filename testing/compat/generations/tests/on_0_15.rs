//! Runs a bot for twilight-gateway 0.15 on twilight-gateway 0.15.

extern crate twilight_gateway_0_15 as twilight_gateway;
extern crate twilight_http_0_15 as twilight_http;

#[path = "../../bots/one_stream_against_the_emulator.rs"]
mod one_stream_against_the_emulator;
