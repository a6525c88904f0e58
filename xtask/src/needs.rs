//! What has to be installed beside Rust, and how to tell.

use std::{
    env,
    process::{Command, Stdio},
};

use crate::packages::Manager;

/// A tool or a library that some crates in the tree need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Need {
    /// ring, zstd and the C zlibs.
    CCompiler,
    /// libFuzzer.
    CxxCompiler,
    /// What cmake writes its build files for.
    Make,
    /// zlib-ng.
    Cmake,
    /// Finds the libraries below.
    PkgConfig,
    /// native-tls, where the system brings no TLS of its own.
    OpenSsl,
    /// The system's zlib.
    Zlib,
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

    /// What the default features and the zlib backends need.
    pub(crate) const TESTS: [Self; 5] = [
        Self::CCompiler,
        Self::Make,
        Self::Cmake,
        Self::PkgConfig,
        Self::Zlib,
    ];

    /// What fuzzing needs.
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
        }
    }

    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::CCompiler => "for ring, which rustls uses, for zstd and for the C zlibs",
            Self::CxxCompiler => "for libFuzzer",
            Self::Make => "for the feature zlib-ng",
            Self::Cmake => "for the feature zlib-ng",
            Self::PkgConfig => "to find the libraries of the system",
            Self::OpenSsl => "for the feature native-tls",
            Self::Zlib => "for the feature zlib-system",
        }
    }

    /// The packages that bring it; none where the system can't lack it or the
    /// manager has it not.
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
        }
    }

    /// What to do by hand.
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
            // cargo has linked this very program; on Windows with a linker
            // that is not on the path.
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
            Self::PkgConfig => cfg!(any(windows, target_os = "macos")) || runs("pkg-config"),
            Self::OpenSsl => cfg!(any(windows, target_os = "macos")) || has_library("openssl"),
            // Where there is none, its sources are compiled.
            Self::Zlib => cfg!(any(windows, target_os = "macos")) || has_library("zlib"),
        }
    }
}

fn runs(program: &str) -> bool {
    succeeds(Command::new(program).arg("--version"))
}

fn has_library(name: &str) -> bool {
    succeeds(Command::new("pkg-config").args(["--exists", name]))
}

pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
