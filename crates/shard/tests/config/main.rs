//! The settings that a configuration accepts, rejects and shows, one behavior per file.

mod invalid_settings_are_fatal_errors;
mod token_is_not_shown;
mod twilight_configurations_compile;
