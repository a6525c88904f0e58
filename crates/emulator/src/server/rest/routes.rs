//! Which requests there are, and what answers them.

use std::time::Instant;

use gloaming_protocol::Token;

use super::{app_commands, application, bot_user, gateway, gateway_bot, interactions, messages};
use crate::{
    model::Gateway,
    server::{http_request::Request, reply::Reply},
};

/// A request on its way to an answer.
pub(super) struct Ask<'a> {
    pub(super) gateway: &'a mut Gateway,
    pub(super) now: Instant,
    /// What REST says about where the gateway is.
    pub(super) gateway_url: &'a str,
    /// What stood in place of the path's `{…}`, in their order.
    pub(super) parts: Vec<&'a str>,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

/// Who may ask.
#[derive(Clone, Copy)]
enum Access {
    Anyone,
    /// Whoever has the bot's token.
    Bot,
    /// Whoever has the token of an interaction, which is in the path.
    Told,
}

struct Route {
    method: &'static str,
    path: &'static str,
    access: Access,
    answer: fn(Ask<'_>) -> Reply,
}

/// Every request, below `/api/v10`. The application's part of a path is not looked at: the token says whose it is.
#[rustfmt::skip]
const ROUTES: &[Route] = &[
    Route::new("GET", "/gateway", Access::Anyone, gateway),
    Route::new("GET", "/gateway/bot", Access::Bot, gateway_bot),
    Route::new("GET", "/users/@me", Access::Bot, bot_user),
    // Two names of one thing: libraries ask for it by either when they log in.
    Route::new("GET", "/applications/@me", Access::Bot, application),
    Route::new("GET", "/oauth2/applications/@me", Access::Bot, application),
    Route::new("POST", "/channels/{id}/messages", Access::Bot, messages::create),
    Route::new("POST", "/channels/{id}/typing", Access::Bot, messages::typing),
    Route::new("GET", "/applications/{id}/commands", Access::Bot, app_commands::list),
    Route::new("POST", "/applications/{id}/commands", Access::Bot, app_commands::register_one),
    Route::new("PUT", "/applications/{id}/commands", Access::Bot, app_commands::register),
    Route::new("GET", "/applications/{id}/guilds/{id}/commands", Access::Bot, app_commands::list),
    Route::new("POST", "/applications/{id}/guilds/{id}/commands", Access::Bot, app_commands::register_one),
    Route::new("PUT", "/applications/{id}/guilds/{id}/commands", Access::Bot, app_commands::register),
    Route::new("POST", "/interactions/{id}/{token}/callback", Access::Told, interactions::answer),
    Route::new("POST", "/webhooks/{id}/{token}", Access::Told, interactions::follow_up),
    Route::new("GET", "/webhooks/{id}/{token}/messages/@original", Access::Told, interactions::read),
    Route::new("PATCH", "/webhooks/{id}/{token}/messages/@original", Access::Told, interactions::edit),
    Route::new("DELETE", "/webhooks/{id}/{token}/messages/@original", Access::Told, interactions::delete),
];

impl Route {
    const fn new(
        method: &'static str,
        path: &'static str,
        access: Access,
        answer: fn(Ask<'_>) -> Reply,
    ) -> Self {
        Self {
            method,
            path,
            access,
            answer,
        }
    }

    /// What stands in place of this path's `{…}` in `path`, if it is one of these.
    fn parts<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let mut parts = Vec::new();
        let mut given = path.split('/');
        for expected in self.path.split('/') {
            let given = given.next()?;
            if expected.starts_with('{') {
                parts.push(given);
            } else if expected != given {
                return None;
            }
        }
        given.next().is_none().then_some(parts)
    }
}

/// Answers a request for `path`, which is without the API's version.
pub(super) fn respond(
    gateway: &mut Gateway,
    now: Instant,
    request: &Request,
    path: &str,
    gateway_url: &str,
) -> Reply {
    let mut of_path = ROUTES
        .iter()
        .filter_map(|route| Some((route, route.parts(path)?)))
        .peekable();
    if of_path.peek().is_none() {
        return Reply::refusal("404 Not Found");
    }
    let Some((route, parts)) = of_path.find(|(route, _)| route.method == request.method) else {
        return Reply::refusal("405 Method Not Allowed");
    };
    match route.access {
        Access::Bot if !is_authorized(request, gateway) => Reply::refusal("401 Unauthorized"),
        Access::Bot | Access::Anyone | Access::Told => (route.answer)(Ask {
            gateway,
            now,
            gateway_url,
            parts,
            query: &request.query,
            body: &request.body,
        }),
    }
}

fn is_authorized(request: &Request, gateway: &Gateway) -> bool {
    let token = request.authorization.as_deref();
    let token = token.and_then(|value| value.strip_prefix("Bot "));
    token.map(Token::new).as_ref() == Some(&gateway.settings().token)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guide's table of REST is of these, no more and no fewer.
    #[test]
    fn the_guide_has_every_route() {
        let guide = include_str!("../../../docs/guide.md");
        let (_, rest) = guide.split_once("\n## REST\n").unwrap();
        let mut told: Vec<&str> = rest
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .flat_map(|row| row.split(" | ").next().unwrap().split('`'))
            .filter(|request| request.contains(" /"))
            .collect();
        let mut routes: Vec<String> = ROUTES
            .iter()
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        told.sort_unstable();
        routes.sort_unstable();
        assert_eq!(told, routes);
    }

    #[test]
    fn a_path_is_one_of_a_route_if_all_of_it_is() {
        let route = &Route::new("GET", "/a/{id}/b", Access::Anyone, gateway);
        assert_eq!(route.parts("/a/1/b"), Some(vec!["1"]));
        for other in ["/a/1", "/a/1/c", "/a/1/b/", "/a/1/b/c", "a/1/b", ""] {
            assert_eq!(route.parts(other), None, "{other}");
        }
    }
}
