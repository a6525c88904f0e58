/// Code whose mutants are counted together.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) name: &'static str,
    /// The percentage of viable mutants that have to be killed, if there is a goal.
    pub(super) goal: Option<u32>,
    pub(super) parts: &'static [Part],
}

/// Files of one package that are tested in the same way, by one run of cargo-mutants.
#[derive(Debug)]
pub(super) struct Part {
    /// The name of its folder below `target/mutants`.
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    /// Globs of the files. If there are none, all files of the package.
    pub(super) files: &'static [&'static str],
    /// Globs of the files to leave out.
    pub(super) except: &'static [&'static str],
    pub(super) features: &'static [&'static str],
    /// Arguments of `cargo test` that leave out doctests, and tests that take long and catch no more.
    pub(super) tests: &'static [&'static str],
}

/// Every subject, in the order of the layers.
pub(super) const SUBJECTS: &[Subject] = &[
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
            tests: MACHINE,
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
            tests: MACHINE,
        }],
    },
    Subject {
        name: "decisions",
        goal: Some(97),
        parts: &[
            Part {
                name: "decisions-cluster",
                package: "gloaming-cluster",
                files: CLUSTER_DECISIONS,
                except: &[],
                features: &[],
                tests: &["--lib"],
            },
            Part {
                name: "decisions-overflow",
                package: "gloaming-shard",
                files: &["crates/shard/src/spawn/overflow.rs"],
                except: &[],
                features: &[],
                tests: &["--lib"],
            },
        ],
    },
    Subject {
        name: "cluster",
        goal: None,
        parts: &[Part {
            name: "cluster",
            package: "gloaming-cluster",
            files: &[],
            except: CLUSTER_DECISIONS,
            features: &[],
            tests: &["--lib", "--test", "cluster"],
        }],
    },
];

/// Files of the cluster without IO, whose unit tests are to find every change.
const CLUSTER_DECISIONS: &[&str] = &[
    "crates/cluster/src/checkpoint_schedule.rs",
    "crates/cluster/src/cluster_health.rs",
    "crates/cluster/src/cluster_health/**",
    "crates/cluster/src/hand_over/frame.rs",
    "crates/cluster/src/hand_over/predecessor.rs",
    "crates/cluster/src/hand_over/successor.rs",
    "crates/cluster/src/reshard/**",
    "crates/cluster/src/store/checkpoint.rs",
    "crates/cluster/src/store/file/log_format.rs",
    "crates/cluster/src/store/file/log_format/**",
    "crates/cluster/src/switch/copies.rs",
];

const ALL: &[&str] = &["--lib", "--tests"];

const MACHINE: &[&str] = &["--lib", "--test", "machine"];

/// Files that are not compiled, or not completely, with the default features.
const NEED_FEATURES: &[&str] = &[
    "crates/protocol/src/codec/decoder.rs",
    "crates/protocol/src/json/simd_backend.rs",
    "crates/protocol/src/codec/libzstd_backend.rs",
    "crates/protocol/src/codec/libzstd_stream.rs",
    "crates/protocol/src/codec/zstd_stream.rs",
    "crates/protocol/src/codec/zstd/**",
];

impl Part {
    /// Returns the arguments that select the mutants.
    pub(super) fn selection(&self) -> Vec<&'static str> {
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
    fn every_package_and_file_exists() {
        let root = workspace::root();
        let packages = workspace::packages().unwrap();
        for part in SUBJECTS.iter().flat_map(|subject| subject.parts) {
            let exists = packages.iter().any(|package| package.name == part.package);
            assert!(exists, "{}", part.package);
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
