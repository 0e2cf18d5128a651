//! How the bytes of a workload reach a receiver.

/// Sizes of the pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Delivery {
    /// One message at a time, as DMA with an idle line gives them.
    Messages,
    /// Pieces of this many bytes.
    Chunks(usize),
}

impl Delivery {
    /// The deliveries of every correctness table.
    pub const ALL: [Self; 5] = [
        Self::Messages,
        Self::Chunks(4096),
        Self::Chunks(64),
        Self::Chunks(7),
        Self::Chunks(1),
    ];

    /// What a table calls it.
    pub fn name(self) -> String {
        match self {
            Self::Messages => "msg".into(),
            Self::Chunks(size) => format!("{size} B"),
        }
    }

    /// Cuts `bytes`, in which messages end at `ends`.
    pub fn cut<'b>(self, bytes: &'b [u8], ends: &[usize]) -> Vec<&'b [u8]> {
        match self {
            Self::Chunks(size) => bytes.chunks(size).collect(),
            Self::Messages => {
                let starts = core::iter::once(0).chain(ends.iter().copied());
                let ranges = starts.zip(ends);
                ranges.map(|(from, to)| &bytes[from..*to]).collect()
            }
        }
    }
}
