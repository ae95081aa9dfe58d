//! What ran before on a service, what one can go back to, and what `previous`
//! means.
//!
//! Computed from what is on record of the service's deployments ([`DeploymentRecord`]),
//! which [`ecs`] and [`codedeploy`] make of what the two controllers say; never from
//! revision numbers. Nothing here reads, and nothing guesses: where the record does not
//! show the answer, there is none.
//!
//! # The model
//!
//! The deployments are replayed, oldest first, on a stack. What an entry *is* is
//! its task definition and its digests: those of the containers that get the
//! image, because the tag of a sidecar may move by itself and would make every
//! return look like something new. A revision without these containers is known by
//! the digests of all it has.
//!
//! - The stack starts with the revision that the oldest listed deployment
//!   replaced. Where it replaced several, or that one can't be read, the stack starts
//!   empty, and a success of what may have been it ends all knowledge.
//! - A success of what is on top changes nothing. If something else was tried
//!   since and did not succeed, it is an undo.
//! - A success of the same definition and digests as a lower entry, or of other
//!   digests than the top's and the same as a lower entry's, is a return: the
//!   stack is popped to that entry, which from then on is the revision that
//!   brought it back, whatever its definition.
//! - Every other success is pushed. The same digests by another definition are an
//!   entry of their own: "configuration only".
//! - A rollback by ECS returns to the revision it names, or else to the top, and
//!   is an undo.
//! - A deployment that failed, was superseded or started no task is never pushed.
//! - What a return or an undo goes back from, which is what ran and what was tried
//!   since, has been *rolled back from* until it succeeds again. What is between it and
//!   where it goes back to has only been skipped.
//!
//! What runs is the revision of the service's primary deployment. If that is the
//! top, `previous` is the entry below it. If it is something that has not
//! succeeded, yet or at all, `previous` is the top. It is refused where the last
//! change was, or is about to be, a return or an undo: two people who press the
//! button at once end on the same version.
//!
//! That a deployment started no task is not recorded. It shows in the digests: ECS
//! takes them from the first task that it starts. Without a digest and without a
//! task in any count a success is left out. A success whose tasks do show while its
//! digests do not (version consistency is off) can't be placed, and ends all
//! knowledge of what came before.
//!
//! CodeDeploy keeps no digests. Those of what its tasks still show are known; all others
//! are assumed to be what the tag names now, unless that was pushed after the deployment
//! began: then the digest is not known, but for what it is not. While one of two is not
//! known, they are of the same images if their references are spelled alike.
//!
//! A list that was not read to its end shows no `previous` at all: whatever looks
//! new in it may have been a return to something older. Past ECS's own 90 days this
//! can't be known, and the stack starts there by definition. Of CodeDeploy's list, which
//! has no such end, only the newest are read. There a success is new if ECR shows that its
//! image was pushed after the list begins; any other starts the stack over, as what is
//! below it is not known.

mod codedeploy;
mod ecs;
mod entry;
mod last_good;
mod past_deployment;
mod previous;
mod refusal;
mod replay;
mod service_history;
#[cfg(test)]
mod tests;
mod times;
mod unknown;

pub(crate) use codedeploy::{GroupDeployment, record_of_group};
pub(crate) use ecs::record_of_service;
pub(crate) use entry::{By, Entry, RolledBack};
pub(crate) use last_good::last_good;
pub(crate) use past_deployment::{
    Coverage, DeploymentRecord, PastRevision, PastStatus, RevisionId,
};
pub(crate) use service_history::History;
pub(crate) use times::Times;
