//! Whom to tell of the run.

use std::fmt;

use crate::url::Url;

/// The inputs `notify-…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Notify {
    /// A secret as a whole: who knows it can write there.
    pub url: Url,
    /// Which results are sent: words of the output `result`, `success`, `failure`. None: the
    /// default.
    pub on: Vec<&'static str>,
    /// Also send a message just before the first write.
    pub at_start: bool,
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, on, at_start } = self;
        f.debug_struct("Notify").field("on", on).field("at_start", at_start).finish()
    }
}
