//! The static `permafreeze-link` tool.
fn main() {}
