//! What the tracker says: the comment of one service, and the table of all of them.
//!
//! GitHub tells everybody who is mentioned, and every issue and pull request that is linked,
//! so that nothing here is a mention or such a link.

mod catch_up;
mod row;
mod section;
mod table;

pub(crate) use catch_up::catch_up;
pub(crate) use row::Row;
pub(crate) use section::section;
pub(crate) use table::table;

#[cfg(test)]
mod tests;
