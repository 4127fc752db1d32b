//! Wheels and sources, compiled. One program, since linking is what a test program costs most.
mod archives;
mod hints;
mod install;
mod natives;
mod program;
mod reference;
mod sources;
mod support;
mod wheels;
