//! Licenses, sources, duplicates and advisories of the dependencies, by cargo-deny and `deny.toml`.

use anyhow::{Context as _, bail};

use crate::{
    cargo::{Cargo, CargoOutput},
    report::Outcome,
    tools::Tool,
};

/// Remarks of cargo-deny about entries of `deny.toml` that no crate needs any longer. They are errors.
const STALE_ENTRIES: &str = "-D unnecessary-skip -D unmatched-skip -D license-not-encountered";

/// What to do if the advisories can't be fetched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum IfUnreachable {
    /// A machine without a network can still run the other steps.
    Skip,
    /// Nothing else is checked, so a step that checks nothing would hide the failure.
    Fail,
}

/// Checks everything that does not change unless the repository does.
pub(super) fn policy() -> anyhow::Result<Outcome> {
    install()?;
    let line = format!("deny --all-features check {STALE_ENTRIES} bans licenses sources");
    Cargo::new(&line).run().map(|()| Outcome::Passed)
}

/// A step of its own: the advisories come from the network and change without a change of ours.
pub(super) fn advisories(if_unreachable: IfUnreachable) -> anyhow::Result<Outcome> {
    install()?;
    let output = Cargo::new("deny --all-features check advisories").output()?;
    if is_unreachable(&output) {
        // The last database that was fetched, unless it is older than cargo-deny accepts.
        let kept = Cargo::new("deny --offline --all-features check advisories").output()?;
        if !is_unreachable(&kept) && if_unreachable == IfUnreachable::Skip {
            let remark = "with the last advisory database that could be fetched";
            return result(&kept).map(|()| Outcome::PassedWith(remark.to_owned()));
        }
        let reason = "the advisory database at github.com/RustSec/advisory-db can't be fetched; \
                      the workflow `advisories` checks it daily";
        return match if_unreachable {
            IfUnreachable::Skip => Ok(Outcome::Skipped(reason.to_owned())),
            IfUnreachable::Fail => {
                print!("{}", output.stderr);
                bail!("the advisory database can't be fetched; check the network and run it again")
            }
        };
    }
    result(&output).map(|()| Outcome::Passed)
}

fn install() -> anyhow::Result<()> {
    Tool::DENY.install().context(
        "cargo-deny is not installed and can't be; run `cargo install --locked cargo-deny`",
    )
}

/// Whether there is no database to check against, neither from the network nor from an earlier run.
fn is_unreachable(output: &CargoOutput) -> bool {
    [
        "failed to fetch advisory database",
        "failed to get 'FETCH_HEAD' metadata",
    ]
    .into_iter()
    .any(|message| output.stderr.contains(message))
}

fn result(output: &CargoOutput) -> anyhow::Result<()> {
    print!("{}{}", output.stdout, output.stderr);
    if !output.status.success() {
        bail!(
            "`cargo deny check advisories` failed: update the crate, or explain in deny.toml why it does not concern us"
        );
    }
    Ok(())
}
