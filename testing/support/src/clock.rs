use std::time::Instant;

/// Returns the current instant, to count from. Tests in virtual time depend on no property of it.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to make an instant"
)]
#[must_use]
pub fn start_of_time() -> Instant {
    Instant::now()
}
