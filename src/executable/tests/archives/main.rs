//! What is written, read by `permafreeze-archive`.
mod round_trip;
mod support;
