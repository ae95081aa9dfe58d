//! The map, in the order of the road.
pub mod request;
pub mod image;
pub mod version;
pub mod names;
pub mod problem;
