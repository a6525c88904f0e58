use std::time::Instant;

/// Returns an instant to count from. Tests depend on no property of it.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to make an instant"
)]
#[must_use]
pub fn start_of_time() -> Instant {
    Instant::now()
}
