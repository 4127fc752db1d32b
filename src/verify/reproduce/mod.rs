//! Reproduce: every derivation, rebuilt, gives the same bytes; so does whoever pinned or cached them.
//!
//! Nix is run by the caller; here is what its outputs have in common.
pub mod trees;
