//! Texts of AWS that may quote a definition.

use super::definition::TaskDefinition;

/// A shorter value is often a word or a number like any other: it is taken for a quotation
/// only where it stands in quotes or behind an equals sign.
const LONG: usize = 8;

impl TaskDefinition {
    /// `text` with `***` in the place of each value of a variable.
    pub fn masked(&self, text: &str) -> String {
        let variables =
            self.container_values().filter_map(|it| it["environment"].as_array()).flatten();
        let mut values: Vec<_> = variables
            .filter_map(|variable| variable["value"].as_str())
            .filter(|value| !value.is_empty() && !self.is_named_by_an_image(value))
            .collect();
        // One may be a part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.iter().fold(text.to_owned(), |text, value| without(&text, value))
    }
}

impl TaskDefinition {
    /// A version or a digest, which a message about an image needs.
    fn is_named_by_an_image(&self, value: &str) -> bool {
        self.containers().filter_map(|it| it.image).any(|image| image.ends_with(value))
    }
}

fn without(text: &str, value: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(value) {
        masked.push_str(before);
        let (left, right) = (masked.chars().next_back(), after.chars().next());
        let is_quoted = left == Some('=')
            || (left == right && left.is_some_and(|it| ['\'', '"', '`'].contains(&it)));
        let is_word = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
        let is_whole = value.len() >= LONG && !is_word(left) && !is_word(right);
        masked.push_str(if is_quoted || is_whole { "***" } else { value });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::task_definition::tests::definition;

    #[test]
    fn a_value_is_masked_where_it_is_quoted_and_a_short_word_stays_a_word() {
        let variables =
            ["hunter2-and-more", "hunter2", "1", "", "hunter2-and-more\nlines", "main-3f2a91c"];
        let environment: Vec<_> =
            variables.iter().map(|value| json!({ "name": "A", "value": value })).collect();
        let definition = definition(&json!({
            "family": "a",
            "containerDefinitions": [
                { "name": "web", "environment": environment, "image": "shop:main-3f2a91c" },
            ],
        }));
        for (text, expected) in [
            ("Invalid value 'hunter2' for 1 variable", "Invalid value '***' for 1 variable"),
            ("Invalid A=hunter2-and-more.", "Invalid A=***."),
            ("Invalid (hunter2-and-more)", "Invalid (***)"),
            ("got \"1\", not 1", "got \"***\", not 1"),
            ("got hunter2-and-more\nlines", "got ***"),
            ("cannot pull shop:main-3f2a91c", "cannot pull shop:main-3f2a91c"),
            ("nothing", "nothing"),
            ("", ""),
        ] {
            assert_eq!(definition.masked(text), expected);
        }
    }
}
