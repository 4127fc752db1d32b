//! Collecting, on worlds of a few small files.
mod all_hooks;
mod answers;
mod files;
mod finder;
mod graph;
mod hooks;
mod libraries;
mod machine;
mod merge;
mod support;
