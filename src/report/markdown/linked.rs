//! Which words GitHub makes something of even where Markdown doesn't: links,
//! mentions, issues, commits, emoji, formulas.
//!
//! GitHub looks for these in the finished page, after every escape has been
//! resolved, so that no escape helps; only inside code it leaves words alone.
//! Sources: the autolinks extension of the GFM specification, and GitHub's
//! "Autolinked references and URLs" and "Basic writing and formatting syntax".

/// What may stand around a word without belonging to it.
const OPENING: [char; 6] = ['(', '[', '{', '<', '"', '\''];
const CLOSING: [char; 11] = [')', ']', '}', '>', '"', '\'', '.', ',', ';', ':', '!'];

/// The shortest commit id that GitHub links.
const SHORTEST_COMMIT: usize = 7;

/// Cuts a word in three, the middle of which must become code; `None` where
/// the whole word may stay as it is.
pub(super) fn to_be_code(word: &str) -> Option<(&str, &str, &str)> {
    if !is_linked(word) {
        return None;
    }
    let rest = word.trim_start_matches(OPENING);
    let core = rest.trim_end_matches(CLOSING);
    // The dot of `www.` is a part of what is linked, not of its surroundings.
    if !is_linked(core) {
        return Some(("", word, ""));
    }
    Some((&word[..word.len() - rest.len()], core, &rest[core.len()..]))
}

fn is_linked(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    // Mentions and mail addresses; formulas.
    lower.contains(['@', '$'])
        || lower.contains("://")
        || lower.contains("www.")
        || lower.contains("ghsa-")
        || is_before_digit(&lower, "#")
        || is_before_digit(&lower, "gh-")
        || has_emoji(&lower)
        || has_commit(&lower)
}

fn is_before_digit(word: &str, mark: &str) -> bool {
    word.match_indices(mark)
        .any(|(at, mark)| word[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

/// `:name:`; which names there are is GitHub's to say, so any is taken for one.
fn has_emoji(word: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
    };
    let parts: Vec<&str> = word.split(':').collect();
    parts.len() > 2 && parts[1..parts.len() - 1].iter().any(|part| is_name(part))
}

/// Hex digits between what is no letter and no digit. Digits alone count too.
fn has_commit(word: &str) -> bool {
    word.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| part.len() >= SHORTEST_COMMIT && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_github_would_link_becomes_code_without_its_surroundings() {
        for (word, expected) in [
            ("https://example.org/a?b=c", ("", "https://example.org/a?b=c", "")),
            ("(HTTP://example.org).", ("(", "HTTP://example.org", ").")),
            ("example.org/web1@sha256:0123:", ("", "example.org/web1@sha256:0123", ":")),
            ("www.example.org,", ("", "www.example.org", ",")),
            ("<someone@example.org>", ("<", "someone@example.org", ">")),
            ("@octocat", ("", "@octocat", "")),
            ("@octo-org/team!", ("", "@octo-org/team", "!")),
            ("(#123)", ("(", "#123", ")")),
            ("octo-org/repo#123", ("", "octo-org/repo#123", "")),
            ("GH-7", ("", "GH-7", "")),
            ("GHSA-jfh8-c2jp-5v3q", ("", "GHSA-jfh8-c2jp-5v3q", "")),
            ("0123abc)", ("", "0123abc", ")")),
            ("ecs-svc/1234567890).", ("", "ecs-svc/1234567890", ").")),
            ("a/b/0123456789abcdef", ("", "a/b/0123456789abcdef", "")),
            (":rocket:", ("", ":rocket:", "")),
            ("arn:aws:ecs:eu-central-1", ("", "arn:aws:ecs:eu-central-1", "")),
            ("$x$", ("", "$x$", "")),
            ("(www.)", ("", "(www.)", "")),
        ] {
            assert_eq!(to_be_code(word), Some(expected), "{word}");
        }
    }

    #[test]
    fn plain_words_stay_words() {
        for word in [
            "",
            "web1",
            "1.4.2",
            "v1.4.2-rc.1",
            "web1:42",
            "#",
            "C#",
            "GH-",
            "sha-1",
            "facade",
            "123456",
            "0:12",
            "deadbeefs",
            "a::b",
            "tasks:",
            "http:",
            "wwwroot",
        ] {
            assert_eq!(to_be_code(word), None, "{word}");
        }
    }
}
