//! Two sets that bring the same events in any interleaving: each event is delivered once, in order.

use super::*;
use gloaming_test_support::Random;
use std::collections::VecDeque;

const SEEDS: u64 = 150;
const STEPS: u32 = 250;
const GUILD_SCOPE: EventScope = EventScope::Guild(2 << 22);
const SCOPES: [EventScope; 2] = [GUILD_SCOPE, EventScope::Direct];
const SETS: [ShardSet; 2] = [Old, New];

/// Which sessions are lost during a switch. If both sets lost some, events could be missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Losses {
    None,
    /// While both sets bring the events.
    OfOldSet,
    OfNewSet,
}

#[derive(Clone, Copy, Debug)]
enum Packet {
    Ready,
    GuildCreate,
    /// An event of this content.
    Event(EventScope, u8),
}

/// What a session gets.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Session {
    None,
    /// After READY.
    Direct,
    /// After GUILD_CREATE.
    All,
}

/// Whether it is known up to when everything was received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Receipts {
    Known,
    /// The shard does not know yet that its session is lost.
    Unknown,
}

/// The only shard of a set that gets events.
struct Wire {
    session: Session,
    receipts: Receipts,
    /// When the gateway sends the events that it has made.
    unsent: VecDeque<(Instant, Packet)>,
    /// What is on its way, and when it was sent.
    sent: VecDeque<(Instant, Packet)>,
    stalls_until: Instant,
}

