//! gloaming has every public item of twilight-gateway 0.18, with the same name.

#[path = "../bots/items_of_0_18.rs"]
mod items_of_0_18;
