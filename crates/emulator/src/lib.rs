//! gloaming-emulator
