//! Which proxy a connection uses.

use super::{
    Proxy,
    env_error::{ProxyEnvError, ProxyEnvErrorKind},
    no_proxy::NoProxy,
};
use crate::{
    net::ConnectError,
    transport::endpoint::{Endpoint, Scheme},
};
use std::{env, ffi::OsString};

/// The names of a variable, in the order in which they are read.
type Names = &'static [&'static str];

const SECURE: Names = &["https_proxy", "HTTPS_PROXY"];
// CGI sets HTTP_PROXY to what a client sent as the header `Proxy`.
const PLAIN: Names = &["http_proxy"];
const ALL: Names = &["all_proxy", "ALL_PROXY"];
const BYPASS: Names = &["no_proxy", "NO_PROXY"];

/// Decides for each connection whether it uses a network proxy, and which.
///
/// It is one [`Proxy`] for all connections, or what environment variables say. Nothing reads them unless
/// [`from_env`](Self::from_env) is called. Pass it to [`ConfigBuilder::network_proxy`] or
/// [`Connector::with_proxy`].
///
/// The variables and their order are those of curl:
///
/// | connections to | proxy |
/// |---|---|
/// | `wss://` and `https://` | `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY` |
/// | `ws://` and `http://` | `http_proxy`, `all_proxy`, `ALL_PROXY` |
/// | hosts in `no_proxy`, `NO_PROXY` | none |
///
/// - The first name that is set counts, and an empty value counts as not set.
/// - `HTTP_PROXY` in upper case is not read: web servers set it to the header `Proxy` of a request.
/// - A value is a URL as [`Proxy`] describes, or only `host:port`, which means `http://host:port`.
/// - Other than with curl, the port of an `http://` proxy without one is 80, and names are always resolved by
///   the proxy.
///
/// The entries of `no_proxy` are separated by commas or spaces:
///
/// | entry | connections without proxy |
/// |---|---|
/// | `*` | all |
/// | `example.com`, `.example.com`, `*.example.com` | to this host and the names that end in `.example.com` |
/// | `192.0.2.7`, `2001:db8::7` | to this address |
/// | `10.0.0.0/8`, `fd00::/8` | to addresses of this network |
/// | `example.com:7878`, `192.0.2.7:7878`, `[2001:db8::7]:7878` | only to this port |
///
/// Names are compared without regard to case. Entries with an address apply to URLs that contain an address:
/// no name is resolved. `localhost` uses the proxy unless an entry names it.
///
/// ```
/// use gloaming_shard::transport::ProxySelector;
///
/// let selector = ProxySelector::from_variables(|name| match name {
///     "HTTPS_PROXY" => Some("http://bot:p%40ss@proxy.internal:3128".into()),
///     "NO_PROXY" => Some("localhost,10.0.0.0/8".into()),
///     _ => None,
/// })?;
/// let proxy = selector.proxy_for("wss://gateway.discord.gg")?;
/// assert_eq!(proxy.unwrap().to_string(), "http://proxy.internal:3128");
/// assert_eq!(selector.proxy_for("wss://10.1.2.3:7878")?, None);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// [`ConfigBuilder::network_proxy`]: crate::ConfigBuilder::network_proxy
/// [`Connector::with_proxy`]: crate::transport::Connector::with_proxy
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProxySelector {
    secure: Option<Proxy>,
    plain: Option<Proxy>,
    bypass: NoProxy,
}

impl ProxySelector {
    /// Reads the environment variables of this process.
    ///
    /// ```
    /// use gloaming_shard::{ConfigBuilder, Intents, transport::ProxySelector};
    ///
    /// # fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let config = ConfigBuilder::new(token, Intents::GUILDS)
    ///     .network_proxy(ProxySelector::from_env()?)
    ///     .try_build()?;
    /// # drop(config);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error that names the variable if the value of one can't be used.
    pub fn from_env() -> Result<Self, ProxyEnvError> {
        Self::from_variables(env::var_os)
    }

    /// Takes the values of the variables from `read`, which returns `None` for those that are not set.
    ///
    /// Each value that counts is checked, also if no connection uses it.
    ///
    /// # Errors
    ///
    /// Returns an error that names the variable if the value of one can't be used.
    pub fn from_variables(
        mut read: impl FnMut(&'static str) -> Option<OsString>,
    ) -> Result<Self, ProxyEnvError> {
        let secure = proxy(&mut read, SECURE)?;
        let plain = proxy(&mut read, PLAIN)?;
        let all = proxy(&mut read, ALL)?;
        let bypass = match value(&mut read, BYPASS)? {
            Some((name, value)) => NoProxy::parse(name, &value)?,
            None => NoProxy::default(),
        };
        Ok(Self {
            secure: secure.or_else(|| all.clone()),
            plain: plain.or(all),
            bypass,
        })
    }

    /// Returns the proxy for connections to `url`, which begins with `ws://`, `wss://`, `http://` or
    /// `https://`, or `None` if they use no proxy.
    ///
    /// For use in a custom [`Connect`](crate::transport::Connect).
    ///
    /// # Errors
    ///
    /// Returns [`ConnectErrorKind::Url`](crate::transport::ConnectErrorKind::Url) if the URL is not usable.
    pub fn proxy_for(&self, url: &str) -> Result<Option<&Proxy>, ConnectError> {
        let is_http = url
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("http"));
        let endpoint = if is_http {
            Endpoint::parse_http(url)?
        } else {
            Endpoint::parse(url)?
        };
        Ok(self.select(&endpoint))
    }

    pub(in crate::transport) fn select(&self, endpoint: &Endpoint) -> Option<&Proxy> {
        if self.bypass.contains(endpoint.location()) {
            return None;
        }
        match endpoint.scheme() {
            Scheme::Secure => self.secure.as_ref(),
            Scheme::Plain => self.plain.as_ref(),
        }
    }
}

/// Uses the proxy for all connections.
impl From<Proxy> for ProxySelector {
    fn from(proxy: Proxy) -> Self {
        Self {
            secure: Some(proxy.clone()),
            plain: Some(proxy),
            bypass: NoProxy::default(),
        }
    }
}

fn proxy(
    read: &mut impl FnMut(&'static str) -> Option<OsString>,
    names: Names,
) -> Result<Option<Proxy>, ProxyEnvError> {
    let Some((name, value)) = value(read, names)? else {
        return Ok(None);
    };
    let parsed = if value.contains("://") {
        Proxy::parse(&value)
    } else {
        Proxy::parse(&format!("http://{value}"))
    };
    parsed
        .map(Some)
        .map_err(|error| ProxyEnvError::url(name, &value, error))
}

/// Returns the first variable that is set and not empty.
fn value(
    read: &mut impl FnMut(&'static str) -> Option<OsString>,
    names: Names,
) -> Result<Option<(&'static str, String)>, ProxyEnvError> {
    for name in names.iter().copied() {
        let Some(value) = read(name) else {
            continue;
        };
        let value = value
            .into_string()
            .map_err(|_| ProxyEnvError::new(name, ProxyEnvErrorKind::NotUnicode))?;
        let value = value.trim();
        if !value.is_empty() {
            return Ok(Some((name, value.to_owned())));
        }
    }
    Ok(None)
}
