//! REST without sockets: one table of routes, and one file per family of them.
//!
//! A handler checks a request, and makes events happen. What REST returns later follows from these events, as it does
//! from events that a test makes happen.

mod app_commands;
mod audit_log;
mod bans;
mod channels;
mod context;
mod error;
mod failure;
mod fields;
mod guilds;
mod interactions;
mod invites;
mod login;
mod lookup;
mod members;
mod messages;
mod multipart;
mod percent_encoding;
mod pins;
mod reactions;
mod request;
mod response;
mod roles;
mod route;
mod routes;
mod threads;
mod users;
mod webhook_messages;
mod webhooks;

use std::time::Instant;

use gloaming_protocol::Token;

use self::{
    context::{Outcome, RequestContext},
    error::{ApiError, NOT_FOUND, UNAUTHORIZED},
    route::Authorization,
};
pub use self::{request::RestRequest, response::RestResponse, route::RestRoute};
use crate::model::Gateway;

impl Gateway {
    /// Answers a request to REST. Drain [`poll_output`](Self::poll_output) next: what the request changes comes as events.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// use gloaming_emulator::{Settings, model::{Gateway, RestRequest}};
    ///
    /// let now = Instant::now();
    /// let mut gateway = Gateway::new(Settings::default(), now);
    /// let mut request = RestRequest::new("GET", "/api/v10/users/@me");
    /// assert_eq!(gateway.handle_request(now, &request).status(), 401);
    /// request.authorization = Some("Bot gloaming.emulator.token");
    /// let response = gateway.handle_request(now, &request);
    /// assert_eq!(response.body().unwrap()["bot"], true);
    /// ```
    pub fn handle_request(&mut self, now: Instant, request: &RestRequest<'_>) -> RestResponse {
        self.set_time(now);
        let response = respond(self, now, request);
        self.count_rest_request();
        response.unwrap_or_else(ApiError::into_response)
    }
}

fn respond(gateway: &mut Gateway, now: Instant, request: &RestRequest<'_>) -> Outcome {
    let path = request.resource().ok_or(NOT_FOUND)?;
    let (route, parameters) = RestRoute::of(request.method, path)?;
    gateway.rest_mut().count_request(route);
    if let Some(answer) = gateway.next_request_failure(route) {
        return Ok(failure::response(answer, request));
    }
    if route.authorization() == Authorization::BotToken && !has_bot_token(request, gateway) {
        return Err(UNAUTHORIZED);
    }
    let mut context = RequestContext {
        gateway,
        now,
        request,
        parameters,
    };
    (route.handler())(&mut context)
}

fn has_bot_token(request: &RestRequest<'_>, gateway: &Gateway) -> bool {
    let token = request.authorization;
    let token = token.and_then(|value| value.strip_prefix("Bot "));
    token.map(Token::new).as_ref() == Some(&gateway.settings().token)
}
