//! Provokes the errors.

mod cluster;
mod coordinator;
mod emulator;
mod gateway_info;
mod network;
mod protocol;
mod queue;
mod requests;
mod shard;
mod store;

use std::fmt::{self, Display, Formatter};

/// Part of every token and password here; no text may contain it.
pub(super) const SECRET: &str = "hunter2";

/// The texts, in the order in which they were provoked.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    /// The kind, and a remark if it has several texts.
    pub(super) name: String,
    pub(super) text: String,
    /// What the text has to name.
    pub(super) place: Option<String>,
}

impl Texts {
    /// Adds the text of an error of this kind.
    fn add(&mut self, name: &str, error: &dyn Display) {
        self.rows.push(Row {
            name: name.to_owned(),
            text: error.to_string(),
            place: None,
        });
    }

    /// Adds a text that has to name this path, URL or host.
    fn add_with_place(&mut self, name: &str, error: &dyn Display, place: &str) {
        self.add(name, error);
        if let Some(row) = self.rows.last_mut() {
            row.place = Some(place.to_owned());
        }
    }
}

/// Shows the table.
impl Display for Texts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(f, "{}\n    {}", row.name, row.text)?;
        }
        Ok(())
    }
}

pub(super) async fn all() -> Texts {
    let mut texts = Texts::default();
    protocol::add(&mut texts);
    queue::add(&mut texts);
    network::add(&mut texts);
    gateway_info::add(&mut texts).await;
    shard::add(&mut texts).await;
    requests::add(&mut texts).await;
    cluster::add(&mut texts).await;
    store::add(&mut texts).await;
    coordinator::add(&mut texts);
    emulator::add(&mut texts).await;
    texts
}
