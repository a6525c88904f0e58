use super::members::{Span, next_value};
use super::{FromValue, ValueView, ViewError, ViewErrorKind};
use crate::json::scanner::Scanner;
use std::fmt::{self, Debug, Formatter};
use std::iter::FusedIterator;
use std::marker::PhantomData;

/// The elements of a list, each of which is read when the iterator comes to it.
///
/// An element that is not a `T` is an error, and the iteration goes on after it. If the list is not JSON, the error is the
/// last item. The iterator can be cloned to iterate again, and does not allocate.
pub struct ListView<'a, T> {
    /// The whole payload.
    text: &'a str,
    /// From the `[` or `,` before the next element. Empty at the end.
    rest: Span,
    before: Before,
    item: PhantomData<fn() -> T>,
}

/// What stands before the next element.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Before {
    Bracket,
    Comma,
}

impl<'a, T> ListView<'a, T> {
    pub(super) const fn new(text: &'a str, list: Span) -> Self {
        Self {
            text,
            rest: list,
            before: Before::Bracket,
            item: PhantomData,
        }
    }

    /// Whether no element is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clone().step().is_none()
    }

    /// Moves past the next element.
    fn step(&mut self) -> Option<Result<ValueView<'a>, ViewError>> {
        let start = self.rest.start as usize;
        if self.rest == Span::default() {
            return None;
        }
        let mut scanner = Scanner::at(self.text, start);
        let goes_on = match self.before {
            Before::Bracket => scanner.eat(b'[') && !scanner.eat(b']'),
            Before::Comma => scanner.eat(b','),
        };
        if !goes_on {
            let is_json = self.before == Before::Bracket || scanner.eat(b']');
            self.rest = Span::default();
            return (!is_json).then(|| Err(self.syntax(scanner.position())));
        }
        self.before = Before::Comma;
        match next_value(&mut scanner) {
            Ok(value) => {
                self.rest.start = value.end;
                Some(Ok(ValueView::new(self.text, value)))
            }
            Err(_) => {
                self.rest = Span::default();
                Some(Err(self.syntax(scanner.position())))
            }
        }
    }

    #[cold]
    fn syntax(&self, offset: usize) -> ViewError {
        let what = "the list is not json".to_owned();
        ViewError::new(ViewErrorKind::Syntax, self.text, offset, None, what)
    }
}

impl<'a, T: FromValue<'a>> Iterator for ListView<'a, T> {
    type Item = Result<T, ViewError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.step()?.and_then(T::from_value))
    }
}

impl<'a, T: FromValue<'a>> FusedIterator for ListView<'a, T> {}

/// An empty list.
impl<T> Default for ListView<'_, T> {
    fn default() -> Self {
        Self::new("", Span::default())
    }
}

impl<T> Clone for ListView<'_, T> {
    fn clone(&self) -> Self {
        Self {
            text: self.text,
            rest: self.rest,
            before: self.before,
            item: PhantomData,
        }
    }
}

impl<T> Debug for ListView<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.clone();
        let items = std::iter::from_fn(|| rest.step()?.ok());
        f.debug_list().entries(items).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{ListView, Span};
    use crate::view::ValueView;

    #[test]
    fn bracket_after_an_element_does_not_start_the_list_again() {
        let text = "[1,n[2,3]]";
        let value = ValueView::new(text, Span::new(0, text.len()).unwrap());
        let list: ListView<'_, ValueView<'_>> = value.read().unwrap();
        let items: Vec<_> = list.map(|item| item.ok().map(|item| item.json())).collect();
        assert_eq!(items, [Some("1"), Some("n"), None]);
    }

    #[test]
    fn debug_text_has_the_items() {
        let text = r#"["a",2]"#;
        let value = ValueView::new(text, Span::new(0, text.len()).unwrap());
        let list: ListView<'_, ValueView<'_>> = value.read().unwrap();
        let debug = format!("{list:?}");
        assert!(debug.contains('a') && debug.contains('2'), "{debug}");
    }
}
