//! A shard that loses each session as soon as it has one asks again and again,
//! and has the smallest id. The others start all the same.

use crate::support::{SECOND, origin, plenty};
use gloaming_queue::{Next, Scheduler};

#[test]
fn others_come_first_once_it_had_its_turn() {
    let start = origin();
    let mut scheduler = Scheduler::new(plenty(1), start);
    let mut unsettled = scheduler.enqueue(start, 0);
    let others = [1, 2, 3].map(|shard| scheduler.enqueue(start, shard));
    let mut now = start;
    let mut order = Vec::new();
    while order.len() < 8 {
        match scheduler.poll(now) {
            Next::Grant(ticket) => {
                scheduler.spend(now, ticket);
                let shard = others.iter().position(|other| *other == ticket);
                order.push(shard.map_or(0, |index| index + 1));
                if ticket == unsettled {
                    unsettled = scheduler.enqueue(now + SECOND, 0);
                    now += SECOND;
                }
            }
            Next::WaitUntil(at) => now = at,
            next => panic!("{next:?}"),
        }
    }
    assert_eq!(order, [0, 1, 2, 3, 0, 0, 0, 0]);
}
