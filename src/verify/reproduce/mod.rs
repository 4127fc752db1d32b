//! Reproduce: every derivation of ours, built again, gives the same bytes; so does whoever pinned or cached them.
//!
//! Nix is run by the caller; here is what its files and its words mean.
pub mod derivation;
pub mod trees;
pub mod words;
