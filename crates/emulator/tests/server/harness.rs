//! The clients of the tests: WebSocket and HTTP.

mod bot;
mod client;
mod http;

pub(crate) use self::{
    bot::{Bot, id},
    client::{Client, Received, identify, resume},
    http::{http_request, http_request_as_bot, http_request_with, http_request_with_text},
};
