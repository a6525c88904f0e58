//! Fifty seeds have no finding.

use gloaming_simulation::{Campaign, Plan, report, shrink};

#[test]
fn fifty_seeds_keep_every_invariant() {
    let campaign = Campaign::run(0..50, 2);
    for seed in campaign.findings.keys() {
        if let Some(shrunk) = shrink(&Plan::new(*seed), None) {
            println!("{}", report::shrunk(&shrunk));
        }
    }
    assert!(campaign.findings.is_empty(), "{:#?}", campaign.findings);
    assert_eq!(campaign.seeds, 50);
    assert!(campaign.delivered > 10_000, "{}", campaign.delivered);
    assert!(campaign.shard_time.as_secs() > 100 * 3600);
}
