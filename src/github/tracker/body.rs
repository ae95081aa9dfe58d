//! The part of the issue that is written by the action: what stands between two lines that
//! GitHub does not show. All else is a person's, and stays as it is.

use std::ops::Range;

const BEGIN: &str = "<!-- ecs-release tracker -->";
const END: &str = "<!-- ecs-release tracker end -->";

/// Whether a body is that of a tracker, even one whose marks are damaged.
pub(super) fn has_mark(body: &str) -> bool {
    body.lines().any(|line| [BEGIN, END].contains(&line.trim_end()))
}

/// The body with this as our part: in the place of the last one that is whole, else behind all
/// that is there.
pub(super) fn with_part(body: &str, part: &str) -> String {
    let inside = if part.is_empty() { String::new() } else { format!("{part}\n\n") };
    match ours(body) {
        // An editor in a browser ends lines in another way.
        Some(place) if body[place.clone()].replace("\r\n", "\n") == inside => body.to_owned(),
        Some(place) => format!("{}{inside}{}", &body[..place.start], &body[place.end..]),
        None => {
            let between = if body.is_empty() { "" } else { "\n\n" };
            format!("{body}{between}{BEGIN}\n{inside}{END}")
        }
    }
}

/// How many characters are left for our part.
pub(super) fn room(body: &str, longest: usize) -> usize {
    let without = with_part(body, "").chars().count();
    longest.saturating_sub(without + "\n\n".len())
}

/// What stands between the lines of the last whole part.
fn ours(body: &str) -> Option<Range<usize>> {
    let (mut found, mut begun, mut at) = (None, None, 0);
    for line in body.split_inclusive('\n') {
        let next = at + line.len();
        match line.trim_end() {
            BEGIN => begun = Some(next),
            END => found = begun.take().map(|begun| begun..at).or(found),
            _ => {}
        }
        at = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words of a person: anything but our lines.
    fn words() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            3 => "\\PC{0,12}",
            1 => Just(format!("`{BEGIN}`")),
            1 => Just(format!("> {END}")),
            1 => Just("<!-- -->".to_owned()),
        ];
        let lines = prop::collection::vec((line, prop_oneof![Just("\n"), Just("\r\n")]), 0..5);
        lines.prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
    }

    /// What may stand in a body whose marks were moved, doubled or deleted.
    fn damaged() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            words(),
            Just(format!("{BEGIN}\n")),
            Just(format!("{END}\n")),
            Just(format!("{END}  \r\n")),
            Just(BEGIN.to_owned()),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    fn part() -> impl Strategy<Value = String> {
        "[a-z|\n]{0,20}".prop_map(|it| it.trim().to_owned())
    }

    proptest! {
        #[test]
        fn what_a_person_wrote_around_it_stays_byte_for_byte(
            before in words(), after in words(), first in part(), second in part(),
        ) {
            let body = |part: &str| {
                let inside = if part.is_empty() { String::new() } else { format!("{part}\n\n") };
                format!("{before}{BEGIN}\n{inside}{END}\n{after}")
            };
            prop_assert_eq!(with_part(&body(&first), &second), body(&second));
        }

        #[test]
        fn a_body_without_a_whole_part_gets_one_behind_all_that_is_there(
            before in words(), first in part(), second in part(),
        ) {
            for body in [before.clone(), format!("{END}\n{before}{BEGIN}\n{before}")] {
                let now = with_part(&body, &first);
                prop_assert!(now.starts_with(&body), "{}", now);
                let then = with_part(&now, &second);
                prop_assert!(then.starts_with(&body), "the old one is not overwritten: {}", then);
                prop_assert_eq!(then, with_part(&body, &second), "and there is one");
            }
        }

        #[test]
        fn however_damaged_it_is_written_once_and_then_no_more(
            body in damaged(), first in part(), second in part(),
        ) {
            let once = with_part(&body, &first);
            prop_assert_eq!(&with_part(&once, &first), &once);
            prop_assert_eq!(&with_part(&with_part(&once, &second), &first), &once);
            prop_assert!(has_mark(&once));
            prop_assert_eq!(with_part(&once, ""), with_part(&body, ""), "the rest stays");
        }

        #[test]
        fn a_part_as_long_as_there_is_room_fits(body in damaged(), longest in 0_usize..500) {
            let room = room(&body, longest);
            if room > 0 {
                let whole = with_part(&body, &"ä".repeat(room));
                prop_assert_eq!(whole.chars().count(), longest);
            }
        }
    }

    #[test]
    fn lines_that_end_otherwise_are_no_news() {
        let body = with_part("Hello", "| a |\n| b |").replace('\n', "\r\n");
        assert_eq!(with_part(&body, "| a |\n| b |"), body);
        assert_ne!(with_part(&body, "| a |"), body);
    }
}
