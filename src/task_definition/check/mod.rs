//! What ECS would refuse in a definition, as far as it can be known without a call.
//!
//! Every rule is one that AWS documents, or that ECS states when it refuses; its
//! source stands beside it. A false error would hold up somebody's release, so a
//! limit that AWS may have widened since is a warning, and what is not known to be
//! refused is no finding. A member that the API's model does not know is none either,
//! unless its name is nearly that of one that ECS has.
//!
//! What no definition can be without (a family, containers, a name for each, and each
//! name once) is refused when it is read, in `shape`.

mod access;
mod bytes;
mod empty;
mod fargate;
mod findings;
mod health;
mod image;
mod kinds;
mod logging;
mod memory;
mod model;
mod names;
mod network;
mod node;
mod order;
mod others;
mod platform;
mod ports;
mod roles;
mod size;
mod spelling;
mod storage;
mod task;
#[cfg(test)]
mod tests;
mod variables;

use serde_json::Value;

pub use self::findings::Checked;
use self::findings::Findings;
use self::node::Node;
use self::task::Task;
use super::definition::TaskDefinition;

const RULES: [fn(&Task<'_>, &mut Findings); 19] = [
    kinds::check,
    names::check,
    platform::check,
    size::check,
    memory::check,
    image::check,
    network::check,
    ports::check,
    order::check,
    variables::check,
    storage::check,
    logging::check,
    health::check,
    roles::check,
    fargate::check,
    access::check,
    empty::check,
    kinds::check_required,
    spelling::check,
];

impl TaskDefinition {
    /// What ECS would refuse, and what it may.
    ///
    /// Each problem names the member by its path, its container and the next move,
    /// and has the line of the member if the definition was read from a file. None
    /// holds the value of a variable or of a secret.
    pub fn check(&self) -> Checked {
        let whole = Value::Object(self.body.clone());
        let task = Task::of(Node::root(&whole));
        let mut found = Findings::default();
        for rule in RULES {
            rule(&task, &mut found);
        }
        found.checked(self)
    }
}
