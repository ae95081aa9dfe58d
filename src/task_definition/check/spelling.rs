//! Members that ECS has not, and that are nearly ones that it has.
//!
//! A member that is like none of those in the model may be younger than the model, and is
//! no finding.

use super::findings::Findings;
use super::node::Node;
use super::task::Task;
use crate::text::nearest;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for (object, shape) in &task.objects {
        let known: Vec<_> = shape.members().map(|(_, name)| name).collect();
        for key in object.keys() {
            if let Some(meant) = meant(key, &known).filter(|it| !object.member(it).exists()) {
                warn(&object.named(key), meant, found);
            }
        }
    }
}

fn warn(unknown: &Node<'_>, meant: &str, found: &mut Findings) {
    found.warning(unknown, "is not known to ECS", format_args!("Did you mean `{meant}`?"));
}

/// The one of `known` that `key` nearly is; `None` where it is one, or none of them is
/// near.
fn meant(key: &str, known: &[&'static str]) -> Option<&'static str> {
    if known.contains(&key) {
        return None;
    }
    let other_case = known.iter().find(|it| it.eq_ignore_ascii_case(key)).copied();
    let most = |it: &str| if it.len() > 5 { 2 } else { 1 };
    other_case.or_else(|| nearest(key, known.iter().copied(), most))
}
