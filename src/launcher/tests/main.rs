//! Bundles written by hand, started by the launcher. One program, since linking is what a test program costs most.
mod disturbed;
mod places;
mod starts;
mod support;
mod temporary;
