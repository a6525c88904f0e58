//! The package manager of the operating system.

use std::{
    io::{self, IsTerminal},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use crate::tools::succeeds;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Manager {
    AptGet,
    Dnf,
    Pacman,
    Apk,
    Brew,
}

impl Manager {
    /// Returns the first manager that is installed.
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

    const fn install_arguments(self) -> &'static [&'static str] {
        match self {
            Self::AptGet => &["install", "-y", "--no-install-recommends"],
            Self::Dnf => &["install", "-y"],
            Self::Pacman => &["-S", "--noconfirm", "--needed"],
            Self::Apk => &["add"],
            Self::Brew => &["install"],
        }
    }

    /// Returns the arguments that update the list of packages, if that is a separate step.
    const fn refresh_arguments(self) -> Option<&'static [&'static str]> {
        match self {
            Self::AptGet | Self::Apk => Some(&["update"]),
            Self::Pacman => Some(&["-Sy", "--noconfirm"]),
            Self::Dnf | Self::Brew => None,
        }
    }

    /// brew refuses to run as root; the others require it.
    const fn needs_root(self) -> bool {
        !matches!(self, Self::Brew)
    }

    /// Installs `packages`. If that fails, updates the list of packages and tries again.
    pub(crate) fn install(self, packages: &[&str]) -> anyhow::Result<()> {
        let install = [self.install_arguments(), packages].concat();
        let Some(refresh) = self.refresh_arguments() else {
            return self.call(&install);
        };
        self.call(&install).or_else(|_| {
            self.call(refresh)?;
            self.call(&install)
        })
    }

    fn call(self, args: &[&str]) -> anyhow::Result<()> {
        let mut words = vec![self.program()];
        words.extend(args);
        if self.needs_root() && !is_root() {
            // Without a terminal, sudo must not ask for a password.
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
            .status()
            .with_context(|| format!("`{line}` can't be run; run it as root"))?;
        if !status.success() {
            bail!("`{line}` failed; run it by hand");
        }
        Ok(())
    }
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
