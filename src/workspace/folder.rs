//! Paths of folders, relative to that of the checkout.

use std::path::{Component, Path, PathBuf};

/// `path` without `.` and `..`, `.` where nothing is left; `None` where it leads out of the
/// folder that it is relative to.
pub(crate) fn inside(path: &Path) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => inside.push(name),
            Component::CurDir => {}
            Component::ParentDir if inside.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(if inside.as_os_str().is_empty() { PathBuf::from(".") } else { inside })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_or_is_none() {
        for (path, expected) in [
            ("apps/web1", Some("apps/web1")),
            ("./apps//web1/", Some("apps/web1")),
            ("apps/../packages/ui", Some("packages/ui")),
            ("apps/..", Some(".")),
            ("", Some(".")),
            ("..", None),
            ("apps/../../x", None),
            ("/apps", None),
        ] {
            assert_eq!(inside(Path::new(path)), expected.map(PathBuf::from), "{path}");
        }
    }
}
