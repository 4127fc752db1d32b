//! The static `permafreeze-compile` tool.
fn main() {}
