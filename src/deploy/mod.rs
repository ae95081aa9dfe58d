//! The road that `deploy` and `rollback` share: settling the plan, writing it,
//! following the rollout to its end, and what that end means.

pub(crate) mod apply;
pub(crate) mod cancelled;
pub(crate) mod check;
mod confirm;
pub(crate) mod context;
mod evidence;
mod failed;
mod how_to_stop;
pub(crate) mod keep;
pub(crate) mod known;
pub(crate) mod notifier;
pub(crate) mod one_off;
pub(crate) mod outcome;
pub(crate) mod plan_until_clear;
pub(crate) mod requirements;
mod rollback_outcome;
pub(crate) mod schedules;
mod slow;
pub(crate) mod there;
pub(crate) mod to_its_end;
pub(crate) mod together;
mod undo;
pub(crate) mod watch;
