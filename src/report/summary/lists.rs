//! Lists that end where they would be too long.

use crate::problem::Problem;
use crate::report::markdown::{Document, Inline};

/// Items shown of one list.
const LONGEST_LIST: usize = 50;

pub(super) fn problem(problem: &Problem) -> Inline {
    let place = problem.location.as_ref().map(|place| {
        let column = place.column.map(|column| format!(":{column}")).unwrap_or_default();
        Inline::text(" (")
            .then(Inline::code(&format!("{}:{}{column}", place.file, place.line)))
            .then(Inline::text(")"))
    });
    let message = Inline::prose(&problem.message).then(place.unwrap_or_default());
    match &problem.hint {
        Some(hint) => message.then(Inline::text(" — ")).then(Inline::prose(hint)),
        None => message,
    }
}

pub(super) fn titled_list(
    page: &mut Document,
    title: &'static str,
    items: impl ExactSizeIterator<Item = Inline>,
) {
    if items.len() > 0 {
        page.paragraph(&Inline::markup(title));
        list(page, items);
    }
}

pub(super) fn list(page: &mut Document, items: impl ExactSizeIterator<Item = Inline>) {
    let cut = items.len().saturating_sub(LONGEST_LIST);
    let more = (cut > 0).then(|| Inline::text(&format!("… and {cut} more")));
    page.list(items.take(LONGEST_LIST).chain(more));
}
