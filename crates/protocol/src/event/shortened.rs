use std::fmt::{self, Display, Formatter};

/// The number of characters that are shown of each end.
const SHOWN: usize = 80;

/// A text of the server for an error or a log: the middle of a long text is left out.
pub(super) struct Shortened<'a>(pub(super) &'a str);

impl Display for Shortened<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        let head = text.char_indices().nth(SHOWN);
        let tail = text.char_indices().nth_back(SHOWN - 1);
        match (head, tail) {
            (Some((head, _)), Some((tail, _))) if head < tail => {
                write!(f, "{}…{}", &text[..head], &text[tail..])
            }
            _ => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SHOWN, Shortened};

    #[test]
    fn only_long_texts_lose_their_middle() {
        for short in ["", "é", &"é".repeat(2 * SHOWN)] {
            assert_eq!(Shortened(short).to_string(), short);
        }
        let long = format!("{}xy{}", "é".repeat(SHOWN), "ö".repeat(SHOWN));
        let shown = format!("{}…{}", "é".repeat(SHOWN), "ö".repeat(SHOWN));
        assert_eq!(Shortened(&long).to_string(), shown);
    }
}
