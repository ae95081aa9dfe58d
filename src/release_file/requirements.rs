//! Whether what apps require of each other can be met in an order.

use super::file::ReleaseFile;
use super::read::Reading;
use crate::document::Place;
use crate::problem::Problem;
use crate::text::meant;

pub(super) fn check(file: &ReleaseFile, reading: &mut Reading<'_>) {
    for app in &file.apps {
        for (place, required) in &app.requires {
            if file.app(&required.app).is_some() {
                continue;
            }
            let message =
                format!("`requires` of app {}: there is no app {}", app.name, required.app);
            let names = file.apps.iter().map(|app| app.name.as_str());
            let problem = Problem::new(message);
            reading.note(
                *place,
                match meant(required.app.as_str(), names) {
                    Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
                    None => problem,
                },
            );
        }
    }
    let mut search =
        Search { file, path: Vec::new(), is_done: vec![false; file.apps.len()], found: Vec::new() };
    (0..file.apps.len()).for_each(|at| search.visit(at));
    for (place, names) in search.found {
        let message = format!("`requires` is circular: {}", names.join(" → "));
        reading.note(place, Problem::new(message).hint("remove one of these requirements"));
    }
}

/// A search for circles, depth first.
struct Search<'a> {
    file: &'a ReleaseFile,
    path: Vec<usize>,
    is_done: Vec<bool>,
    /// Each with the place of the requirement that closes it.
    found: Vec<(Place, Vec<&'a str>)>,
}

impl Search<'_> {
    fn visit(&mut self, at: usize) {
        if self.is_done[at] {
            return;
        }
        self.path.push(at);
        let file = self.file;
        for (place, required) in &file.apps[at].requires {
            let Some(next) = file.apps.iter().position(|app| app.name == required.app) else {
                continue;
            };
            match self.path.iter().position(|it| *it == next) {
                Some(begin) => {
                    let circle = self.path[begin..].iter().chain([&next]);
                    let names = circle.map(|at| file.apps[*at].name.as_str()).collect();
                    self.found.push((*place, names));
                }
                None => self.visit(next),
            }
        }
        self.path.pop();
        self.is_done[at] = true;
    }
}
