//! The packages of a monorepo, as npm, yarn, pnpm and lerna understand it, and which of
//! them depends on which.
//!
//! Nothing here runs one of them, and nothing reads a file: [`Globs`] are what a file says
//! about the folders of the packages, [`Workspace`] is made of what was found there.

mod dependencies;
mod folder;
mod globs;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod packages;

pub(crate) use self::folder::inside;
pub(crate) use self::globs::{Glob, Globs, Source};
pub(crate) use self::packages::{MOST, Member, Workspace};
