//! Which node should own which shards.

use gloaming_queue::MaxConcurrency;
use std::{cmp::Reverse, num::NonZeroU32};

/// Which node should own which shards: each node its share, with as few moves as that needs.
///
/// It is computed by every node, from the nodes that are alive and from who holds what. Nodes with the same view compute
/// the same, so no node has to be the leader. Those with an older view try to acquire what another one gets, and lose a
/// message by that and nothing else.
///
/// # How
///
/// - **Balanced**: two nodes differ by at most one shard.
/// - **Minimal movement**: a node keeps what it holds, up to its share. If a node joins, the others give up just its share,
///   and if one is gone, only its shards move.
/// - **Blocks**: a shard without an owner goes to the node with the fewest shards of its rate-limit key
///   ([P11](gloaming_protocol::rules#p11)), and of these to the one that has the shard before it. So nodes have blocks of
///   neighbors with different keys, and a node that has to identify all of its shards can do so in as few intervals of 5 s
///   as `max_concurrency` allows.
///
/// Rendezvous hashing was the alternative. It needs no knowledge of who holds what, but 1,000 shards on 100 nodes then
/// are 10 on average and about 20 on the fullest, which decides how large each machine has to be; and it spreads the keys of
/// a node at random. Who holds what is known anyway, since the leases say so.
///
/// ```
/// use gloaming_coordinator::Ownership;
/// use std::num::NonZeroU32;
///
/// let shards = NonZeroU32::new(8).unwrap();
/// let two = Ownership::balance(shards, 4.into(), 2, |_| None);
/// assert!((0..4).all(|shard| two.owner(shard) == Some(0)));
/// assert!((4..8).all(|shard| two.owner(shard) == Some(1)));
///
/// // A third node joins, and two shards move.
/// let three = Ownership::balance(shards, 4.into(), 3, |shard| two.owner(shard));
/// let moved = (0..8).filter(|shard| three.owner(*shard) != two.owner(*shard)).count();
/// assert_eq!(moved, 2);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ownership {
    /// The index of the node, by the number of the shard. Empty if there are no nodes.
    owners: Vec<usize>,
}

impl Ownership {
    /// Shares `shards` out among nodes with the indices `0..nodes`.
    ///
    /// `holder` returns the index of the node that holds a shard, if it is one of these. The order of the nodes has to be
    /// the same for all that compute it.
    #[must_use]
    pub fn balance(
        shards: NonZeroU32,
        max_concurrency: MaxConcurrency,
        nodes: usize,
        holder: impl Fn(u32) -> Option<usize>,
    ) -> Self {
        if nodes == 0 {
            return Self::default();
        }
        let shards = shards.get();
        let mut held = vec![Vec::new(); nodes];
        let mut free = Vec::new();
        for shard in 0..shards {
            match holder(shard).filter(|node| *node < nodes) {
                Some(node) => held[node].push(shard),
                None => free.push(shard),
            }
        }
        let shares = shares(shards, &held);
        let mut allocation = Allocation::new(shards, u32::from(max_concurrency.get().get()), nodes);
        for (node, held) in held.into_iter().enumerate() {
            let mut kept = allocation.by_rank(held);
            free.extend(kept.split_off(kept.len().min(shares[node])));
            for shard in kept {
                allocation.give(shard, node);
            }
        }
        free.sort_unstable();
        let mut below: Vec<_> = (0..nodes)
            .filter(|node| allocation.totals[*node] < shares[*node])
            .collect();
        for shard in free {
            let node = below
                .iter()
                .copied()
                .min_by_key(|node| allocation.preference(shard, *node))
                .expect("the shares of all nodes are as many as there are shards");
            allocation.give(shard, node);
            if allocation.totals[node] == shares[node] {
                below.retain(|other| *other != node);
            }
        }
        Self {
            owners: allocation.owners,
        }
    }

    /// Returns the index of the node that should own the shard with this number. `None` if there are no nodes, or no such
    /// shard.
    #[must_use]
    pub fn owner(&self, shard: u32) -> Option<usize> {
        self.owners.get(usize::try_from(shard).ok()?).copied()
    }
}

/// Returns how many shards each node gets. Those that hold the most get one more than the others.
fn shares(shards: u32, held: &[Vec<u32>]) -> Vec<usize> {
    let (nodes, shards) = (held.len(), shards as usize);
    let mut order: Vec<_> = (0..nodes).collect();
    order.sort_by_key(|node| Reverse(held[*node].len()));
    let mut shares = vec![shards / nodes; nodes];
    for node in order.into_iter().take(shards % nodes) {
        shares[node] += 1;
    }
    shares
}

const NO_NODE: usize = usize::MAX;

/// Shards that have their node.
struct Allocation {
    owners: Vec<usize>,
    /// The number of shards, by node.
    totals: Vec<usize>,
    /// The number of shards with one rate-limit key, by node and key.
    by_key: Vec<u32>,
    keys: u32,
}

impl Allocation {
    fn new(shards: u32, max_concurrency: u32, nodes: usize) -> Self {
        let keys = max_concurrency.min(shards);
        Self {
            owners: vec![NO_NODE; shards as usize],
            totals: vec![0; nodes],
            by_key: vec![0; nodes * keys as usize],
            keys,
        }
    }

