//! gloaming-queue
