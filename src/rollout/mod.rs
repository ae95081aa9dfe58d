//! The truth about one deployment: what ECS answers becomes a [`Snapshot`], and
//! a fold over snapshots becomes its [`End`].
//!
//! Pure: nothing here calls, sleeps or prints. Success is only ever the success
//! of the deployment that is followed; a state that is not known is no end.

mod activity;
mod codedeploy;
#[cfg(test)]
mod histories;
mod slow;
mod snapshot;
mod spans;
#[cfg(test)]
mod tests;
mod tracker;
mod views;
mod waits_for;

pub(crate) use activity::Activity;
pub(crate) use codedeploy::{DeploymentView, codedeploy};
pub(crate) use slow::{SLOW, Settings, slowest};
pub(crate) use snapshot::{Followed, Phase, Snapshot, Successor, TasksSeen, Until};
pub(crate) use spans::{Span, Spans, and_back, totals};
pub(crate) use tracker::{End, Tracker};
pub(crate) use views::{View, snapshot};
