//! Finds the path of a value, for errors: views do not carry theirs.

use crate::json::path::push_member;
use crate::json::scanner::Scanner;
use std::ops::Range;

/// The most steps of a path.
const MAX_STEPS: usize = 64;

/// The path from the value at `start` to the one that contains the byte at `offset`, or to a member that is missing in
/// it.
pub(super) fn path_of(text: &str, start: usize, offset: usize, missing: Option<&str>) -> String {
    let mut path = String::new();
    let mut value = start;
    for _ in 0..MAX_STEPS {
        match step(text, value, offset, &mut path) {
            Some(next) => value = next,
            None => break,
        }
    }
    if let Some(name) = missing {
        push_member(&mut path, name);
    }
    path
}

/// Appends the step to the member or element that contains the offset. Returns where its value starts, or `None` if the
/// offset is that of the value itself.
fn step(text: &str, value: usize, offset: usize, path: &mut String) -> Option<usize> {
    let mut scanner = Scanner::at(text, value);
    scanner.skip_white_space();
    if offset <= scanner.position() {
        return None;
    }
    if scanner.eat(b'{') {
        loop {
            let key = scanner.string()?;
            if !scanner.eat(b':') {
                return None;
            }
            let value = skip(&mut scanner)?;
            if value.end <= offset {
                if scanner.eat(b',') {
                    continue;
                }
                return None;
            }
            if value.start > offset {
                return None;
            }
            let name = key.text();
            push_member(path, name.as_deref().unwrap_or(key.raw));
            return Some(value.start);
        }
    }
    if !scanner.eat(b'[') {
        return None;
    }
    for index in 0_usize.. {
        let value = skip(&mut scanner)?;
        if value.end > offset {
            path.push_str(&format!("[{index}]"));
            return Some(value.start);
        }
        if !scanner.eat(b',') {
            break;
        }
    }
    None
}

/// Skips a value of any depth, and returns where it is.
fn skip(scanner: &mut Scanner<'_>) -> Option<Range<usize>> {
    scanner.skip_white_space();
    let start = scanner.position();
    scanner.skip_value()?;
    Some(start..scanner.position())
}
