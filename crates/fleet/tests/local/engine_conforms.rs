use crate::harness::Machine;
use gloaming_coordinator::conformance;
use std::cell::Cell;

#[tokio::test]
async fn engine_in_files_conforms() {
    let engines = Cell::new(0);
    conformance::check(async || {
        engines.set(engines.get() + 1);
        Machine::new(&format!("conformance-{}", engines.get()))
    })
    .await;
    assert!(engines.get() > 3);
}
