//! Runs bots for twilight-gateway 0.16 to 0.18 on twilight-gateway 0.16.

extern crate twilight_gateway_0_16 as twilight_gateway;
extern crate twilight_http_0_16 as twilight_http;
extern crate twilight_model_0_16 as twilight_model;

#[path = "../../bots/against_the_emulator.rs"]
mod against_the_emulator;
