//! Collecting, on worlds of a few small files.
#[path = "../../../../tests/support/macho.rs"]
mod macho;

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
mod loader;
mod machine;
mod macos;
mod merge;
mod stdlib;
mod support;
mod windows;
