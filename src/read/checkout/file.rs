//! The content of one file, as long as it is a file that this action may have been meant
//! to read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::problem::Problem;
use crate::workspace::inside;

/// None of the files is ever near this; a larger one is a mistake in a path.
const MAX: u64 = 1024 * 1024;

/// The content of the file at `path`; `hint` is the next move where there is none.
pub(super) fn contents(path: &Path, hint: &str) -> Result<Vec<u8>, Problem> {
    named(path, path, hint)
}

/// The content of the file at `path` in the checkout below `root`.
///
/// # Errors
/// As those of [`contents`]; or the file is not in the checkout, as its path leads out of it
/// or a link does.
pub(super) fn contents_below(root: &Path, path: &Path, hint: &str) -> Result<Vec<u8>, Problem> {
    let name = path.display();
    if inside(path).is_none() {
        return Err(Problem::new(format!("{name} is not in the checkout")).hint(hint));
    }
    let at = root.join(path);
    if real(root, &at).is_ok_and(|it| it.is_none()) {
        return Err(Problem::new(format!("{name} is a link out of the checkout"))
            .hint("Put the file itself into the repository.")
            .at(name.to_string(), 1));
    }
    named(&at, path, hint)
}

/// Where `at` is once all links are followed, relative to `root`; `None` where that is not
/// below it.
pub(super) fn real(root: &Path, at: &Path) -> io::Result<Option<PathBuf>> {
    let (root, at) = (fs::canonicalize(root)?, fs::canonicalize(at)?);
    Ok(at.strip_prefix(root).ok().and_then(inside))
}

fn named(path: &Path, name: &Path, hint: &str) -> Result<Vec<u8>, Problem> {
    let name = name.display();
    let unreadable = |error: io::Error| {
        let message = match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file {name}"),
            _ => format!("{name} can't be read: {error}"),
        };
        Problem::new(message).hint(hint)
    };
    // Opening a pipe waits for whoever writes into it, and a device may never end.
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if !kind.is_file() {
        let what = if kind.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
        return Err(Problem::new(format!("{name} is {what}, not a file")).hint(hint));
    }
    #[allow(clippy::disallowed_methods, reason = "the room that reads the checkout")]
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX {
        return Err(Problem::new(format!("{name} is larger than 1 MiB")).hint(hint));
    }
    Ok(bytes)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the test plays the checkout")]

    use std::os::unix::fs::symlink;
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_no_file_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let pipe = folder.path().join("pipe.json");
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo can be started");
        assert!(made.success());
        let cases = [
            (pipe, "a pipe, a socket or a device"),
            ("/dev/zero".into(), "a pipe, a socket or a device"),
            (folder.path().to_owned(), "a folder"),
        ];
        for (path, what) in cases {
            let (told, answer) = std::sync::mpsc::channel();
            let file = path.clone();
            std::thread::spawn(move || told.send(contents(&file, "Check the path.")));
            let answer =
                answer.recv_timeout(Duration::from_secs(10)).expect("nothing is waited for");
            let problem = answer.expect_err("it is no file");
            assert_eq!(problem.message, format!("{} is {what}, not a file", path.display()));
        }
    }

    #[test]
    fn a_file_of_the_checkout_is_in_it_by_its_path_and_by_its_links() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (outside, root) = (folder.path().join("secret"), folder.path().join("checkout"));
        fs::create_dir_all(root.join("apps/web1")).expect("a folder");
        fs::write(&outside, "secret").expect("a file");
        fs::write(root.join("VERSION"), "1.4.2").expect("a file");
        symlink(&outside, root.join("apps/out")).expect("a link");
        symlink(folder.path(), root.join("apps/up")).expect("a link");
        symlink("../../VERSION", root.join("apps/web1/VERSION")).expect("a link");
        let read = |path: &str| contents_below(&root, Path::new(path), "Check the path.");
        for path in ["VERSION", "./apps/../VERSION", "apps/web1/VERSION"] {
            assert_eq!(read(path), Ok(b"1.4.2".to_vec()), "{path}");
        }
        let absolute = outside.display().to_string();
        for (path, said) in [
            ("../secret", "../secret is not in the checkout"),
            ("apps/../../secret", "apps/../../secret is not in the checkout"),
            (absolute.as_str(), "is not in the checkout"),
            ("apps/out", "apps/out is a link out of the checkout"),
            ("apps/up/secret", "apps/up/secret is a link out of the checkout"),
            ("apps/none", "there is no file apps/none"),
            ("apps/web1", "apps/web1 is a folder, not a file"),
        ] {
            let problem = read(path).expect_err(path);
            assert!(problem.message.ends_with(said), "{problem}");
        }
    }
}
