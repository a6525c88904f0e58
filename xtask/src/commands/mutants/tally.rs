use super::{explained::Explained, outcomes::Outcome};

/// The outcomes of a subject's mutants, counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) name: &'static str,
    pub(super) mutants: usize,
    pub(super) unviable: usize,
    pub(super) caught: usize,
    pub(super) timed_out: usize,
    /// The names of those that survived, with file, line and column.
    pub(super) survivors: Vec<String>,
    /// How many were not tested because a run was stopped.
    pub(super) untested: usize,
}

impl Tally {
    pub(super) const HEADINGS: &'static str =
        "subject    mutants unviable   viable   caught timed out survived explained    killed";

    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, mutant: &str, outcome: Option<Outcome>) {
        self.mutants += 1;
        match outcome {
            Some(Outcome::Unviable) => self.unviable += 1,
            Some(Outcome::Caught) => self.caught += 1,
            Some(Outcome::TimedOut) => self.timed_out += 1,
            Some(Outcome::Survived) => self.survivors.push(mutant.to_owned()),
            None => self.untested += 1,
        }
    }

    /// Returns the survivors that have no explanation.
    pub(super) fn unexplained(&self, explained: &Explained) -> Vec<&str> {
        explained.unexplained(&self.survivors)
    }

    /// Returns a line below [`HEADINGS`](Self::HEADINGS).
    pub(super) fn line(&self, explained: &Explained) -> String {
        let Self {
            name,
            mutants,
            unviable,
            caught,
            timed_out,
            ..
        } = self;
        let survived = self.survivors.len();
        let viable = self.viable();
        let explained = survived - self.unexplained(explained).len();
        // Rounded down, so that 94.96 % is not shown as 95 %.
        let percent = (self.killed() * 1000).checked_div(viable).unwrap_or(1000);
        let line = format!(
            "{name:10} {mutants:7} {unviable:8} {viable:8} {caught:8} {timed_out:9} {survived:8} {explained:9} {:>7}.{} %",
            percent / 10,
            percent % 10
        );
        match self.untested {
            0 => line,
            untested => format!("{line}  {untested} not tested"),
        }
    }

    /// Returns true if at least `percent` of the viable mutants were killed.
    pub(super) fn reaches(&self, percent: u32) -> bool {
        self.killed() * 100 >= self.viable() * percent as usize
    }

    const fn killed(&self) -> usize {
        self.caught + self.timed_out
    }

    fn viable(&self) -> usize {
        self.killed() + self.survivors.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(caught: usize, survived: usize) -> Tally {
        let mut tally = Tally::new("queue");
        tally.add("a.rs:1:1: b", Some(Outcome::Unviable));
        tally.add("a.rs:1:1: b", Some(Outcome::TimedOut));
        for _ in 0..caught {
            tally.add("a.rs:1:1: b", Some(Outcome::Caught));
        }
        for _ in 0..survived {
            tally.add("a.rs:1:1: c", Some(Outcome::Survived));
        }
        tally
    }

    #[test]
    fn explained_survivors_count_as_survivors() {
        let explained = Explained::parse("a.rs: c\n  Because.\n").unwrap();
        let tally = tally(18, 2);
        assert_eq!(tally.unexplained(&explained), ["a.rs:1:1: c"]);
        assert_eq!(
            [Tally::HEADINGS, &tally.line(&explained)],
            [
                "subject    mutants unviable   viable   caught timed out survived explained    killed",
                "queue           22        1       21       18         1        2         1      90.4 %",
            ]
        );
    }

    #[test]
    fn goal_is_not_rounded() {
        assert!(tally(94, 5).reaches(95));
        assert!(!tally(94, 6).reaches(95));
        assert!(tally(0, 0).reaches(100));
    }

    #[test]
    fn untested_mutants_are_shown() {
        let mut tally = tally(1, 0);
        tally.add("a.rs:1:1: b", None);
        let line = tally.line(&Explained::default());
        assert!(line.ends_with("100.0 %  1 not tested"), "{line}");
    }
}
