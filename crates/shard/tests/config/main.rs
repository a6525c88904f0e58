//! What a configuration accepts, refuses and shows, one behavior a file.

mod code_written_for_twilight_compiles;
mod the_token_is_not_shown;
mod what_can_not_work_is_a_fatal_error;
