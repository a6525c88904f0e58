mod ci;
mod lint;
mod matrix;
mod setup;
mod test;

pub(crate) use self::{ci::Ci, lint::Lint, matrix::Matrix, setup::Setup, test::Test};
