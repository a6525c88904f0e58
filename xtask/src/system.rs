//! What the operating system has to provide.

use std::{env, process::Command};

use anyhow::bail;

use crate::{packages::Manager, tools::succeeds};

/// A program or a library that building some crate of the tree needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Need {
    /// For ring, zstd and the C zlibs.
    CCompiler,
    /// For libFuzzer.
    CxxCompiler,
    /// For the build files that cmake writes.
    Make,
    /// For zlib-ng.
    Cmake,
    /// For finding the libraries below.
    PkgConfig,
    /// For native-tls on systems without a TLS library of their own.
    OpenSsl,
    /// For the system's zlib.
    Zlib,
    /// For counting instructions and allocations.
    Valgrind,
}

impl Need {
    pub(crate) const ALL: [Self; 6] = [
        Self::CCompiler,
        Self::Make,
        Self::Cmake,
        Self::PkgConfig,
        Self::OpenSsl,
        Self::Zlib,
    ];

    /// The needs of the default features and the zlib backends.
    pub(crate) const TESTS: [Self; 5] = [
        Self::CCompiler,
        Self::Make,
        Self::Cmake,
        Self::PkgConfig,
        Self::Zlib,
    ];

    /// The needs of libFuzzer.
    pub(crate) const FUZZING: [Self; 2] = [Self::CCompiler, Self::CxxCompiler];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CCompiler => "a C compiler",
            Self::CxxCompiler => "a C++ compiler",
            Self::Make => "make",
            Self::Cmake => "cmake",
            Self::PkgConfig => "pkg-config",
            Self::OpenSsl => "OpenSSL's headers",
            Self::Zlib => "zlib's headers",
            Self::Valgrind => "valgrind",
        }
    }

    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::CCompiler => "for ring, which rustls uses, for zstd and for the C zlibs",
            Self::CxxCompiler => "for libFuzzer",
            Self::Make => "for the feature zlib-ng",
            Self::Cmake => "for the feature zlib-ng",
            Self::PkgConfig => "for finding the libraries of the system",
            Self::OpenSsl => "for the feature native-tls",
            Self::Zlib => "for the feature zlib-system",
            Self::Valgrind => "for counting instructions and allocations",
        }
    }

    /// Returns the packages that provide it. There are none if the system always has it or the manager
    /// does not offer it.
    pub(crate) const fn packages(self, manager: Manager) -> &'static [&'static str] {
        use Manager::{Apk, AptGet, Brew, Dnf, Pacman};
        match (self, manager) {
            (Self::CCompiler, AptGet) => &["gcc", "libc6-dev"],
            (Self::CCompiler, Dnf | Pacman) => &["gcc"],
            (Self::CCompiler, Apk) => &["gcc", "musl-dev"],
            (Self::CxxCompiler, AptGet | Apk) => &["g++"],
            (Self::CxxCompiler, Dnf) => &["gcc-c++"],
            (Self::CxxCompiler, Pacman) => &["gcc"],
            (Self::CCompiler | Self::CxxCompiler | Self::Make, Brew) => &[],
            (Self::Make, AptGet | Dnf | Pacman | Apk) => &["make"],
            (Self::Cmake, _) => &["cmake"],
            (Self::PkgConfig, AptGet) => &["pkg-config"],
            (Self::PkgConfig, Dnf) => &["pkgconf-pkg-config"],
            (Self::PkgConfig, Pacman | Apk | Brew) => &["pkgconf"],
            (Self::OpenSsl, AptGet) => &["libssl-dev"],
            (Self::OpenSsl, Dnf) => &["openssl-devel"],
            (Self::OpenSsl, Apk) => &["openssl-dev"],
            (Self::OpenSsl, Pacman) => &["openssl"],
            (Self::OpenSsl | Self::Zlib, Brew) => &[],
            (Self::Zlib, AptGet) => &["zlib1g-dev"],
            (Self::Zlib, Dnf) => &["zlib-devel"],
            (Self::Zlib, Apk) => &["zlib-dev"],
            (Self::Zlib, Pacman) => &["zlib"],
            // Homebrew's runs on Linux alone.
            (Self::Valgrind, Brew) => &[],
            (Self::Valgrind, _) => &["valgrind"],
        }
    }

    /// Returns what the user has to do if no package provides it.
    pub(crate) const fn by_hand(self) -> &'static str {
        match self {
            Self::CCompiler | Self::CxxCompiler | Self::Make if cfg!(target_os = "macos") => {
                "run `xcode-select --install`"
            }
            Self::CCompiler | Self::CxxCompiler | Self::Make if cfg!(windows) => {
                "install Visual Studio's C++ build tools"
            }
            Self::Cmake if cfg!(windows) => "run `winget install Kitware.CMake`",
            _ => "install it with the system's package manager",
        }
    }

    pub(crate) fn is_met(self) -> bool {
        match self {
            // cargo has linked this program, on Windows with a linker that is not on the path.
            Self::CCompiler => {
                cfg!(windows)
                    || env::var_os("CC").is_some()
                    || ["cc", "gcc", "clang"].into_iter().any(runs)
            }
            Self::CxxCompiler => {
                cfg!(windows)
                    || env::var_os("CXX").is_some()
                    || ["c++", "g++", "clang++"].into_iter().any(runs)
            }
            Self::Make => cfg!(windows) || runs("make") || runs("gmake"),
            Self::Cmake => runs("cmake"),
            Self::Valgrind => runs("valgrind"),
            Self::PkgConfig => cfg!(any(windows, target_os = "macos")) || runs("pkg-config"),
            Self::OpenSsl => cfg!(any(windows, target_os = "macos")) || has_library("openssl"),
            // Without it, its sources would be compiled.
            Self::Zlib => cfg!(any(windows, target_os = "macos")) || has_library("zlib"),
        }
    }
}

