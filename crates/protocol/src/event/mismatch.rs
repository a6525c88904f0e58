use crate::excerpt::Excerpt;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// What does not match its type. Its text is short, while the parser's quotes the value, which may have megabytes.
#[derive(Debug)]
pub(super) struct Mismatch {
    path: String,
    message: String,
}

impl Mismatch {
    /// Takes the error of a parser, about a value that is not known.
    pub(super) fn of(error: &dyn Error) -> Self {
        Self::new(String::new(), &error.to_string())
    }

    pub(super) fn new(path: String, message: &str) -> Self {
        let message = without_type_name(message);
        Self { path, message }
    }
}

/// Returns a parser's message with `an object` in place of the type that the parser expects an object for, which says
/// nothing to a person who looks at JSON.
fn without_type_name(message: &str) -> String {
    const EXPECTED: &str = "expected struct ";

    match message.split_once(EXPECTED) {
        Some((before, name)) => {
            let rest = name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            format!("{before}expected an object{rest}")
        }
        None => message.to_owned(),
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at {}: ", Excerpt::new(&self.path))?;
        }
        Excerpt::new(&self.message).fmt(f)
    }
}

impl Error for Mismatch {}

#[cfg(test)]
mod tests {
    use super::without_type_name;

    #[test]
    fn expected_type_is_an_object() {
        for (message, expected) in [
            (
                "invalid type: integer `1`, expected struct Hello at line 1 column 1",
                "invalid type: integer `1`, expected an object at line 1 column 1",
            ),
            (
                "invalid length 0, expected struct Ready_2 with 5 elements",
                "invalid length 0, expected an object with 5 elements",
            ),
            ("expected `,`", "expected `,`"),
        ] {
            assert_eq!(without_type_name(message), expected);
        }
    }
}
