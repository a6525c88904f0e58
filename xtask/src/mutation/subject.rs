/// Code whose mutants are counted together.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// How many of a hundred viable mutants have to be killed, at least.
    pub(crate) goal: Option<u32>,
    pub(crate) parts: &'static [Part],
}

/// Files of one package that are tested in the same way: one run of cargo-mutants.
#[derive(Debug)]
pub(crate) struct Part {
    /// Where it leaves what it found, below `target/mutants`.
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// Globs; all of the package's files where there is none.
    pub(crate) files: &'static [&'static str],
    /// Globs.
    pub(crate) except: &'static [&'static str],
    pub(crate) features: &'static [&'static str],
    /// For `cargo test`: doctests are left out, and what takes long without saying more.
    pub(crate) tests: &'static [&'static str],
}

/// Every subject, in the layers' order.
pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        name: "protocol",
        goal: Some(95),
        parts: &[
            Part {
                name: "protocol",
                package: "gloaming-protocol",
                files: &[],
                except: NEED_FEATURES,
                features: &[],
                tests: ALL,
            },
            Part {
                name: "protocol-features",
                package: "gloaming-protocol",
                files: NEED_FEATURES,
                except: &[],
                features: &["--features", "zstd,simd-json"],
                tests: ALL,
            },
        ],
    },
    Subject {
        name: "queue",
        goal: Some(95),
        parts: &[Part {
            name: "queue",
            package: "gloaming-queue",
            files: &[],
            except: &[],
            features: &["--features", "metrics"],
            tests: ALL,
        }],
    },
    Subject {
        name: "machine",
        goal: Some(95),
        parts: &[Part {
            name: "machine",
            package: "gloaming-machine",
            files: &[],
            except: &["crates/machine/src/requests/**"],
            features: &[],
            tests: ALL,
        }],
    },
    Subject {
        name: "requests",
        goal: Some(95),
        parts: &[Part {
            name: "requests",
            package: "gloaming-machine",
            files: &["crates/machine/src/requests/**"],
            except: &[],
            features: &[],
            tests: ALL,
        }],
    },
    Subject {
        name: "cluster",
        goal: None,
        parts: &[Part {
            name: "cluster",
            package: "gloaming-cluster",
            files: &[],
            except: &[],
            features: &[],
            tests: &["--lib", "--test", "supervision"],
        }],
    },
];

const ALL: &[&str] = &["--lib", "--tests"];

/// What is not compiled, or not all reached, with the default features.
const NEED_FEATURES: &[&str] = &[
    "crates/protocol/src/decoder.rs",
    "crates/protocol/src/simd.rs",
    "crates/protocol/src/unzstd.rs",
    "crates/protocol/src/zstd_stream.rs",
];

impl Part {
    /// The arguments that say which mutants there are.
    pub(crate) fn selection(&self) -> Vec<&'static str> {
        let mut args = vec!["--package", self.package];
        for file in self.files {
            args.extend(["--file", file]);
        }
        for file in self.except {
            args.extend(["--exclude", file]);
        }
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;
    use std::collections::HashSet;

    #[test]
    fn what_is_named_exists() {
        let root = workspace::root();
        for part in SUBJECTS.iter().flat_map(|subject| subject.parts) {
            let short = part.package.trim_start_matches("gloaming-");
            assert!(root.join("crates").join(short).is_dir(), "{}", part.package);
            for file in part.files.iter().chain(part.except) {
                let path = root.join(file.trim_end_matches("/**"));
                assert!(path.exists(), "{file}");
            }
        }
    }

    #[test]
    fn no_two_parts_share_a_folder() {
        let mut names = HashSet::new();
        for part in SUBJECTS.iter().flat_map(|subject| subject.parts) {
            assert!(names.insert(part.name), "{}", part.name);
        }
    }
}
