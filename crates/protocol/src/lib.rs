//! gloaming-protocol
