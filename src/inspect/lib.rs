//! What an executable holds, and what differs between two: any of PyInstaller 6, built by permafreeze or not, in any form.
//!
//! [`inspection::inspect`] and [`diff::diff`] take what `permafreeze-archive` has read; nothing here judges.
pub mod bundle;
pub mod diff;
pub mod html;
pub mod inspection;
pub mod needs;
pub mod owners;
mod pieces;
mod rows;
pub mod text;

pub use inspection::{Inspection, inspect};
