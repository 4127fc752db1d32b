//! The bundle: the one file of `unpack = "cache"`, read.
//!
//! ```text
//! launcher | frame* | index | footer
//! ```
//!
//! The [`footer`] ends the file and says where the [`index`] is; the index lists the files of the unpacked folder and the
//! [`frame`]s that their bytes are in. The launcher, which unpacks a bundle, and what looks into one read it by this
//! package; `permafreeze-executable` lays it out and shares no code with it.
//!
//! All numbers are unsigned and little endian.
pub mod error;
pub mod filter;
pub mod footer;
pub mod frame;
pub mod index;

pub use error::BundleError;
pub use filter::Filter;
pub use footer::Footer;
pub use frame::Decoder;
pub use index::{Extent, File, Frame, Head, Index, Kind};
