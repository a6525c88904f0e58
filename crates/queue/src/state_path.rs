//! Where the state of a bot is stored. Without IO: the environment is an argument.

use data_encoding::BASE64_NOPAD;
use std::{ffi::OsString, path::PathBuf};

/// The variables of the environment that name folders for a program's state.
#[derive(Clone, Debug, Default)]
pub struct StateVariables {
    /// `XDG_STATE_HOME`.
    pub xdg_state_home: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
    /// `LOCALAPPDATA`, on Windows.
    pub local_app_data: Option<OsString>,
}

impl StateVariables {
    /// Reads the environment.
    pub fn of_process() -> Self {
        let local_app_data = cfg!(windows).then(|| std::env::var_os("LOCALAPPDATA"));
        Self {
            xdg_state_home: std::env::var_os("XDG_STATE_HOME"),
            home: std::env::var_os("HOME"),
            local_app_data: local_app_data.flatten(),
        }
    }

    /// Returns the folder for this library's state. Relative paths are ignored, as the XDG specification says.
    pub fn folder(self) -> Option<PathBuf> {
        let absolute = |variable: Option<OsString>| {
            let path = PathBuf::from(variable?);
            path.is_absolute().then_some(path)
        };
        let state = absolute(self.xdg_state_home)
            .or_else(|| absolute(self.local_app_data))
            .or_else(|| Some(absolute(self.home)?.join(".local").join("state")))?;
        Some(state.join("gloaming"))
    }
}

/// Returns the id of the application, which the first part of a token contains in base64.
pub fn application_id(token: &str) -> Option<String> {
    let token = token.strip_prefix("Bot ").unwrap_or(token);
    let (first, _) = token.split_once('.')?;
    let id = BASE64_NOPAD
        .decode(first.trim_end_matches('=').as_bytes())
        .ok()?;
    let is_id = matches!(id.len(), 1..=20) && id.iter().all(u8::is_ascii_digit);
    is_id.then(|| id.into_iter().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::{StateVariables, application_id};
    use std::path::Path;

    #[test]
    fn application_id_is_in_the_first_part_of_the_token() {
        // base64 of 381870553235193857, as in Discord's documentation of bot tokens.
        for token in [
            "MzgxODcwNTUzMjM1MTkzODU3.secret.secret",
            "Bot MzgxODcwNTUzMjM1MTkzODU3.secret.secret",
        ] {
            assert_eq!(application_id(token).as_deref(), Some("381870553235193857"));
        }
        // The largest number of 64 bits has 20 digits.
        assert_eq!(
            application_id("MTg0NDY3NDQwNzM3MDk1NTE2MTU.s.s").as_deref(),
            Some("18446744073709551615")
        );
        assert_eq!(application_id("MTI.s.s").as_deref(), Some("12"));
        assert_eq!(application_id("MTI=.s.s").as_deref(), Some("12"));
    }

    #[test]
    fn other_tokens_have_no_application_id() {
        for token in [
            "",
            ".",
            "MTI",
            "gloaming.emulator.token",
            "Li4v.s.s",
            "MTIA.s.s",
            "é.s.s",
            "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw.s.s",
        ] {
            assert_eq!(application_id(token), None, "{token}");
        }
    }

    #[test]
    fn variables_are_those_of_the_process() {
        let variables = StateVariables::of_process();
        assert_eq!(variables.xdg_state_home, std::env::var_os("XDG_STATE_HOME"));
        assert_eq!(variables.home, std::env::var_os("HOME"));
    }

    #[test]
    #[cfg(unix)]
    fn folder_is_the_first_absolute_one() {
        let of = |xdg: Option<&str>, home: Option<&str>| {
            StateVariables {
                xdg_state_home: xdg.map(Into::into),
                home: home.map(Into::into),
                local_app_data: None,
            }
            .folder()
        };
        let state = of(Some("/state"), Some("/users/bot"));
        assert_eq!(state.as_deref(), Some(Path::new("/state/gloaming")));
        let home = Some(Path::new("/users/bot/.local/state/gloaming"));
        for xdg in [None, Some(""), Some("relative")] {
            assert_eq!(of(xdg, Some("/users/bot")).as_deref(), home, "{xdg:?}");
        }
        assert_eq!(of(None, None), None);
        assert_eq!(of(Some("relative"), Some("relative")), None);
    }
}
