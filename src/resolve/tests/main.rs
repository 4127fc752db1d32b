//! Small projects and their plans. One program, since linking is what a test program costs most.
mod backends;
mod entries;
mod git;
mod lockfile;
mod old_locks;
mod oldest;
mod pylock;
mod python;
mod resolve;
mod sdists;
mod support;
mod uv;
