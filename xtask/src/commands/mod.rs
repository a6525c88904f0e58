mod ci;
mod conformance;
mod examples;
mod fuzz;
mod lint;
mod matrix;
mod mutants;
mod setup;
mod sim;
mod test;

pub(crate) use self::{
    ci::Ci, conformance::Conformance, examples::Examples, fuzz::Fuzz, lint::Lint, matrix::Matrix,
    mutants::Mutants, setup::Setup, sim::Sim, test::Test,
};
