//! Both clients go through a scenario, and what the table says of them is what the emulator counted.

use std::time::Duration;

use gloaming_conformance::{Client, Trial, run, table};
use gloaming_emulator::scenario::Scenario;

#[tokio::test]
async fn both_clients_go_through_a_scenario() {
    let scenario = Scenario::named("op7-first").expect("it is in the library");
    let trials = Client::ALL.map(|client| Trial::new(scenario.clone(), client));
    let mut told = 0;
    // Enough for three connections that are turned away, whatever the client then makes of it.
    let outcomes = run(trials.to_vec(), Duration::from_secs(5), |_| told += 1)
        .await
        .expect("loopback can be listened on");

    assert_eq!(told, 2);
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
    assert_eq!(lines.len(), 3, "a head, a rule and a scenario: {table}");
    for line in &lines {
        assert_eq!(line.matches('|').count(), 10, "{line}");
    }
    let cells: Vec<&str> = lines[2].split('|').map(str::trim).collect();
    assert_eq!(cells[1], "`op7-first`");
    for (outcome, cells) in outcomes.iter().zip(cells[2..].chunks(4)) {
        let stats = outcome.stats;
        assert_eq!(cells[1], format!("{}, {}", stats.identifies, stats.resumes));
        assert_eq!(cells[0].starts_with("**no**"), !outcome.ending.is_well());
    }
}
