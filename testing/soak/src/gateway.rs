//! Where the shards connect to.

use gloaming_emulator::Emulator;

use crate::Control;

/// An emulator that runs somewhere on this machine.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Without TLS.
    pub ws: String,
    /// With TLS.
    pub wss: String,
    /// The root certificate to trust, in DER form.
    pub root: Vec<u8>,
    /// Its control.
    pub control: Control,
    /// Its process, if that is another than ours.
    pub process: Option<u32>,
}

impl Gateway {
    /// One that runs in this process.
    #[must_use]
    pub fn within(emulator: &Emulator) -> Self {
        Self {
            ws: emulator.url().to_owned(),
            wss: emulator.wss_url().to_owned(),
            root: emulator.root_certificate().to_vec(),
            control: Control::new(emulator.rest_url()),
            process: None,
        }
    }
}
