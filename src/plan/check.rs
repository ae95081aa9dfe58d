//! The check of the new version, with what is known of its image in the texts that it has to
//! answer with.

use super::images::Images;
use crate::problem::Problem;
use crate::request::Check;
use crate::version::{Placeholder, fill};

/// What is asked once the new version is there.
#[derive(Debug, Clone)]
pub(crate) struct PlannedCheck {
    /// Without placeholders.
    pub check: Check,
    /// The status that it answered before.
    pub now: u16,
}

impl PlannedCheck {
    /// # Errors
    /// A text takes what is not known of the image.
    pub(crate) fn of(check: &Check, images: &Images, now: u16) -> Result<Self, Problem> {
        let image = &images.first.image;
        let filled = |input: &str, text: &str| {
            fill(text, |placeholder| {
                image.known(placeholder).map_err(|(why, hint)| {
                    let placeholder = placeholder.as_str();
                    Problem::new(format!("`{input}` uses {placeholder}, but {why}")).hint(hint)
                })
            })
        };
        let mut check = check.clone();
        if let Some(text) = &mut check.body {
            *text = filled("check-body", text)?;
        }
        if let Some((_, text)) = &mut check.header {
            *text = filled("check-header", text)?;
        }
        Ok(Self { check, now })
    }

    pub(super) fn line(&self) -> String {
        format!("then check {} (now it answers {})", self.check, self.now)
    }
}

/// Texts that were probably meant to take something.
pub(crate) fn almost_taken(check: &Check) -> impl Iterator<Item = Problem> {
    check.texts().filter_map(|(input, text)| {
        let meant = Placeholder::almost_in(text)?.as_str();
        let message =
            format!("`{input}` has something like {meant} in it, which is taken literally");
        Some(Problem::new(message).hint(format!("Did you mean {meant}?")))
    })
}
