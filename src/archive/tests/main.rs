//! The readers, on files that nothing of the product wrote. One program, since linking is what a test program costs most.
#[path = "support/bundle.rs"]
mod bundle;
mod executables;
mod hostile;
mod mutations;
mod readers;
mod support;
mod tarballs;
