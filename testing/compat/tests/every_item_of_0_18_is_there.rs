//! What is public in twilight-gateway 0.18, by the same names.

#[path = "../bots/items_of_0_18.rs"]
mod items_of_0_18;
