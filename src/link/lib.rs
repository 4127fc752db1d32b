//! objects + runtime + hooks -> executable; static tool that runs in the sandbox.
pub mod collection;
pub mod layout;
pub mod write;
