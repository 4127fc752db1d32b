//! Source distributions: what builds a wheel of one (PEP 517, 518), pinned in the plan.
//!
//! A source distribution says itself what its build requires, so it must be there before this can be chosen. What was
//! chosen once is in the plan, and stays ([`known`]). The files come in through [`choose::Index`]: nothing here asks the
//! network.
pub mod archive;
pub mod choose;
pub mod known;
pub mod setup;
pub mod system;
