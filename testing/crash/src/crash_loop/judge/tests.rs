use super::{Identify, Judge, KilledWhile, OPENS_WITHIN, Rules, closest, most_in_a_day};
use crate::crash_loop::{
    DAY,
    line::{Line, Settled},
};

const RULES: Rules = Rules { budget: 2, keys: 2 };

fn identifies(list: &[(u32, u64)]) -> Vec<Identify> {
    let list = list.iter();
    list.map(|&(shard, time)| Identify { shard, time })
        .collect()
}

fn judge() -> Judge {
    let mut judge = Judge::new(RULES);
    judge.started(0);
    judge
}

fn identify(judge: &mut Judge, shard: u32, time: u64) {
    judge.at(time);
    for line in [
        Line::Asks { shard },
        Line::Granted { shard, time },
        Line::Identified { shard, time },
    ] {
        judge.line(0, &line);
    }
    settle(judge, 0);
}

fn settle(judge: &mut Judge, refused: u64) {
    let settled = Settled {
        time: judge.time,
        due: 0,
        refused,
        opens: 0,
    };
    judge.line(0, &Line::Settled(settled));
    judge.step_ended();
}

#[test]
fn identifies_are_counted_in_any_day() {
    let day = identifies(&[(0, 0), (0, DAY - 1), (0, DAY), (0, 2 * DAY)]);
    assert_eq!(most_in_a_day(&day), 2);
    assert_eq!(most_in_a_day(&day[..1]), 1);
    assert_eq!(most_in_a_day(&[]), 0);
}

#[test]
fn spacing_is_that_of_a_key() {
    let list = identifies(&[(0, 0), (1, 10), (3, 5_260), (2, 9_000)]);
    assert_eq!(closest(&list, 2), Some(5_250));
    assert_eq!(closest(&list, 4), None);
}

#[test]
fn both_limits_are_judged() {
    let mut judge = judge();
    for (shard, time) in [(0, 1), (1, 2), (2, 5_000)] {
        identify(&mut judge, shard, time);
    }
    let (figures, faults) = judge.finish();
    assert_eq!((figures.permits, figures.most_in_a_day), (3, 3));
    assert_eq!(figures.closest, Some(4_999));
    assert!(
        faults[0].contains("3 identifies within 24 h, of 2"),
        "{faults:?}"
    );
    assert!(faults[1].contains("within 4999 ms"), "{faults:?}");
}

#[test]
fn daily_limit_has_to_open() {
    let mut judge = judge();
    identify(&mut judge, 0, 1);
    identify(&mut judge, 1, 2);
    judge.at(10_000);
    settle(&mut judge, 1);
    let open = super::COUNTED + 1;
    judge.at(open);
    settle(&mut judge, 1);
    judge.at(open + OPENS_WITHIN);
    settle(&mut judge, 1);
    assert_eq!(judge.faults, Vec::<String>::new());
    judge.at(open + OPENS_WITHIN + 1);
    settle(&mut judge, 1);
    assert_eq!(judge.faults.len(), 1, "{:?}", judge.faults);
    identify(&mut judge, 0, open + 2 * OPENS_WITHIN);
    let (figures, _) = judge.finish();
    assert_eq!((figures.refused, figures.opened), (1, 1));
    // The first permit was a day old at `DAY + 1`.
    let opened = open + 2 * OPENS_WITHIN;
    assert_eq!(figures.latest_opening, opened - (DAY + 1));
}

#[test]
fn permit_of_a_killed_process_counts_if_it_was_recorded() {
    let mut judge = judge();
    identify(&mut judge, 0, 1);
    judge.at(10_000);
    judge.line(0, &Line::LedgerBegins);
    judge.line(0, &Line::Asks { shard: 1 });
    assert!(judge.is_open());
    assert_eq!(judge.killed(0), (KilledWhile::InLedger, vec![1]));
    assert!(judge.is_open());
    judge.recorded_in_vain();
    assert!(!judge.is_open());
    judge.at(10_000 + super::COUNTED);
    assert!(judge.is_open());
}

#[test]
fn what_no_process_may_do_is_a_fault() {
    let time = 50;
    let granted = Line::Granted { shard: 0, time };
    for lines in [
        vec![granted.clone()],
        vec![Line::Identified { shard: 0, time }],
        vec![
            Line::Asks { shard: 0 },
            granted,
            Line::Settled(Settled {
                time: time + 1,
                ..Settled::default()
            }),
        ],
        vec![Line::Resumed {
            shard: 0,
            time: 40,
            left: 1,
        }],
        vec![Line::Failed { text: "no".into() }],
    ] {
        let mut judge = judge();
        judge.at(time);
        judge.at(time);
        for line in &lines {
            judge.line(0, line);
        }
        assert_eq!(judge.faults.len(), 1, "{lines:?}");
    }
    let mut judge = judge();
    judge.at(5_000);
    let late = Line::Resumed {
        shard: 0,
        time: 5_000,
        left: 0,
    };
    judge.line(0, &late);
    assert_eq!(judge.faults.len(), 1);
    assert_eq!(judge.figures.resumes_at_zero, 1);
}
