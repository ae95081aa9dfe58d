//! What runs where: apps by environments, each with a sign.

use crate::report::app::AppReport;
use crate::report::markdown::{Document, Inline};

/// A table of more environments is not read.
const MOST_ENVIRONMENTS: usize = 10;

/// How a service stands, for those who only glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    AsAsked,
    Other,
    NotAsked,
    UnderWay,
    Failed,
    NotKnown,
}

impl Sign {
    fn of(app: &AppReport) -> Self {
        let Some(standing) = &app.standing else { return Self::NotKnown };
        match app.runs_what_is_asked() {
            _ if standing.is_under_way => Self::UnderWay,
            _ if !standing.is_settled => Self::Failed,
            _ if !standing.is_known => Self::NotKnown,
            Some(true) => Self::AsAsked,
            Some(false) => Self::Other,
            None => Self::NotAsked,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::AsAsked => "✅",
            Self::Other => "🔸",
            Self::NotAsked => "▫️",
            Self::UnderWay => "⏳",
            Self::Failed => "❌",
            Self::NotKnown => "❔",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::AsAsked => "runs what the checkout asks for",
            Self::Other => "runs something else",
            Self::NotAsked => "what the checkout asks for is not known",
            Self::UnderWay => "a deployment is in progress",
            Self::Failed => "its newest deployment has not succeeded",
            Self::NotKnown => "what runs, or the state of its deployment, is not known",
        }
    }
}

/// Adds the table, of at most so many rows; gives whether there is one: of services in
/// environments that were only looked at.
pub(super) fn table(page: &mut Document, apps: &[AppReport], most_rows: usize) -> bool {
    let environments = without_twins(apps.iter().filter_map(|app| app.asked.environment.as_ref()));
    let names = without_twins(apps.iter().map(name));
    let is_status = apps.iter().any(|app| app.standing.is_some());
    if !is_status || environments.is_empty() || environments.len() > MOST_ENVIRONMENTS {
        return false;
    }
    let row = |app: &&str| {
        let own = |environment: &&String| {
            let is_it = |it: &&AppReport| {
                name(it) == *app && it.asked.environment.as_ref() == Some(*environment)
            };
            let cells: Vec<Inline> = apps.iter().filter(is_it).map(cell).collect();
            Inline::joined(cells, ", ")
        };
        std::iter::once(Inline::text(app)).chain(environments.iter().map(own)).collect()
    };
    let rows: Vec<Vec<Inline>> = names.iter().take(most_rows).map(row).collect();
    let titles: Vec<Inline> = std::iter::once(Inline::text("app"))
        .chain(environments.iter().map(|it| Inline::text(it)))
        .collect();
    page.table(&titles, &rows);
    let mut signs: Vec<Sign> = apps.iter().map(Sign::of).collect();
    signs.sort_unstable();
    signs.dedup();
    let legend: Vec<String> =
        signs.iter().map(|it| format!("{} {}", it.sign(), it.meaning())).collect();
    page.paragraph(&Inline::text(&legend.join(" · ")));
    true
}

fn name(app: &AppReport) -> &str {
    app.asked.app.as_deref().unwrap_or_else(|| app.asked.subject.name())
}

fn cell(app: &AppReport) -> Inline {
    let sign = Inline::text(Sign::of(app).sign());
    match (&app.versions.running, &app.standing) {
        (Some(runs), _) => sign.then(Inline::text(" ")).then(Inline::code(&runs.name())),
        (None, Some(_)) => sign.then(Inline::text(" no task")),
        (None, None) => sign,
    }
}

fn without_twins<'a, T: PartialEq + ?Sized>(all: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
    let mut single: Vec<&T> = Vec::new();
    for one in all {
        if !single.contains(&one) {
            single.push(one);
        }
    }
    single
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::report::app::Standing;
    use crate::report::outcome::Outcome;
    use crate::report::samples::{report, side};

    fn standing(is_under_way: bool, is_settled: bool) -> Option<Standing> {
        Some(Standing {
            since: None,
            stands: String::new(),
            is_settled,
            is_under_way,
            is_known: true,
        })
    }

    /// The app in the environment, which runs this.
    fn app(name: &str, environment: &str, runs: &str) -> AppReport {
        let mut app = report(Outcome::Listed);
        (app.asked.app, app.asked.environment) = (Some(name.into()), Some(environment.into()));
        app.versions.running = Some(side(runs, 42));
        app.standing = standing(false, true);
        app
    }

    #[test]
    fn apps_are_rows_and_environments_columns() {
        let mut under_way = app("shop", "prod", "1.4.1");
        under_way.standing = standing(true, false);
        let mut failed = app("web", "prod", "1.4.2");
        failed.standing = standing(false, false);
        let mut unread = app("jobs", "prod", "1.4.2");
        (unread.standing, unread.versions.running) = (None, None);
        let mut unsure = app("docs", "prod", "1.4.2");
        unsure.standing = standing(false, true).map(|it| Standing { is_known: false, ..it });
        let mut not_asked = app("jobs", "staging", "1.4.2");
        not_asked.versions.to = None;
        let mut idle = app("a|b <i>@all</i>", "staging", "1.4.2");
        idle.versions.running = None;
        let apps = [
            app("shop", "staging", "1.4.2"),
            under_way,
            app("web", "staging", "1.4.1"),
            failed,
            not_asked,
            unread,
            unsure,
            idle,
        ];
        let mut page = Document::default();
        assert!(table(&mut page, &apps, 9));
        expect![[r#"
            | app | staging | prod |
            | --- | --- | --- |
            | shop | ✅ `1.4.2` | ⏳ `1.4.1` |
            | web | 🔸 `1.4.1` | ❌ `1.4.2` |
            | jobs | ▫️ `1.4.2` | ❔ |
            | docs |  | ❔ `1.4.2` |
            | a&#124;b &lt;`i>@all</i`&gt; | ▫️ no task |  |

            ✅ runs what the checkout asks for · 🔸 runs something else · ▫️ what the checkout asks for is not known · ⏳ a deployment is in progress · ❌ its newest deployment has not succeeded · ❔ what runs, or the state of its deployment, is not known
        "#]].assert_eq(&page.to_string());
    }

    #[test]
    fn without_environments_or_standings_there_is_no_table() {
        let mut alone = app("shop", "prod", "1.4.2");
        alone.asked.environment = None;
        let mut deployed = app("shop", "prod", "1.4.2");
        deployed.standing = None;
        for apps in [[alone.clone(), alone], [deployed.clone(), deployed]] {
            let mut page = Document::default();
            assert!(!table(&mut page, &apps, 9));
            assert_eq!(page, Document::default());
        }
    }
}
