//! The road that `deploy` and `rollback` share: settling the plan, writing it,
//! following the rollout to its end, and what that end means.

pub(crate) mod apply;
pub(crate) mod confirm;
pub(crate) mod context;
mod evidence;
pub(crate) mod failed;
pub(crate) mod known;
pub(crate) mod outcome;
pub(crate) mod plan_until_clear;
pub(crate) mod rollback_outcome;
mod undo;
pub(crate) mod watch;
