//! The table contains what the emulator counted for both clients.

use std::time::Duration;

use gloaming_conformance::{Client, ScenarioRun, run_all, table};
use gloaming_emulator::scenario::Scenario;

#[tokio::test]
async fn table_contains_the_counters_of_both_clients() {
    let scenario = Scenario::named("op7-first").expect("the scenario is in the library");
    let runs = Client::ALL.map(|client| ScenarioRun::new(scenario.clone(), client));
    let mut reported = 0;
    // Enough for the three connections that get op 7.
    let outcomes = run_all(runs.to_vec(), Duration::from_secs(5), |_| reported += 1)
        .await
        .expect("loopback can be listened on");

    assert_eq!(reported, 2);
    let clients: Vec<Client> = outcomes.iter().map(|outcome| outcome.client).collect();
    assert_eq!(clients, Client::ALL);
    for outcome in &outcomes {
        assert_eq!(outcome.scenario, "op7-first");
        assert!(outcome.stats.faults >= 1, "{outcome:?}");
        assert!(outcome.stats.connections_opened >= 1, "{outcome:?}");
        assert_eq!(
            outcome.rules.values().sum::<u64>(),
            outcome.stats.violations
        );
    }

    let table = table(&outcomes);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "header, rule and scenario: {table}");
    for line in &lines {
        assert_eq!(line.matches('|').count(), 10, "{line}");
    }
    let cells: Vec<&str> = lines[2].split('|').map(str::trim).collect();
    assert_eq!(cells[1], "`op7-first`");
    for (outcome, cells) in outcomes.iter().zip(cells[2..].chunks(4)) {
        let stats = outcome.stats;
        assert_eq!(cells[1], format!("{}, {}", stats.identifies, stats.resumes));
        assert_eq!(
            cells[0].starts_with("**no**"),
            !outcome.final_state.is_receiving()
        );
    }
}
