//! The cause of an error, of any type.

use std::error::Error;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;
