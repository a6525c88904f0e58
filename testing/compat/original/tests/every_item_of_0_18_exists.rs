//! The list of public items compiles against twilight-gateway 0.18 itself.

#[path = "../../bots/items_of_0_18.rs"]
mod items_of_0_18;
