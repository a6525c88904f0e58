//! The system's package manager, whichever it is.

use std::{
    io::{self, IsTerminal},
    process::{Command, Stdio},
};

use crate::{command::Failure, needs::succeeds};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Manager {
    AptGet,
    Dnf,
    Pacman,
    Apk,
    Brew,
}

impl Manager {
    /// The first one found.
    pub(crate) fn find() -> Option<Self> {
        [Self::AptGet, Self::Dnf, Self::Pacman, Self::Apk, Self::Brew]
            .into_iter()
            .find(|manager| succeeds(Command::new(manager.program()).arg("--version")))
    }

    const fn program(self) -> &'static str {
        match self {
            Self::AptGet => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Apk => "apk",
            Self::Brew => "brew",
        }
    }

    const fn install(self) -> &'static [&'static str] {
        match self {
            Self::AptGet => &["install", "-y", "--no-install-recommends"],
            Self::Dnf => &["install", "-y"],
            Self::Pacman => &["-S", "--noconfirm", "--needed"],
            Self::Apk => &["add"],
            Self::Brew => &["install"],
        }
    }

    /// Brings the list of packages up to date, where that is a step of its own.
    const fn refresh(self) -> Option<&'static [&'static str]> {
        match self {
            Self::AptGet | Self::Apk => Some(&["update"]),
            Self::Pacman => Some(&["-Sy", "--noconfirm"]),
            Self::Dnf | Self::Brew => None,
        }
    }

    /// brew refuses to run as root; the others have to.
    const fn needs_root(self) -> bool {
        !matches!(self, Self::Brew)
    }

    /// Installs `packages`; with an outdated list of packages on the second
    /// try.
    pub(crate) fn bring(self, packages: &[&str]) -> Result<(), Failure> {
        let install = [self.install(), packages].concat();
        let Some(refresh) = self.refresh() else {
            return self.call(&install);
        };
        self.call(&install).or_else(|_| {
            self.call(refresh)?;
            self.call(&install)
        })
    }

    fn call(self, args: &[&str]) -> Result<(), Failure> {
        let mut words = vec![self.program()];
        words.extend(args);
        if self.needs_root() && !is_root() {
            // Without a terminal nobody can answer sudo's question.
            if io::stdin().is_terminal() {
                words.insert(0, "sudo");
            } else {
                words.splice(0..0, ["sudo", "-n"]);
            }
        }
        let line = words.join(" ");
        println!("$ {line}");
        let status = Command::new(words[0])
            .args(&words[1..])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(if io::stdin().is_terminal() {
                Stdio::inherit()
            } else {
                Stdio::null()
            })
            .status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(Failure::new(format!("`{line}` failed; run it by hand"))),
            Err(error) => Err(Failure::new(format!(
                "`{line}` can't be run ({error}); run it as root"
            ))),
        }
    }
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
