//! The one integration binary: the action as the runner runs it, AWS's own
//! models as the judge, moto on the wire, and rules over the sources.
//!
//! One binary, because each links every SDK anew. Harnesses ([`action`],
//! [`moto`], [`models`]) know nothing of the product's insides; the sentences
//! about the product stand in modules of their own.
#![allow(
    clippy::disallowed_methods,
    reason = "tests own their scratch folders, processes and clocks; the rule protects the product"
)]

mod action;
mod entry;
mod models;
mod moto;
mod python;
mod rooms;
mod deploys;
mod scene;