/// Installs those of `needs` that are not met.
pub(crate) fn install(needs: &[Need]) -> anyhow::Result<()> {
    let missing = unmet(needs);
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing:\n{}", describe(&missing));
    if let Some(manager) = Manager::find() {
        let packages = missing
            .iter()
            .flat_map(|need| need.packages(manager))
            .copied()
            .collect::<Vec<_>>();
        if !packages.is_empty() {
            manager.install(&packages)?;
        }
    }
    // A library counts as missing while pkg-config is, so everything is checked again.
    let missing = unmet(needs);
    if !missing.is_empty() {
        let by_hand = missing
            .into_iter()
            .map(|need| format!("{}: {}", describe(&[need]), need.by_hand()))
            .collect::<Vec<_>>();
        bail!("no package manager could install:\n{}", by_hand.join("\n"));
    }
    Ok(())
}

/// Returns those of `needs` that are not met.
pub(crate) fn unmet(needs: &[Need]) -> Vec<Need> {
    let mut needs = needs.to_vec();
    needs.retain(|need| !need.is_met());
    needs
}

/// Returns one line per need: its name and its reason.
pub(crate) fn describe(needs: &[Need]) -> String {
    let lines = needs
        .iter()
        .map(|need| format!("  {} ({})", need.name(), need.reason()));
    lines.collect::<Vec<_>>().join("\n")
}

fn runs(program: &str) -> bool {
    succeeds(Command::new(program).arg("--version"))
}

fn has_library(name: &str) -> bool {
    succeeds(Command::new("pkg-config").args(["--exists", name]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_has_a_package_of_apt_get() {
        for need in Need::ALL
            .into_iter()
            .chain(Need::FUZZING)
            .chain([Need::Valgrind])
        {
            assert!(!need.packages(Manager::AptGet).is_empty(), "{need:?}");
            assert!(!describe(&[need]).contains('\n'), "{need:?}");
        }
    }
}
