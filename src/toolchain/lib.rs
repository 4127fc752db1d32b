//! recipes -> the toolchain's pinned files.
