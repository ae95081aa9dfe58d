//! The map, in the order of the road.
pub mod runner;

pub mod effects;
pub mod image;
pub mod names;
pub mod problem;
pub mod request;
pub mod task_definition;
pub mod version;
