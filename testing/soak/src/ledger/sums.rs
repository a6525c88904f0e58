//! What the sessions come to.

use std::fmt::{self, Display, Formatter};

use super::account::{Account, Told};

/// What was made for a session, by the gateway's word.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// Its id.
    pub session: &'a str,
    /// The shard's number.
    pub shard: u32,
    /// Sequence of the last event made for it.
    pub sequence: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It lives, and its shard has it.
    Lives,
    /// Its shard could have resumed it, and has another, or closed it.
    LeftBehind,
    /// The gateway ended it, and what was under way with it.
    GivenUp,
}

/// What the settled sessions come to, in events.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Sessions.
    pub sessions: u64,
    /// Made by the gateway.
    pub made: u64,
    /// Handed over, each counted once.
    pub delivered: u64,
    /// Not handed over, though the session could be resumed.
    pub lost: u64,
    /// Handed over again.
    pub duplicated: u64,
    /// Handed over after what follows them.
    pub late: u64,
    /// Handed over beyond what was made.
    pub invented: u64,
    /// Gone with their sessions, which the gateway ended.
    pub given_up: u64,
    /// Of those, the ones that the shard did not tell of.
    pub untold: u64,
    /// Of sessions that no shard ever heard of: cut before READY arrived.
    pub unheard: u64,
    /// Handed over while the shard had no session.
    pub strays: u64,
    /// The first of what is wrong, in words.
    pub findings: Vec<Finding>,
}

/// Something that is wrong with a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    shard: u32,
    session: String,
    events: u64,
    wrong: Wrong,
    after: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wrong {
    Lost,
    Duplicated,
    Late,
    Invented,
    Untold,
}

impl Sums {
    /// Findings kept; the sums count them all.
    pub const MOST_FINDINGS: usize = 20;

    /// Whether each event was handed over once, in order, or its loss told.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.lost == 0
            && self.duplicated == 0
            && self.late == 0
            && self.invented == 0
            && self.untold == 0
            && self.strays == 0
    }

    pub(super) fn add(&mut self, made: &Made<'_>, account: Option<&Account>) {
        self.sessions += 1;
        self.made += made.sequence;
        let Some(account) = account else {
            self.unheard += made.sequence;
            return;
        };
        let tail = made.sequence.saturating_sub(account.last());
        let mut lost = account.missing();
        let mut untold = 0;
        match made.fate {
            Fate::Lives | Fate::LeftBehind => lost += tail,
            Fate::GivenUp => {
                self.given_up += tail;
                if account.told == Told::Nothing {
                    untold = tail;
                }
            }
        }
        let invented = account.last().saturating_sub(made.sequence);
        self.delivered += account.delivered() - invented.min(account.delivered());
        self.lost += lost;
        self.untold += untold;
        self.duplicated += account.duplicated;
        self.late += account.late;
        self.invented += invented;
        for (wrong, events, after) in [
            (Wrong::Lost, lost, account.first_missing_after()),
            (Wrong::Duplicated, account.duplicated, account.last()),
            (Wrong::Late, account.late, account.last()),
            (Wrong::Invented, invented, made.sequence),
            (Wrong::Untold, untold, account.last()),
        ] {
            if events > 0 && self.findings.len() < Self::MOST_FINDINGS {
                self.findings.push(Finding {
                    shard: account.shard,
                    session: made.session.to_owned(),
                    events,
                    wrong,
                    after,
                });
            }
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            shard,
            session,
            events,
            wrong,
            after,
        } = self;
        write!(f, "shard {shard} ")?;
        match wrong {
            Wrong::Lost => write!(
                f,
                "lost {events} of session {session}, the first after {after}"
            ),
            Wrong::Duplicated => write!(f, "gave {events} of session {session} twice"),
            Wrong::Late => write!(f, "gave {events} of session {session} out of order"),
            Wrong::Invented => write!(
                f,
                "gave {events} more of session {session} than the {after} that were made"
            ),
            Wrong::Untold => write!(
                f,
                "did not tell that {events} after {after} were lost with session {session}"
            ),
        }
    }
}
