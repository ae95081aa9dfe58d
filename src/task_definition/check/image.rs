//! The images of containers.

use super::findings::Findings;
use super::node::Node;
use super::task::Task;
use crate::image::ImageReference;

/// ECS API reference, `ContainerDefinition`, member `image`, and for what no runtime
/// can pull the grammar of references.
pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for container in &task.containers {
        check_image(&container.member("image"), found);
    }
}

const HOW: &str = "Name the image as `repository:tag` or `repository@sha256:…`.";

fn check_image(node: &Node<'_>, found: &mut Findings) {
    let Some(text) = node.text() else {
        found.error(node, "is missing", HOW);
        return;
    };
    if let Some(open) = placeholder(text) {
        // Of a container that gets the image nobody sees it any more. In another one it is
        // known only when a task starts whether somebody fills it in on the way.
        let what = format!("still contains the placeholder {open:?}");
        found.warning(node, what, "Fill it in before the definition is used.");
        return;
    }
    match text.parse::<ImageReference>() {
        // Developer guide, "Task definition parameters": without either, `latest`.
        Ok(image) if image.tag().is_none() && image.digest().is_none() => found.warning(
            node,
            format_args!("is {text:?}, without a tag, which means `latest`"),
            "Name the tag or the digest that you mean.",
        ),
        Ok(_) => {}
        Err(problem) => {
            let hint = problem.hint.unwrap_or_else(|| HOW.to_owned());
            found.error(node, format_args!("can't be pulled: {}", problem.message), hint);
        }
    }
}

/// What somebody meant to fill in: `${TAG}`, `<IMAGE>` or `{{ image }}`.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    [("${", "}"), ("{{", "}}"), ("<", ">")].iter().find_map(|(opening, closing)| {
        let start = text.find(opening)?;
        let inside = start + opening.len();
        let end = inside + text[inside..].find(closing)? + closing.len();
        Some(&text[start..end])
    })
}
