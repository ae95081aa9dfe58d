//! The truth about one deployment: what ECS answers becomes a [`Snapshot`], and
//! a fold over snapshots becomes its [`End`].
//!
//! Pure: nothing here calls, sleeps or prints. Success is only ever the success
//! of the deployment that is followed; a state that is not known is no end.

mod blue_green;
#[cfg(test)]
mod histories;
mod snapshot;
#[cfg(test)]
mod tests;
mod tracker;
mod views;

pub use blue_green::{Going, blue_green};
pub use snapshot::{Followed, OpenGate, Phase, Snapshot, Successor, Until};
pub use tracker::{End, Observation, Tracker};
pub use views::{View, snapshot};
