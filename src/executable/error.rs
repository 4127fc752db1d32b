//! What can be wrong with the parts of an archive that is to be written.
/// The parts do not make an archive.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The format's offsets are too narrow.
    #[error("the {format} would end at byte `{end}`, beyond the format's last, `{limit}` (entry `{name}`)")]
    TooLarge {
        /// The format.
        format: &'static str,
        /// The first entry that does not fit.
        name: String,
        /// Offset in bytes of its end.
        end: u64,
        /// The largest offset that the format can say.
        limit: u64,
    },
    /// The name cannot be said in the format.
    #[error("the name `{name}` cannot stand in the {format}: {reason}")]
    Name {
        /// The format.
        format: &'static str,
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
}
