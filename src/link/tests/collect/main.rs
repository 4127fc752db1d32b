//! Collecting, on worlds of a few small files.
mod beside;
mod files;
mod finder;
mod graph;
mod hints;
mod hooks;
mod libraries;
mod machine;
mod merge;
mod support;
