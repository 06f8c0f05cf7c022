//! The data files of a problem, read.

use std::sync::Arc;

use crate::loaded::Loaded;

/// The data files of a problem as [`ProblemSpec::read`](crate::ProblemSpec::read) has read them.
/// The problems of several seeds are made of one reading: standard input and pipes give what is in
/// them only once.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Those that are learnt from; nothing if they are in no file.
    pub(crate) data: Option<Arc<Loaded>>,
    /// Those that accuracy is measured on; nothing if they have no file of their own.
    pub(crate) test: Option<Arc<Loaded>>,
}
