//! The routes of REST.

use std::{borrow::Cow, time::Instant};

use gloaming_protocol::Token;

use super::{app_commands, context::RequestContext, guilds, interactions, login, messages};
use crate::{
    model::Gateway,
    server::{http_request::HttpRequest, http_response::HttpResponse, percent_encoding},
};

/// What authorizes a request.
#[derive(Clone, Copy)]
enum Authorization {
    None,
    BotToken,
    /// The token of an interaction, which is in the path.
    InteractionToken,
}

type Handler = fn(RequestContext<'_>) -> HttpResponse;

struct Route {
    method: &'static str,
    path: &'static str,
    authorization: Authorization,
    handler: Handler,
}

use Authorization::{BotToken, InteractionToken};

/// All routes below `/api/v10`. The application id of a path is ignored: the token determines the application.
#[rustfmt::skip]
const ROUTES: &[Route] = &[
    Route::new("GET", "/gateway", Authorization::None, login::gateway),
    Route::new("GET", "/gateway/bot", BotToken, login::gateway_bot),
    Route::new("GET", "/users/@me", BotToken, login::bot_user),
    // Two paths of the same resource: libraries request either when they log in.
    Route::new("GET", "/applications/@me", BotToken, login::application),
    Route::new("GET", "/oauth2/applications/@me", BotToken, login::application),
    Route::new("GET", "/guilds/{id}/channels", BotToken, guilds::channels),
    Route::new("POST", "/channels/{id}/messages", BotToken, messages::create),
    Route::new("GET", "/channels/{id}/messages", BotToken, messages::list),
    Route::new("GET", "/channels/{id}/messages/{id}", BotToken, messages::one),
    Route::new("PATCH", "/channels/{id}/messages/{id}", BotToken, messages::edit),
    Route::new("DELETE", "/channels/{id}/messages/{id}", BotToken, messages::delete),
    Route::new("POST", "/channels/{id}/typing", BotToken, messages::trigger_typing),
    Route::new("GET", "/applications/{id}/commands", BotToken, app_commands::list),
    Route::new("POST", "/applications/{id}/commands", BotToken, app_commands::add),
    Route::new("PUT", "/applications/{id}/commands", BotToken, app_commands::replace_all),
    Route::new("GET", "/applications/{id}/commands/{id}", BotToken, app_commands::one),
    Route::new("PATCH", "/applications/{id}/commands/{id}", BotToken, app_commands::edit),
    Route::new("DELETE", "/applications/{id}/commands/{id}", BotToken, app_commands::delete),
    Route::new("GET", "/applications/{id}/guilds/{id}/commands", BotToken, app_commands::list),
    Route::new("POST", "/applications/{id}/guilds/{id}/commands", BotToken, app_commands::add),
    Route::new("PUT", "/applications/{id}/guilds/{id}/commands", BotToken, app_commands::replace_all),
    Route::new("GET", "/applications/{id}/guilds/{id}/commands/{id}", BotToken, app_commands::one_of_guild),
    Route::new("PATCH", "/applications/{id}/guilds/{id}/commands/{id}", BotToken, app_commands::edit_of_guild),
    Route::new("DELETE", "/applications/{id}/guilds/{id}/commands/{id}", BotToken, app_commands::delete_of_guild),
    Route::new("POST", "/interactions/{id}/{token}/callback", InteractionToken, interactions::respond),
    Route::new("POST", "/webhooks/{id}/{token}", InteractionToken, interactions::follow_up),
    Route::new("GET", "/webhooks/{id}/{token}/messages/@original", InteractionToken, interactions::original),
    Route::new("PATCH", "/webhooks/{id}/{token}/messages/@original", InteractionToken, interactions::edit_original),
    Route::new("DELETE", "/webhooks/{id}/{token}/messages/@original", InteractionToken, interactions::delete_original),
    Route::new("GET", "/webhooks/{id}/{token}/messages/{id}", InteractionToken, interactions::one),
    Route::new("PATCH", "/webhooks/{id}/{token}/messages/{id}", InteractionToken, interactions::edit_one),
    Route::new("DELETE", "/webhooks/{id}/{token}/messages/{id}", InteractionToken, interactions::delete_one),
];

impl Route {
    const fn new(
        method: &'static str,
        path: &'static str,
        authorization: Authorization,
        handler: Handler,
    ) -> Self {
        Self {
            method,
            path,
            authorization,
            handler,
        }
    }

    /// The parameters of `path` if it matches the route.
    fn parameters<'a>(&self, path: &'a str) -> Option<Vec<Cow<'a, str>>> {
        let mut parameters = Vec::new();
        let mut segments = path.split('/');
        for expected in self.path.split('/') {
            let segment = percent_encoding::decode(segments.next()?);
            if expected.starts_with('{') {
                parameters.push(segment);
            } else if expected != segment {
                return None;
            }
        }
        segments.next().is_none().then_some(parameters)
    }
}

/// Responds to a request for `path`, which does not include the API version.
pub(super) fn respond(
    gateway: &mut Gateway,
    now: Instant,
    request: &HttpRequest,
    path: &str,
    gateway_url: &str,
) -> HttpResponse {
    let mut matching = ROUTES
        .iter()
        .filter_map(|route| Some((route, route.parameters(path)?)))
        .peekable();
    if matching.peek().is_none() {
        return HttpResponse::error("404 Not Found");
    }
    let Some((route, parameters)) = matching.find(|(route, _)| route.method == request.method)
    else {
        return HttpResponse::error("405 Method Not Allowed");
    };
    match route.authorization {
        BotToken if !has_bot_token(request, gateway) => HttpResponse::error("401 Unauthorized"),
        BotToken | Authorization::None | InteractionToken => (route.handler)(RequestContext {
            gateway,
            now,
            gateway_url,
            parameters,
            query: &request.query,
            content_type: request.content_type.as_deref(),
            body: &request.body,
        }),
    }
}

fn has_bot_token(request: &HttpRequest, gateway: &Gateway) -> bool {
    let token = request.authorization.as_deref();
    let token = token.and_then(|value| value.strip_prefix("Bot "));
    token.map(Token::new).as_ref() == Some(&gateway.settings().token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guide_lists_all_routes() {
        let guide = include_str!("../../../docs/guide.md");
        let (_, rest) = guide.split_once("\n## REST\n").unwrap();
        let mut listed: Vec<&str> = rest
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .flat_map(|row| row.split(" | ").next().unwrap().split('`'))
            .filter(|request| request.contains(" /"))
            .collect();
        let mut routes: Vec<String> = ROUTES
            .iter()
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        listed.sort_unstable();
        routes.sort_unstable();
        assert_eq!(listed, routes);
    }

    #[test]
    fn path_matches_a_route_as_a_whole() {
        let route = &Route::new("GET", "/a/{id}/b", Authorization::None, login::gateway);
        assert_eq!(route.parameters("/a/1/b"), Some(vec!["1".into()]));
        let encoded = route.parameters("/%61/%40me%2F/b");
        assert_eq!(encoded, Some(vec!["@me/".into()]));
        for other in ["/a/1", "/a/1/c", "/a/1/b/", "/a/1/b/c", "a/1/b", ""] {
            assert_eq!(route.parameters(other), None, "{other}");
        }
    }
}
