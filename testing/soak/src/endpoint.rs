use gloaming_emulator::Emulator;

use crate::control::Control;

/// The addresses of an emulator on this machine.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The gateway's URL without TLS.
    pub ws: String,
    /// The gateway's URL with TLS.
    pub wss: String,
    /// The root certificate of the TLS URL, in DER format.
    pub root_certificate: Vec<u8>,
    /// The control API.
    pub control: Control,
    /// The id of the emulator's process, unless it runs in this one.
    pub process: Option<u32>,
}

impl Endpoint {
    /// Returns the addresses of an emulator in this process.
    #[must_use]
    pub fn in_process(emulator: &Emulator) -> Self {
        Self {
            ws: emulator.url().to_owned(),
            wss: emulator.wss_url().to_owned(),
            root_certificate: emulator.root_certificate().to_vec(),
            control: Control::new(emulator.rest_url()),
            process: None,
        }
    }
}
