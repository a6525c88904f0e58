//! Messages with numbers, by which lost and doubled events are known.

use std::collections::BTreeMap;

use super::TIMEOUT;
use crate::{bot::Bot, clock, emulator::Emulator};

/// The numbers that were sent. Each is the text of a message.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    sent: usize,
}

impl Numbers {
    /// Sends a message with the next number. After READY, waits until the session has the guild.
    pub(super) fn send(&mut self, emulator: &Emulator, guild: &str) -> Result<(), String> {
        self.sent += 1;
        let what = format!("session that message {} goes to", self.sent);
        clock::poll_until(TIMEOUT, &what, || {
            let sessions = emulator.say(guild, &text(self.sent))?;
            Ok((sessions > 0).then_some(()))
        })
    }

    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    /// Returns the numbers that the bot did not report, and those that it reported more than once.
    pub(super) fn missing_and_repeated(&self, bot: &Bot) -> (Vec<usize>, Vec<usize>) {
        compare(self.sent, bot.messages())
    }
}

fn text(number: usize) -> String {
    format!("message {number}")
}

fn compare<'a>(sent: usize, messages: impl Iterator<Item = &'a str>) -> (Vec<usize>, Vec<usize>) {
    let mut counts: BTreeMap<usize, usize> = (1..=sent).map(|number| (number, 0)).collect();
    let numbers = messages.filter_map(|content| content.strip_prefix("message ")?.parse().ok());
    for number in numbers {
        *counts.entry(number).or_default() += 1;
    }
    let with = |wanted: fn(usize) -> bool| {
        let numbers = counts.iter().filter(|(_, count)| wanted(**count));
        numbers.map(|(number, _)| *number).collect()
    };
    (with(|count| count == 0), with(|count| count > 1))
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn lost_and_doubled_messages_are_found_in_any_order() {
        let compare = |messages: &[&str]| compare(4, messages.iter().copied());
        let all = ["message 2", "other", "message 1", "message 4", "message 3"];
        assert_eq!(compare(&all), (vec![], vec![]));
        let some = ["message 3", "message 1", "message 3", "message x"];
        assert_eq!(compare(&some), (vec![2, 4], vec![3]));
        assert_eq!(compare(&[]), (vec![1, 2, 3, 4], vec![]));
    }
}
