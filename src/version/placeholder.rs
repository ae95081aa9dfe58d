//! What a text may say of an image without knowing it: `{version}`, `{tag}`, `{digest}` and
//! `{commit}`. Texts with other braces, such as JSON, are what they are.

use crate::text::meant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholder {
    Version,
    Tag,
    Digest,
    Commit,
}

impl Placeholder {
    const ALL: [Self; 4] = [Self::Version, Self::Tag, Self::Digest, Self::Commit];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Version => "{version}",
            Self::Tag => "{tag}",
            Self::Digest => "{digest}",
            Self::Commit => "{commit}",
        }
    }

    fn word(self) -> &'static str {
        self.as_str().trim_matches(['{', '}'])
    }

    /// Whether `text` takes it.
    pub(crate) fn is_in(self, text: &str) -> bool {
        fill(text, |it| if it == self { Err(()) } else { Ok(String::new()) }).is_err()
    }

    /// The one that was probably meant by something else in braces.
    pub(crate) fn almost_in(text: &str) -> Option<Self> {
        let words = text.match_indices('{').filter_map(|(at, _)| {
            let (word, _) = text[at + 1..].split_once('}')?;
            (!text[..at].ends_with('$') && !word.contains('{')).then_some(word)
        });
        let all = || Self::ALL.iter().map(|it| it.word());
        let mut others = words.filter(|word| all().all(|it| it != *word));
        let meant = others.find_map(|word| meant(word.trim(), all()))?;
        Self::ALL.into_iter().find(|it| it.word() == meant)
    }
}

/// `text` with what `of` gives in the place of each placeholder.
///
/// In doubled braces one stands for itself, `{{version}}` for `{version}`. Behind a `$` it is
/// somebody else's, such as Spring's, and stays. So does every other byte.
///
/// # Errors
/// The first that `of` gives.
pub(crate) fn fill<E>(
    text: &str,
    of: impl Fn(Placeholder) -> Result<String, E>,
) -> Result<String, E> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, placeholder)) = first_in(rest) {
        let (before, after) = rest.split_at(at);
        let own = placeholder.as_str();
        let after = &after[own.len()..];
        match (before.strip_suffix('{'), after.strip_prefix('}')) {
            (Some(before), Some(after)) => {
                filled.push_str(before);
                filled.push_str(own);
                rest = after;
                continue;
            }
            _ => filled.push_str(before),
        }
        if before.ends_with('$') {
            filled.push_str(own);
        } else {
            filled.push_str(&of(placeholder)?);
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn first_in(text: &str) -> Option<(usize, Placeholder)> {
    let found = Placeholder::ALL.into_iter().filter_map(|it| Some((text.find(it.as_str())?, it)));
    found.min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str) -> String {
        let of = |it: Placeholder| Ok::<_, Infallible>(format!("<{}>", it.word()));
        fill(text, of).unwrap_or_default()
    }

    #[test]
    fn the_four_names_are_filled_and_nothing_else() {
        for (text, expected) in [
            ("{version}", "<version>"),
            ("v{version} {tag}@{digest}/{commit}", "v<version> <tag>@<digest>/<commit>"),
            ("{version}{version}", "<version><version>"),
            (r#"{"version":"{version}","a":{}}"#, r#"{"version":"<version>","a":{}}"#),
            ("{{version}}", "{version}"),
            ("{{{version}}}", "{{version}}"),
            ("{{version}", "{<version>"),
            ("{version}}", "<version>}"),
            ("${version} ${tag}", "${version} ${tag}"),
            (
                "{name} {Version} { version } {verison} {{x}}",
                "{name} {Version} { version } {verison} {{x}}",
            ),
            ("", ""),
        ] {
            assert_eq!(filled(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let of = |_| Ok::<_, Infallible>("{tag}".to_owned());
        assert_eq!(fill("{version}{tag}", of).unwrap_or_default(), "{tag}{tag}");
    }

    #[test]
    fn a_near_miss_is_known_and_other_braces_are_no_miss() {
        for (text, meant) in [
            ("{verison}", Some(Placeholder::Version)),
            ("a {tag} { Digest }", Some(Placeholder::Digest)),
            ("{comit}", Some(Placeholder::Commit)),
            ("{{tga}}", Some(Placeholder::Tag)),
            ("{version} {tag} {{digest}}", None),
            ("${VERSION}", None),
            (r#"{"tag":1,"commit":{}}"#, None),
            ("{name}-{environment} {} {", None),
        ] {
            assert_eq!(Placeholder::almost_in(text), meant, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_the_four_goes_through_byte_for_byte(text in r#"[{}$a-z":\\ é]{0,30}"#) {
            prop_assume!(Placeholder::ALL.iter().all(|it| !text.contains(it.as_str())));
            prop_assert_eq!(filled(&text), text);
        }

        #[test]
        fn any_text_can_be_written_by_doubling_the_braces(
            parts in prop::collection::vec(r"\{version\}|\{tag\}|[{}a-z ]{0,3}", 0..8),
        ) {
            let text = parts.concat();
            let double = |text: String, it: &Placeholder| {
                text.replace(it.as_str(), &format!("{{{}}}", it.as_str()))
            };
            let doubled = Placeholder::ALL.iter().fold(text.clone(), double);
            prop_assert_eq!(filled(&doubled), text);
        }

        #[test]
        fn a_placeholder_is_in_what_filling_it_changes(text in r"(\{(version|tag|digest|commit)\}|[{}$a]){0,6}") {
            let is_in = Placeholder::ALL.iter().any(|it| it.is_in(&text));
            let asked = std::cell::Cell::new(false);
            let of = |_| { asked.set(true); Ok::<_, Infallible>(String::new()) };
            let _ = fill(&text, of);
            prop_assert_eq!(is_in, asked.get());
        }
    }
}
