//! What an error of the client or the server means.

use crate::error::Cause;
use redis::ErrorKind;

/// How a request ended that has no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// The server answered, and the connection is as good as before.
    Answered(Cause),
    /// The connection can't be used any more.
    Broken(Cause),
    /// The server does not have the script yet.
    UnknownScript,
    /// Another server of the cluster has the keys: its host and port.
    Moved(String),
}

/// What precedes the place in the error of a script that can't read what is stored.
const DAMAGED: &str = "GLOAMINGDAMAGED";

/// Reads an error. `place` names the keys that the request is about.
pub(crate) fn failure(error: &redis::RedisError, place: &str) -> Failure {
    match error.kind() {
        ErrorKind::Io => return Failure::Broken(Cause::Unreachable),
        ErrorKind::AuthenticationFailed => return Failure::Broken(Cause::Denied),
        _ => {}
    }
    let description = error.detail().unwrap_or_default();
    let Some(code) = error.code() else {
        // What the server sends is not what Redis would send.
        let (code, description) = ("PROTOCOL".to_owned(), error.to_string());
        return Failure::Broken(Cause::Failed { code, description });
    };
    answered(code, description, place)
}

fn answered(code: &str, description: &str, place: &str) -> Failure {
    let place = || place.to_owned();
    // Redis 6.2 wraps the error of a command that a script calls.
    let is = |name: &str| code == name || (code == "ERR" && description.contains(name));
    Failure::Answered(match code {
        "NOSCRIPT" => return Failure::UnknownScript,
        "MOVED" => {
            let server = description.split_whitespace().nth(1);
            return Failure::Moved(server.unwrap_or_default().to_owned());
        }
        DAMAGED => Cause::Damaged {
            place: description.to_owned(),
        },
        "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "ASK" | "BUSY" => {
            Cause::Unreachable
        }
        // The server was the primary before. Its address may lead to the next one.
        "READONLY" => return Failure::Broken(Cause::Replica),
        "NOAUTH" | "WRONGPASS" => return Failure::Broken(Cause::Denied),
        _ if is("NOPERM") => Cause::Denied,
        _ if is("WRONGTYPE") || is("hash value is not an integer") => {
            Cause::Damaged { place: place() }
        }
        _ if code == "OOM" || is("OOM command not allowed") => Cause::Full,
        _ if is("READONLY ") => return Failure::Broken(Cause::Replica),
        _ => Cause::Failed {
            code: code.to_owned(),
            description: description.chars().take(500).collect(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged(place: &str) -> Failure {
        Failure::Answered(Cause::Damaged {
            place: place.to_owned(),
        })
    }

    #[test]
    fn errors_of_the_server_are_read() {
        let read = |code, description| answered(code, description, "the key k");
        assert_eq!(
            read("MOVED", "3999 127.0.0.1:6381"),
            Failure::Moved("127.0.0.1:6381".to_owned())
        );
        assert_eq!(read("MOVED", ""), Failure::Moved(String::new()));
        assert_eq!(
            read(DAMAGED, "the field a of the key k"),
            damaged("the field a of the key k")
        );
        let wrong_type = "Operation against a key holding the wrong kind of value";
        assert_eq!(read("WRONGTYPE", wrong_type), damaged("the key k"));
        let wrapped = "Error running script (call to f_1): @user_script:2: WRONGTYPE Operation";
        assert_eq!(read("ERR", wrapped), damaged("the key k"));
        assert_eq!(
            read("OOM", "command not allowed when used memory > 'maxmemory'."),
            Failure::Answered(Cause::Full)
        );
        assert_eq!(
            read("READONLY", "You can't write against a read only replica."),
            Failure::Broken(Cause::Replica)
        );
        assert_eq!(
            read("LOADING", "Redis is loading the dataset in memory"),
            Failure::Answered(Cause::Unreachable)
        );
        assert_eq!(
            read("NOPERM", "this user has no permissions"),
            Failure::Answered(Cause::Denied)
        );
        let other = read("MISCONF", "Redis is configured to save RDB snapshots");
        assert!(
            matches!(other, Failure::Answered(Cause::Failed { code, .. }) if code == "MISCONF")
        );
    }

    #[test]
    fn errors_of_the_connection_break_it() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let read = failure(&refused.into(), "the key k");
        assert_eq!(read, Failure::Broken(Cause::Unreachable));
        let parse = redis::RedisError::from((ErrorKind::UnexpectedReturnType, "no number"));
        let read = failure(&parse, "the key k");
        assert!(matches!(read, Failure::Broken(Cause::Failed { code, .. }) if code == "PROTOCOL"));
    }
}
