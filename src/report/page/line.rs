//! When what ran, as bars on a line of time, and beside them what did not get there.

use std::time::SystemTime;

use super::html::Html;
use crate::problem::utc;
use crate::report::listing::{Period, Version, Went, minute};

/// Periods of one service that are drawn: the newest.
const BARS: usize = 100;

/// From the first to the last moment of an app.
pub(super) struct Scale {
    from: SystemTime,
    until: SystemTime,
}

impl Scale {
    /// `None` where no time is known.
    pub(super) fn of<'a>(
        versions: impl Iterator<Item = &'a Version>,
        now: Option<SystemTime>,
    ) -> Option<Self> {
        let periods = versions.flat_map(|it| &it.runs);
        let times: Vec<SystemTime> = periods.flat_map(|it| [it.from, it.until]).flatten().collect();
        let from = *times.iter().min()?;
        let until = times.into_iter().chain(now).max()?;
        Some(Self { from, until })
    }

    /// How far along it a moment is, 0 to 100.
    fn percent(&self, at: SystemTime) -> f64 {
        let since_start =
            |at: SystemTime| at.duration_since(self.from).unwrap_or_default().as_secs_f64();
        let whole = since_start(self.until).max(1.0);
        (since_start(at) / whole * 100.0).clamp(0.0, 100.0)
    }

    /// Its two ends and its middle.
    pub(super) fn axis(&self) -> Html {
        let whole = self.until.duration_since(self.from).unwrap_or_default();
        let ends = [self.from, self.from + whole / 2, self.until];
        Html::element("p", &[("class", "axis")], ends.into_iter().map(time).collect())
    }

    /// The periods of one service. Those of the first `shown` versions are links to them,
    /// whose ids begin with `id`.
    pub(super) fn track(&self, id: &str, versions: &[Version], shown: usize) -> Html {
        let mut periods: Vec<(usize, &Version, &Period)> = Vec::new();
        for (at, version) in versions.iter().enumerate() {
            periods.extend(version.runs.iter().map(|it| (at, version, it)));
        }
        periods.sort_by_key(|(_, _, it)| std::cmp::Reverse(it.from));
        let more = periods.len().saturating_sub(BARS);
        periods.truncate(BARS);
        // Read in the order of time.
        let bars: Html = periods
            .into_iter()
            .rev()
            .map(|(at, version, period)| {
                let id = (at < shown).then(|| format!("#{id}-{at}"));
                self.bar(id.as_deref(), version, period)
            })
            .collect();
        if bars.is_empty() {
            return Html::of("p", "track none", "No deployment is on record.");
        }
        let track = Html::element("ol", &[("class", "track")], bars);
        if more == 0 {
            return track;
        }
        track.then(Html::of("p", "soft", &format!("{more} earlier periods are not drawn.")))
    }

    fn bar(&self, id: Option<&str>, version: &Version, period: &Period) -> Html {
        let runs = runs(version, period);
        let begin = period.from.map_or(0.0, |it| self.percent(it));
        let end = match period.until {
            Some(until) => self.percent(until),
            None if runs => 100.0,
            None => begin,
        };
        let style = format!("--at:{begin:.2}%;--for:{:.2}%", (end - begin).max(0.0));
        let (kind, sign) = kind(runs, period.went);
        let name = version.name.to_string();
        let words = Html::text(": ").then(during(version, period));
        let inside = Html::of("span", "sign", sign)
            .then(Html::of("span", "name", &name))
            .then(Html::element("span", &[("class", "said")], words));
        let inside = match id {
            Some(id) => Html::element("a", &[("href", id)], inside),
            None => Html::element("span", &[], inside),
        };
        Html::element("li", &[("class", kind), ("style", &style)], inside)
    }
}

/// What a period is drawn as: its class, and a sign for those who do not see colours.
pub(super) fn kind(runs: bool, went: Went) -> (&'static str, &'static str) {
    match went {
        _ if runs => ("now", "▶"),
        Went::Well => ("well", "✓"),
        Went::Back => ("back", "↩"),
        Went::Wrong => ("wrong", "✕"),
        Went::Open => ("open", "…"),
    }
}

/// Whether it is the period in which the version runs now.
pub(super) fn runs(version: &Version, period: &Period) -> bool {
    version.running && period.until.is_none() && matches!(period.went, Went::Well | Went::Back)
}

/// From when to when, and how it ended.
pub(super) fn during(version: &Version, period: &Period) -> Html {
    let from = period.from.map_or_else(|| Html::text("from an unknown time"), time);
    let until = match period.until {
        Some(until) => Html::text(" until ").then(time(until)),
        None if runs(version, period) => Html::text(" until now"),
        None => Html::default(),
    };
    from.then(until).then(Html::text(", ")).then(Html::text(&period.ended))
}

/// `2026-01-01 10:03`, in UTC.
pub(super) fn time(at: SystemTime) -> Html {
    let (Some(exact), Some(shown)) = (utc(at), minute(at)) else { return Html::default() };
    Html::element("time", &[("datetime", &exact)], Html::text(&shown))
}
