//! The connection to the server, which is made again when it breaks.

use crate::{
    address::Address,
    config::{Credentials, RedisConfig},
    error::{Cause, RedisError},
    failure::{Failure, failure},
    transport::Connector,
};
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, Value, aio::MultiplexedConnection};
use std::{
    fmt::{self, Debug, Formatter},
    time::Duration,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a request may take on a connection.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The wait after the first attempt that failed. It doubles with each one.
const MIN_RECONNECT_DELAY: Duration = Duration::from_millis(50);

/// The longest wait between two attempts.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(2);

/// How often a request follows the servers of a cluster to another one.
const MAX_REFERRALS: usize = 3;

/// A connection to the server of a bot. After it breaks, the next request makes another one, with a backoff in which requests
/// fail at once.
pub(crate) struct Link {
    /// As it is configured.
    address: Address,
    credentials: Option<Credentials>,
    connector: Connector,
    state: Mutex<State>,
}

struct State {
    /// Where the keys are. It differs from the configured address if a cluster refers to another of its servers.
    target: Address,
    progress: Progress,
    /// The number of connections so far, which tells them apart.
    count: u64,
}

enum Progress {
    Connected(MultiplexedConnection),
    /// The last attempts failed, or there was none yet.
    Waiting {
        failures: u32,
        until: Option<Instant>,
    },
}

/// A connection that can be used, and its number.
struct Current {
    connection: MultiplexedConnection,
    number: u64,
}

impl Link {
    /// Makes a link that connects with its first request.
    ///
    /// Fails if the configuration demands a TLS that can't be used.
    pub(crate) fn new(config: &RedisConfig) -> Result<Self, RedisError> {
        Ok(Self {
            address: config.address.clone(),
            credentials: config.credentials.clone(),
            connector: Connector::new(config)?,
            state: Mutex::new(State {
                target: config.address.clone(),
                progress: Progress::Waiting {
                    failures: 0,
                    until: None,
                },
                count: 0,
            }),
        })
    }

    /// Makes another link to the same server.
    pub(crate) fn another(&self) -> Self {
        Self {
            address: self.address.clone(),
            credentials: self.credentials.clone(),
            connector: self.connector.clone(),
            state: Mutex::new(State {
                target: self.address.clone(),
                progress: Progress::Waiting {
                    failures: 0,
                    until: None,
                },
                count: 0,
            }),
        }
    }

    /// Makes an error that names the server.
    pub(crate) fn error(&self, cause: Cause) -> RedisError {
        RedisError::new(cause, &self.address)
    }

    /// Sends a command, and waits for the answer for [`REQUEST_TIMEOUT`] and `extra`. `place` names the keys.
    ///
    /// Returns `None` if the server does not know the script that the command names.
    pub(crate) async fn request(
        &self,
        command: &Cmd,
        extra: Duration,
        place: &str,
    ) -> Result<Option<Value>, RedisError> {
        for _ in 0..=MAX_REFERRALS {
            let Current {
                mut connection,
                number,
            } = self.connection().await?;
            let answer = command.query_async::<Value>(&mut connection);
            let Ok(answer) = timeout(REQUEST_TIMEOUT + extra, answer).await else {
                // What hangs is given up, so that requests do not pile up in it.
                self.give_up(number).await;
                return Err(self.error(Cause::Unreachable));
            };
            let error = match answer {
                Ok(value) => return Ok(Some(value)),
                Err(error) => error,
            };
            match failure(&error, place) {
                Failure::UnknownScript => return Ok(None),
                Failure::Answered(cause) => return Err(self.error(cause).with_source(error)),
                Failure::Broken(cause) => {
                    self.give_up(number).await;
                    return Err(self.error(cause).with_source(error));
                }
                Failure::Moved(server) => self.follow(number, &server).await,
            }
        }
        Err(self.error(Cause::Unreachable))
    }

    /// Returns the connection, and makes it if there is none.
    async fn connection(&self) -> Result<Current, RedisError> {
        let mut state = self.state.lock().await;
        let failures = match &state.progress {
            Progress::Connected(connection) => {
                return Ok(Current {
                    connection: connection.clone(),
                    number: state.count,
                });
            }
            Progress::Waiting { failures, until } => {
                if until.is_some_and(|until| now() < until) {
                    return Err(self.error(Cause::Unreachable));
                }
                *failures
            }
        };
        match self.attempt(&state.target).await {
            Ok(connection) => {
                tracing::debug!(server = %state.target, "connected to Redis");
                state.count += 1;
                state.progress = Progress::Connected(connection.clone());
                Ok(Current {
                    connection,
                    number: state.count,
                })
            }
            Err(error) => {
                tracing::debug!("{error}");
                let doubled = MIN_RECONNECT_DELAY.saturating_mul(1 << failures.min(6));
                state.progress = Progress::Waiting {
                    failures: failures.saturating_add(1),
                    until: Some(now() + doubled.min(MAX_RECONNECT_DELAY)),
                };
                // A server that a cluster referred to may be gone.
                state.target = self.address.clone();
                Err(error)
            }
        }
    }

    /// Makes a connection, and is authenticated.
    async fn attempt(&self, target: &Address) -> Result<MultiplexedConnection, RedisError> {
        let info = RedisConnectionInfo::default().set_db(i64::from(target.database));
        // It would need another permission.
        let info = info.set_skip_set_lib_name();
        let info = match &self.credentials {
            None => info,
            Some(Credentials { user, password }) => {
                let info = info.set_password(password.expose());
                match user {
                    None => info,
                    Some(user) => info.set_username(user.expose()),
                }
            }
        };
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connecting = async {
            let stream = self.connector.connect(target).await?;
            MultiplexedConnection::new_with_config(&info, stream, config).await
        };
        let Ok(connected) = timeout(CONNECT_TIMEOUT, connecting).await else {
            return Err(self.error(Cause::Unreachable));
        };
        let (connection, driver) = connected.map_err(|error| {
            let cause = match failure(&error, "the database") {
                Failure::Answered(cause) | Failure::Broken(cause) => cause,
                Failure::UnknownScript | Failure::Moved(_) => Cause::Unreachable,
            };
            self.error(cause).with_source(error)
        })?;
        // It ends when all clones of the connection are dropped.
        tokio::spawn(driver);
        Ok(connection)
    }

    /// Gives a connection up, if it is still the current one.
    async fn give_up(&self, number: u64) {
        let mut state = self.state.lock().await;
        if state.count == number && matches!(state.progress, Progress::Connected(_)) {
            tracing::debug!(server = %state.target, "the connection to Redis is interrupted");
            state.progress = Progress::Waiting {
                failures: 0,
                until: None,
            };
        }
    }

    /// Leaves a server of a cluster for the one to which it refers.
    async fn follow(&self, number: u64, server: &str) {
        self.give_up(number).await;
        let mut state = self.state.lock().await;
        if state.count == number {
            let referred = state.target.referred(server);
            state.target = referred.unwrap_or_else(|| self.address.clone());
        }
    }
}

impl Debug for Link {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.address).finish()
    }
}

#[expect(clippy::disallowed_methods, reason = "the driver of the connection")]
fn now() -> Instant {
    Instant::now()
}