    fn give(&mut self, shard: u32, node: usize) {
        self.owners[shard as usize] = node;
        self.totals[node] += 1;
        let cell = self.cell(shard, node);
        self.by_key[cell] += 1;
    }

    /// Orders shards of one node: first one of each key, then a second one of each, and so on.
    fn by_rank(&self, shards: Vec<u32>) -> Vec<u32> {
        let mut seen = vec![0_u32; self.keys as usize];
        let mut ranked: Vec<_> = shards
            .into_iter()
            .map(|shard| {
                let count = &mut seen[(shard % self.keys) as usize];
                *count += 1;
                (*count, shard)
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, shard)| shard).collect()
    }

    /// Returns how well a shard fits to a node. The least fits best.
    fn preference(&self, shard: u32, node: usize) -> (u32, bool, usize) {
        let is_neighbor = shard > 0 && self.owners[shard as usize - 1] == node;
        (self.by_key[self.cell(shard, node)], !is_neighbor, node)
    }

    fn cell(&self, shard: u32, node: usize) -> usize {
        node * self.keys as usize + (shard % self.keys) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_test_support::Random;

    fn balance(
        shards: u32,
        max_concurrency: u16,
        nodes: usize,
        holder: impl Fn(u32) -> Option<usize>,
    ) -> Vec<usize> {
        let shards = NonZeroU32::new(shards).unwrap();
        Ownership::balance(shards, max_concurrency.into(), nodes, holder).owners
    }

    fn counts(owners: &[usize], nodes: usize) -> Vec<usize> {
        (0..nodes)
            .map(|node| owners.iter().filter(|owner| **owner == node).count())
            .collect()
    }

    #[test]
    fn blocks_match_the_keys() {
        let owners = balance(32, 16, 2, |_| None);
        assert!(owners[..16].iter().all(|node| *node == 0));
        assert!(owners[16..].iter().all(|node| *node == 1));
        // Ten shards a node: neighbors, with ten different keys each.
        let owners = balance(1000, 16, 100, |_| None);
        for node in 0..100 {
            let own = (0..1000_u32).filter(|shard| owners[*shard as usize] == node);
            let mut keys: Vec<_> = own.map(|shard| shard % 16).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), 10, "node {node}");
        }
    }

    #[test]
    fn two_nodes_differ_by_at_most_one_shard_for_any_holders() {
        for seed in 0..300 {
            let mut random = Random::new(seed);
            let (shards, nodes) = (random.between(1_u32, 80), random.between(1_usize, 12));
            let held: Vec<Option<usize>> = (0..shards)
                .map(|_| (!random.once_in(3)).then(|| random.below(nodes + 1)))
                .collect();
            let holder = |shard: u32| held[shard as usize].filter(|node| *node < nodes);
            let owners = balance(shards, random.pick(&[1, 2, 16, 200]), nodes, holder);
            let counts = counts(&owners, nodes);
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(most - least <= 1, "seed {seed}: {counts:?}");
            // No shard moves from a node unless it has more than its share.
            for (node, count) in counts.into_iter().enumerate() {
                let before = (0..shards).filter(|shard| holder(*shard) == Some(node));
                let (kept, given): (Vec<_>, Vec<_>) =
                    before.partition(|shard| owners[*shard as usize] == node);
                let is_full = kept.len() == count;
                assert!(given.is_empty() || is_full, "seed {seed}, node {node}");
            }
        }
    }

    #[test]
    fn what_is_balanced_stays_as_it_is() {
        for (shards, nodes) in [(16, 3), (1000, 100), (5, 8), (7, 1)] {
            let first = balance(shards, 16, nodes, |_| None);
            let second = balance(shards, 16, nodes, |shard| Some(first[shard as usize]));
            assert_eq!(first, second);
        }
    }

    #[test]
    fn only_the_shards_of_a_dead_node_move() {
        let before = balance(1000, 16, 100, |_| None);
        let after = balance(1000, 16, 99, |shard| {
            Some(before[shard as usize]).filter(|node| *node < 99)
        });
        let moved = (0..1000).filter(|shard| before[*shard] != after[*shard]);
        assert_eq!(moved.count(), 10);
    }

    #[test]
    fn a_node_that_joins_gets_its_share_and_nothing_else_moves() {
        let before = balance(64, 16, 3, |_| None);
        let after = balance(64, 16, 4, |shard| Some(before[shard as usize]));
        let moved = (0..64).filter(|shard| before[*shard] != after[*shard]);
        assert_eq!(moved.count(), 16);
        assert_eq!(counts(&after, 4), [16; 4]);
    }

    #[test]
    fn more_nodes_than_shards_leave_some_without() {
        let owners = balance(3, 1, 5, |_| None);
        assert_eq!(counts(&owners, 5), [1, 1, 1, 0, 0]);
        // A node that holds one keeps it, although others come before it.
        let owners = balance(3, 1, 5, |shard| (shard == 0).then_some(4));
        assert_eq!(owners[0], 4);
    }

    #[test]
    fn no_nodes_own_nothing() {
        let none = Ownership::balance(NonZeroU32::MIN, 1.into(), 0, |_| None);
        assert_eq!(none.owner(0), None);
        let one = Ownership::balance(NonZeroU32::MIN, 1.into(), 1, |_| None);
        assert_eq!((one.owner(0), one.owner(1)), (Some(0), None));
    }
}
