//! The readers against the writers, and against the world.
mod hostile;
mod round_trip;
mod support;
