//! What `cargo xtask mutants` is about: which code is mutated, what came of each mutant, and which may
//! survive.

mod explained;
mod outcomes;
mod subject;
mod tally;

pub(crate) use self::{
    explained::Explained,
    outcomes::{Outcome, Outcomes},
    subject::{Part, SUBJECTS, Subject},
    tally::Tally,
};

/// The text of a mutant without line and column, which change with the code around it.
///
/// `a/b.rs:3:7: replace + with - in f` becomes `a/b.rs: replace + with - in f`.
fn without_place(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_line), Some(_column), Some(what)) => format!("{file}:{what}"),
        _ => mutant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_place;

    #[test]
    fn line_and_column_are_left_out() {
        let mutant = "src/a.rs:12:5: replace == with != in <impl A<'_> for B>::c";
        let expected = "src/a.rs: replace == with != in <impl A<'_> for B>::c";
        assert_eq!(without_place(mutant), expected);
    }
}
