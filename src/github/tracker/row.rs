//! What a comment of the tracker says to the next run: one line of JSON that GitHub does not
//! show.

use serde_json::Value;

const BEFORE: &str = "<!-- ecs-release row ";
const AFTER: &str = " -->";

/// The line. Nothing in it can end it, be obeyed, or mention anybody.
pub(super) fn hidden(row: &Value) -> String {
    let mut line = BEFORE.to_owned();
    for c in row.to_string().chars() {
        // These stand within strings only: no number of a row is negative.
        let is_plain = c.is_ascii_graphic() || c == ' ';
        if is_plain && !['-', '<', '>', '&', '@', '#'].contains(&c) {
            line.push(c);
        } else {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            line.extend(units.into_iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    line + AFTER
}

/// The first line of a comment, by which it is found, and what its second line says; `None` of
/// every other comment.
pub(super) fn shown(body: &str) -> Option<(&str, Value)> {
    let mut lines = body.lines();
    let mark = lines.next()?;
    let row = lines.next()?.trim_end().strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    Some((mark, serde_json::from_str(row).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn whatever_it_says_is_read_again_and_is_one_line_of_plain_ascii(
            texts in prop::collection::vec("(\\PC|[-<>&@#\\\\\"\n\r\u{202e}\u{10ffff}]|-->){0,40}", 0..4),
        ) {
            let row = json!({ "texts": texts, "number": 7, "nothing": null });
            let line = hidden(&row);
            prop_assert!(line.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{}", line);
            let inside = &line[BEFORE.len()..line.len() - AFTER.len()];
            prop_assert!(!inside.contains(['-', '<', '>', '@', '#']), "{}", line);
            for end in ["\n", "\r\n"] {
                let body = format!("mark{end}{line}{end}rest");
                prop_assert_eq!(shown(&body), Some(("mark", row.clone())));
            }
        }
    }

    #[test]
    fn other_comments_say_nothing() {
        for body in [
            "",
            "mark",
            "mark\n<!-- ecs-release row -->",
            "mark\n<!-- ecs-release row {\"a\": -->",
            "mark\n\n<!-- ecs-release row {} -->",
            "> mark\n> <!-- ecs-release row {} -->",
        ] {
            assert_eq!(shown(body), None, "{body:?}");
        }
    }
}
