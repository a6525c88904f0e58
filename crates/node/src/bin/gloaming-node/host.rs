//! Names of this process.

use gloaming_coordinator::NodeId;
use std::{
    collections::hash_map::RandomState,
    env, fs,
    hash::{BuildHasher as _, Hasher as _},
};

/// Makes the id of this process, which no other has.
pub(crate) fn node_id(name: Option<&str>) -> NodeId {
    let name = name.map_or_else(host_name, str::to_owned);
    NodeId::unique(&name, RandomState::new().build_hasher().finish())
}

fn host_name() -> String {
    let of_kernel = || fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = env::var("HOSTNAME").ok().or_else(of_kernel);
    let name = name.map(|name| name.trim().to_owned());
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "node".to_owned())
}
