//! What a run says of its data.

/// What is to be said of the data of a problem that the library knows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DataFacts {
    /// Number of rows that no worker has.
    pub(crate) unused_rows: usize,
    /// The largest magnitude of a feature.
    pub(crate) largest_feature: f64,
    /// The share of the features that a gradient's rows have; 0: not known.
    pub(crate) touched_share: f64,
}