/// A switch from one shard to two, of which the first gets all events.
struct World {
    random: Random,
    now: Instant,
    switchover: Switchover<(EventScope, u8)>,
    old: Wire,
    new: Wire,
    contents: u8,
    losses: Losses,
    made: Vec<(EventScope, u8)>,
    delivered: Vec<(EventScope, u8)>,
    outcome: Option<SwitchoverOutcome>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let totals = [1, 2].map(|total| NonZeroU32::new(total).unwrap());
        let settings = SwitchoverSettings {
            window: WINDOW,
            ..SwitchoverSettings::default()
        };
        let now = gloaming_test_support::start_of_time();
        let wire = |session| Wire {
            session,
            receipts: Receipts::Known,
            unsent: VecDeque::new(),
            sent: VecDeque::new(),
            stalls_until: now,
        };
        let mut world = Self {
            now,
            switchover: Switchover::new(now, totals, settings),
            old: wire(Session::All),
            new: wire(Session::None),
            contents: random.between(1, 4),
            losses: random.pick(&[Losses::None, Losses::OfOldSet, Losses::OfNewSet]),
            made: Vec::new(),
            delivered: Vec::new(),
            outcome: None,
            random,
        };
        world.input(SwitchoverInput::Ready {
            set: New,
            shard: 1,
            guilds: vec![],
        });
        for _ in 0..world.random.below(4_u8) {
            world.make_event_before_the_switch();
        }
        world
    }

    fn wire(&mut self, set: ShardSet) -> &mut Wire {
        match set {
            Old => &mut self.old,
            New => &mut self.new,
        }
    }

    fn runs(&self, set: ShardSet) -> bool {
        let remaining = self.outcome.map(|outcome| outcome.end.remaining());
        remaining.is_none_or(|remaining| remaining == set)
    }

    fn step(&mut self) {
        self.now += self.random.millis(0, 2_000);
        if self.random.once_in(40) {
            let set = self.random.pick(&SETS);
            self.wire(set).stalls_until = self.now + self.random.millis(0, 40_000);
        }
        for set in SETS {
            if self.runs(set) {
                self.send(set);
                self.receive(set);
            }
        }
        self.switchover.handle_timeout(self.now);
        self.drain();
    }

    /// Something happens in one of the scopes. The gateway sends the copies within the window, in order.
    fn make_event(&mut self) {
        let scope = match self.losses {
            // It is not known here whether both sets bring those without a guild.
            Losses::OfOldSet => GUILD_SCOPE,
            Losses::None | Losses::OfNewSet => self.random.pick(&SCOPES),
        };
        let event = (scope, self.random.below(self.contents));
        self.made.push(event);
        for set in SETS {
            let at = self.now + self.random.millis(1, WINDOW.as_millis() as u64 - 1);
            let unsent = &mut self.wire(set).unsent;
            let at = unsent.back().map_or(at, |(last, _)| at.max(*last));
            unsent.push_back((at, Packet::Event(event.0, event.1)));
        }
    }

    /// The old set has delivered it, and the gateway has not sent it to the new set yet.
    fn make_event_before_the_switch(&mut self) {
        self.make_event();
        if let Some((_, Packet::Event(scope, content))) = self.old.unsent.pop_back() {
            self.delivered.push((scope, content));
        }
    }

    fn send(&mut self, set: ShardSet) {
        let (now, begins) = (self.now, self.random.once_in(10));
        let wire = self.wire(set);
        while let Some((at, packet)) = wire.unsent.front().copied()
            && at <= now
        {
            wire.unsent.pop_front();
            let session = wire.session;
            let is_sent = match packet {
                Packet::Event(EventScope::Direct, _) => session >= Session::Direct,
                _ => session == Session::All,
            };
            if is_sent {
                wire.sent.push_back((at, packet));
            }
        }
        if begins {
            let (session, packet) = match wire.session {
                Session::None => (Session::Direct, Packet::Ready),
                Session::Direct => (Session::All, Packet::GuildCreate),
                Session::All => return,
            };
            wire.session = session;
            wire.sent.push_back((now, packet));
        }
    }

    fn receive(&mut self, set: ShardSet) {
        let now = self.now;
        if now < self.wire(set).stalls_until {
            return;
        }
        for _ in 0..self.random.below(8_u8) {
            let Some((_, packet)) = self.wire(set).sent.pop_front() else {
                break;
            };
            if matches!(packet, Packet::Ready) {
                self.wire(set).receipts = Receipts::Known;
            }
            self.input(match packet {
                Packet::Ready => SwitchoverInput::Ready {
                    set,
                    shard: 0,
                    guilds: vec![2 << 22],
                },
                Packet::GuildCreate => self.event(set, EventRole::GuildCreate, (GUILD_SCOPE, 99)),
                Packet::Event(scope, content) => {
                    self.event(set, EventRole::Shared, (scope, content))
                }
            });
        }
        if self.random.once_in(4) && self.wire(set).receipts == Receipts::Known {
            let first = self.wire(set).sent.front().map(|(at, _)| *at);
            let until = first.map_or(self.now, |at| at - Duration::from_millis(1));
            for shard in 0..2 {
                self.input(SwitchoverInput::Received { set, shard, until });
            }
        }
    }

    fn event(
        &self,
        set: ShardSet,
        role: EventRole,
        item: (EventScope, u8),
    ) -> SwitchoverInput<(EventScope, u8)> {
        SwitchoverInput::Event {
            set,
            shard: 0,
            scope: item.0,
            role,
            fingerprint: u64::from(item.1),
            item,
        }
    }

    fn lose_session(&mut self) {
        let is_merged = self.switchover.owner(2 << 22) == GuildOwner::Both;
        let set = match self.losses {
            Losses::OfNewSet => New,
            Losses::OfOldSet if is_merged && self.old.session == Session::All => Old,
            Losses::OfOldSet | Losses::None => return,
        };
        let is_known = self.random.once_in(2);
        let wire = self.wire(set);
        wire.session = Session::None;
        wire.receipts = match is_known {
            true => Receipts::Known,
            false => Receipts::Unknown,
        };
        wire.sent.clear();
        self.input(match is_known {
            true => SwitchoverInput::SessionLost { set, shard: 0 },
            false => SwitchoverInput::Disconnected { set, shard: 0 },
        });
    }

    fn input(&mut self, input: SwitchoverInput<(EventScope, u8)>) {
        self.switchover.handle_input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.switchover.poll_output() {
            match output {
                SwitchoverOutput::Deliver(item) => self.delivered.push(item),
                SwitchoverOutput::Finished(outcome) => {
                    assert!(self.outcome.replace(outcome).is_none(), "it ends once");
                }
            }
        }
    }

    fn of(&self, events: &[(EventScope, u8)], scope: EventScope) -> Vec<u8> {
        let events = events.iter().filter(|event| event.0 == scope);
        events.map(|event| event.1).collect()
    }

    /// Nothing happens any more, and everything arrives.
    fn settle(&mut self) {
        for _ in 0..2_000 {
            self.step();
            let idle = |wire: &Wire| wire.sent.is_empty() && wire.unsent.is_empty();
            let is_idle = match self.outcome.map(|outcome| outcome.end.remaining()) {
                Some(Old) => idle(&self.old),
                Some(New) => idle(&self.new),
                None => false,
            };
            if is_idle && self.switchover.is_drained() {
                return;
            }
        }
        panic!("the switch does not end");
    }
}

#[test]
fn each_event_is_delivered_once_and_in_order() {
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        let aborts = world.losses != Losses::OfOldSet && world.random.once_in(3);
        let abort_at = aborts.then(|| world.random.below(STEPS));
        let busy = world.random.between(1, 6);
        for step in 0..STEPS {
            if world.random.once_in(busy) {
                world.make_event();
            }
            if world.outcome.is_none() && world.random.once_in(60) {
                world.lose_session();
            }
            if abort_at == Some(step) {
                world.input(SwitchoverInput::Abort);
            }
            world.step();
        }
        world.settle();
        for scope in SCOPES {
            assert_eq!(
                world.of(&world.delivered, scope),
                world.of(&world.made, scope),
                "seed {seed}, {scope:?}: {:?}",
                world.outcome
            );
        }
        let outcome = world.outcome.unwrap();
        assert_eq!(outcome.possible_gaps, 0, "seed {seed}");
        let left = (world.switchover.tracked(), world.switchover.held());
        assert_eq!(left, (0, 0), "seed {seed}");
    }
}
