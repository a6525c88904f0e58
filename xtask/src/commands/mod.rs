mod ci;
mod examples;
mod fuzz;
mod lint;
mod matrix;
mod setup;
mod sim;
mod test;

pub(crate) use self::{
    ci::Ci, examples::Examples, fuzz::Fuzz, lint::Lint, matrix::Matrix, setup::Setup, sim::Sim,
    test::Test,
};
