mod ci;
mod examples;
mod fuzz;
mod lint;
mod matrix;
mod setup;
mod test;

pub(crate) use self::{
    ci::Ci, examples::Examples, fuzz::Fuzz, lint::Lint, matrix::Matrix, setup::Setup, test::Test,
};
