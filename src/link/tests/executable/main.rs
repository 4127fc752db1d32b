//! A collection made by hand becomes a file that the readers of `permafreeze-executable` read back.
mod bundles;
mod refused;
mod support;
mod windows;
mod written;
