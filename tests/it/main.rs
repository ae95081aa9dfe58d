//! The one integration binary: the action as the runner runs it, AWS's own
//! models and GitHub's own description as the judges, moto and MiniStack on the wire, and
//! rules over the sources.
//!
//! One binary, because each links every SDK anew. Harnesses ([`action`],
//! [`moto`], [`models`], [`openapi`]) know nothing of the product's insides; the sentences
//! about the product stand in modules of their own.
#![allow(
    clippy::disallowed_methods,
    reason = "tests own their scratch folders, processes and clocks; the rule protects the product"
)]

mod action;
mod apps;
mod authorities;
mod before;
mod binary;
mod calls;
mod cancels;
mod checks;
mod checks_over_sockets;
mod codedeploy;
mod codedeploy_holds;
mod continue_stop;
mod definition_rules;
mod definitions;
mod deploys;
mod disturbed_undo;
mod drills;
mod entry;
mod environment;
mod explanations;
mod fail_fast;
mod faults;
mod front;
mod github;
mod hostile;
mod http2;
mod images;
mod in_flight;
mod journeys;
mod keep_tags;
mod last_words;
mod lists;
mod load_balanced;
mod lossless;
mod many;
mod many_apps;
mod members;
mod ministack;
mod models;
mod models_hold;
mod moto;
mod notifies;
mod openapi;
mod pages;
mod pictures;
mod plans;
mod platforms;
mod points;
mod preflight;
mod promotes;
mod python;
mod reaction;
mod readme;
mod refusals;
mod registers;
mod release;
mod released;
mod rollbacks;
mod rooms;
mod scene;
mod schedules;
mod several_images;
mod shared_volumes;
mod signals;
mod stories;
mod strategies;
mod throttled;
mod uncertain;
mod undo;
mod version_inside;
mod versions;
mod what_runs;
mod where_time_goes;
mod whole_workflows;
mod workspaces;
mod writes;
