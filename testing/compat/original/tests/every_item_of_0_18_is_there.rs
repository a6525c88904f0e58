//! What is public in twilight-gateway 0.18, in twilight-gateway 0.18 itself.

#[path = "../../bots/items_of_0_18.rs"]
mod items_of_0_18;
