//! A route of REST: a method and the pattern of a path.

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt::{self, Display, Formatter},
};

use super::{
    context::{Outcome, RequestContext},
    error::{ApiError, METHOD_NOT_ALLOWED, NOT_FOUND},
    percent_encoding,
    routes::ROUTES,
};

/// The names and values of the parameters of a path.
pub(super) type Parameters<'a> = Vec<(&'static str, Cow<'a, str>)>;

/// Handles a request.
pub(super) type Handler = fn(&mut RequestContext<'_>) -> Outcome;

/// What authorizes a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Authorization {
    None,
    BotToken,
    /// The token of an interaction or of a webhook, which is in the path.
    PathToken,
}

/// A route of REST, such as `POST /channels/{channel_id}/messages`.
///
/// ```
/// use gloaming_emulator::RestRoute;
///
/// let route = RestRoute::find("POST /channels/{channel_id}/messages").expect("a bot can write");
/// assert!(RestRoute::all().any(|other| other == route));
/// assert_eq!(RestRoute::find("POST /moon"), None);
/// ```
#[derive(Clone, Copy)]
pub struct RestRoute(&'static Route);

/// A row of the table of routes.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// The path after the version. A segment in braces matches any.
    pub(super) path: &'static str,
    pub(super) authorization: Authorization,
    pub(super) handler: Handler,
}

impl RestRoute {
    /// All routes of the emulator.
    pub fn all() -> impl Iterator<Item = Self> {
        ROUTES.iter().map(Self)
    }

    /// The route with this text, as the guide lists it; `None` if there is none.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let (method, path) = text.split_once(' ')?;
        Self::all().find(|route| route.method() == method && route.path() == path)
    }

    /// The method, such as `POST`.
    #[must_use]
    pub const fn method(self) -> &'static str {
        self.0.method
    }

    /// The path after the version, with its parameters in braces.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.0.path
    }

    /// The route that a request for `path` takes, with the parameters of the path.
    pub(super) fn of<'a>(method: &str, path: &'a str) -> Result<(Self, Parameters<'a>), ApiError> {
        let mut matching = ROUTES
            .iter()
            .filter_map(|route| Some((route, route.parameters(path)?)))
            .peekable();
        if matching.peek().is_none() {
            return Err(NOT_FOUND);
        }
        let found = matching.find(|(route, _)| route.method == method);
        let (route, parameters) = found.ok_or(METHOD_NOT_ALLOWED)?;
        Ok((Self(route), parameters))
    }

    pub(super) const fn authorization(self) -> Authorization {
        self.0.authorization
    }

    pub(super) const fn handler(self) -> Handler {
        self.0.handler
    }
}

impl PartialEq for RestRoute {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for RestRoute {}

impl PartialOrd for RestRoute {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By path, and then by method.
impl Ord for RestRoute {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.path(), self.method()).cmp(&(other.path(), other.method()))
    }
}

impl fmt::Debug for RestRoute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "RestRoute({self})")
    }
}

impl Display for RestRoute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path())
    }
}

impl Route {
    pub(super) const fn new(
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
    fn parameters<'a>(&self, path: &'a str) -> Option<Parameters<'a>> {
        let mut parameters = Vec::new();
        let mut segments = path.split('/');
        for expected in self.path.split('/') {
            let segment = percent_encoding::decode(segments.next()?);
            let name = expected
                .strip_prefix('{')
                .and_then(|it| it.strip_suffix('}'));
            if let Some(name) = name {
                parameters.push((name, segment));
            } else if expected != segment {
                return None;
            }
        }
        segments.next().is_none().then_some(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::login;

    #[test]
    fn path_matches_a_route_as_a_whole() {
        let route = Route::new("GET", "/a/{id}/b", Authorization::None, login::gateway);
        assert_eq!(route.parameters("/a/1/b"), Some(vec![("id", "1".into())]));
        let encoded = route.parameters("/%61/%40me%2F/b");
        assert_eq!(encoded, Some(vec![("id", "@me/".into())]));
        for other in ["/a/1", "/a/1/c", "/a/1/b/", "/a/1/b/c", "a/1/b", ""] {
            assert_eq!(route.parameters(other), None, "{other}");
        }
    }
}
