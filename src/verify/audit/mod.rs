//! What an executable needs of the user's machine.
pub mod manylinux;
