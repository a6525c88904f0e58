//! What the connection tells the driver to do.

use super::Delivery;
use crate::Output;
use std::collections::VecDeque;

/// Outputs that the driver has not taken yet, first in, first out. The delivery of the payload comes before all others.
///
/// The delivery is no element of the queue: it is all that most payloads cause, and an [`Output`] is large.
#[derive(Debug)]
pub(super) struct Outputs {
    delivery: Delivery,
    others: VecDeque<Output>,
}

impl Outputs {
    /// Tells the driver to hand the payload that was just fed to the consumer.
    pub(super) const fn deliver(&mut self) {
        self.delivery = Delivery::Deliver;
    }

    /// Adds an output other than a delivery.
    pub(super) fn push_back(&mut self, output: Output) {
        debug_assert!(!matches!(output, Output::Deliver), "deliver() adds it");
        self.others.push_back(output);
    }

    /// Takes the delivery, if there is one.
    #[inline]
    pub(super) const fn take_delivery(&mut self) -> Delivery {
        std::mem::replace(&mut self.delivery, Delivery::Withhold)
    }

    /// Takes the first output other than a delivery.
    pub(super) fn pop_front(&mut self) -> Option<Output> {
        self.others.pop_front()
    }

    /// Whether nothing but a delivery may be left.
    #[inline]
    pub(super) fn has_others(&self) -> bool {
        !self.others.is_empty()
    }
}

impl FromIterator<Output> for Outputs {
    fn from_iter<T: IntoIterator<Item = Output>>(outputs: T) -> Self {
        Self {
            delivery: Delivery::Withhold,
            others: outputs.into_iter().collect(),
        }
    }
}
