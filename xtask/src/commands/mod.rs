mod api;
mod bench;
mod ci;
mod clients;
mod conformance;
mod crash;
mod deploy;
mod examples;
mod fleet;
mod fuzz;
mod lint;
mod matrix;
mod mutants;
mod options;
mod setup;
mod sim;
mod soak;
mod test;

pub(crate) use self::{
    api::Api, bench::Benchmarks, ci::Ci, clients::Clients, conformance::Conformance, crash::Crash,
    deploy::Deploy, examples::Examples, fleet::Fleet, fuzz::Fuzz, lint::Lint, matrix::Matrix,
    mutants::Mutants, setup::Setup, sim::Sim, soak::Soak, test::Test,
};
