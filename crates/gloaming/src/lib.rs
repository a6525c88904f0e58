//! gloaming-gloaming
