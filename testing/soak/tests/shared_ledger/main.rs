//! Processes that share a ledger keep both limits, although they are killed and their clocks are wrong.

use gloaming_soak::{SharedLedgerPlan, run_shared_ledger};
use std::{path::Path, time::Duration};

#[tokio::test]
async fn killed_processes_with_wrong_clocks_keep_both_limits() {
    let plan = SharedLedgerPlan {
        duration: Duration::from_secs(12),
        max_concurrency: 16,
        limit: 20,
        lifetime: (100, 2500),
        ..SharedLedgerPlan::default()
    };
    let program = Path::new(env!("CARGO_BIN_EXE_shared-ledger"));
    let report = run_shared_ledger(program, &plan).await.unwrap();
    assert!(report.passed(), "{report}");
    assert!(report.starts > 12, "{report}");
    assert!(report.identifies >= 16, "{report}");
    assert!(report.recorded as u64 >= report.identifies, "{report}");
}
