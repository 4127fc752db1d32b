//! Collecting, on worlds of a few small files.
mod all_hooks;
mod answers;
mod beside;
mod files;
mod finder;
mod graph;
mod hints;
mod hook_targets;
mod hooks;
mod libraries;
mod machine;
mod merge;
mod stdlib;
mod support;
mod windows;
