mod ci;
mod conformance;
mod examples;
mod fuzz;
mod lint;
mod matrix;
mod setup;
mod sim;
mod soak;
mod test;

pub(crate) use self::{
    ci::Ci, conformance::Conformance, examples::Examples, fuzz::Fuzz, lint::Lint, matrix::Matrix,
    setup::Setup, sim::Sim, soak::Soak, test::Test,
};
