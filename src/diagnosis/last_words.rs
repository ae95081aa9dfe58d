//! The one line of a log that most likely says what a process died of.

use crate::ecs::LogTail;

use super::text::{log_line, plain};

/// How package managers, runtimes and shells report that something else has failed.
const REPEATED_BY_OTHERS: &[&str] = &[
    "npm ",
    "ELIFECYCLE",
    "ERR_PNPM",
    "error Command failed",
    "info Visit https://yarnpkg.com",
    "> ",
    "$ ",
    "Node.js v",
    "Bun v",
    "exit status ",
    "note: run with `RUST_BACKTRACE",
    "note: Some details are omitted",
    "Require stack:",
    "Stack trace:",
    "Traceback (most recent call last)",
    "stack backtrace:",
];

/// The last line that says something of the container's own end: no blank, no frame of a
/// stack, nothing that only repeats that it failed. `None` where there is none.
pub(super) fn of(logs: &[LogTail], container: &str) -> Option<String> {
    // Whichever order they were read in.
    let tail = logs.iter().filter(|tail| tail.container == container);
    let tail = tail.max_by(|a, b| (&a.task, &a.lines).cmp(&(&b.task, &b.lines)))?;
    let lines = tail.lines.iter().rev().map(|line| log_line(line));
    lines.filter(|line| says_something(line)).map(|line| plain(&line)).next()
}

fn says_something(line: &str) -> bool {
    let is_indented = line.starts_with(char::is_whitespace);
    let has_words = line.chars().filter(|c| c.is_alphabetic()).count() > 1;
    !is_indented && has_words && !is_frame(line) && !is_repeated(line)
}

fn is_repeated(line: &str) -> bool {
    REPEATED_BY_OTHERS.iter().any(|beginning| line.starts_with(beginning))
}

/// A frame that is not indented: of JavaScript and Java, PHP, Go and Ruby.
fn is_frame(line: &str) -> bool {
    let numbered =
        line.strip_prefix('#').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()));
    let is_call = line.ends_with(')') && !line.contains(' ') && line.contains('(');
    numbered
        || is_call
        || ["at ", "from ", "goroutine ", "- /"].iter().any(|it| line.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::LogSource;

    fn last(lines: &[&str]) -> String {
        let tail = LogTail {
            container: "web".to_owned(),
            task: "t".to_owned(),
            source: LogSource::Elsewhere { driver: String::new(), place: String::new() },
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
        };
        of(&[tail], "web").unwrap_or_default()
    }

    #[test]
    fn the_line_that_says_why_is_found_behind_what_runtimes_add() {
        for (lines, expected) in [
            (
                &[
                    "Error: Cannot find module 'express'",
                    "Require stack:",
                    "- /app/server.js",
                    "    at Module._resolveFilename (node:internal/modules/cjs/loader:1212:15) {",
                    "  code: 'MODULE_NOT_FOUND',",
                    "  requireStack: [ '/app/server.js' ]",
                    "}",
                    "",
                    "Node.js v20.11.1",
                    "npm ERR! code ELIFECYCLE",
                    "npm error path /app",
                ][..],
                "Error: Cannot find module 'express'",
            ),
            (
                &[
                    "Exception in thread \"main\" java.lang.IllegalStateException: no context",
                    "\tat com.example.App.main(App.java:12)",
                    "Caused by: java.net.ConnectException: Connection refused",
                    "\t... 12 more",
                ],
                "Caused by: java.net.ConnectException: Connection refused",
            ),
            (
                &[
                    "panic: open /etc/app.toml: no such file or directory",
                    "",
                    "goroutine 1 [running]:",
                    "main.main()",
                    "\t/app/main.go:12 +0x1d",
                    "exit status 2",
                ],
                "panic: open /etc/app.toml: no such file or directory",
            ),
            (
                &[
                    "thread 'main' panicked at src/main.rs:4:5:",
                    "DATABASE_URL is not set",
                    "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
                ],
                "DATABASE_URL is not set",
            ),
            (
                &[
                    "Traceback (most recent call last):",
                    "  File \"/app/main.py\", line 3, in <module>",
                    "    import flask",
                    "\u{1b}[31mModuleNotFoundError: No module named 'flask'\u{1b}[0m\r",
                ],
                "ModuleNotFoundError: No module named 'flask'",
            ),
            (
                &[
                    "PHP Fatal error:  Uncaught Exception: no in /app/x.php:3",
                    "Stack trace:",
                    "#0 {main}",
                    "  thrown in /app/x.php on line 3",
                ],
                "PHP Fatal error: Uncaught Exception: no in /app/x.php:3",
            ),
            (&["listening on 8080", "", "----"], "listening on 8080"),
            (&["", "    at main (x.js:1:1)", "npm ERR! errno 1"], ""),
            (&[], ""),
        ] {
            assert_eq!(last(lines), expected);
        }
    }
}
