//! A collection made by hand becomes a file that the readers of `permafreeze-executable` read back.
mod bundles;
mod folders;
mod refused;
mod support;
mod windows;
mod written;
