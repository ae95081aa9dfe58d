//! Where the time of a rollout went, as a picture and in words.

use std::time::Duration;

use crate::report::app::RolloutReport;
use crate::report::markdown::{Document, Inline};
use crate::rollout::{Activity, Span, totals};
use crate::text::duration;

/// Of what took less there is nothing to tell.
const WORTH_TELLING: u64 = 10;
/// A chart has at most so many bars.
const MOST_BARS: usize = 12;
/// A chart shows less than a day.
const DAY: u64 = 24 * 60 * 60;

pub(super) fn where_the_time_went(
    page: &mut Document,
    rollout: &RolloutReport,
    with_picture: bool,
) {
    let spans = rollout.spans.as_slice();
    let totals = totals(spans);
    let seconds: u64 = totals.iter().map(|(_, seconds)| seconds).sum();
    if totals.len() < 2 || seconds < WORTH_TELLING {
        return;
    }
    if with_picture && spans.len() <= MOST_BARS && seconds < DAY {
        let bar = |span: &Span| (span.activity.as_str(), span.from.as_secs(), span.seconds());
        page.gantt(&spans.iter().map(bar).collect::<Vec<_>>());
    }
    let part = |(activity, seconds): &(Activity, u64)| {
        format!("{} {}", activity.as_str(), duration(Duration::from_secs(*seconds)))
    };
    let parts: Vec<String> = totals.iter().map(part).collect();
    let title = Inline::markup(match rollout.is_adopted {
        false => "**Where the time went:** ",
        true => "**Where the time went since this run began to follow it:** ",
    });
    page.paragraph(&title.then(Inline::text(&parts.join(" · "))));
    if let Some(slow) = &rollout.slow {
        page.paragraph(&Inline::prose(slow));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// One thing after the other, each until so many seconds have passed.
    fn spans(until: &[(Activity, u64)]) -> Vec<Span> {
        let ends = until.iter().map(|(_, seconds)| *seconds);
        let begins = std::iter::once(0).chain(ends.clone());
        let span = |((activity, _), (from, until)): (&(Activity, u64), (u64, u64))| Span {
            activity: *activity,
            from: Duration::from_secs(from),
            until: Duration::from_secs(until),
        };
        until.iter().zip(begins.zip(ends)).map(span).collect()
    }

    fn page(spans: &[Span], with_picture: bool) -> String {
        let mut page = Document::default();
        let rollout = RolloutReport { spans: spans.to_vec(), ..RolloutReport::default() };
        where_the_time_went(&mut page, &rollout, with_picture);
        page.to_string()
    }

    #[test]
    fn the_picture_and_the_line_say_the_same() {
        let rollout = spans(&[
            (Activity::Pending, 4),
            (Activity::Starting, 35),
            (Activity::HealthChecks, 95),
            (Activity::Starting, 125),
            (Activity::Draining, 3_665),
        ]);
        expect![[r#"
            ```mermaid
            gantt
                dateFormat HH:mm:ss
                axisFormat %H:%M
                todayMarker off
                pending :00:00:00, 4s
                tasks starting :00:00:04, 31s
                health checks :00:00:35, 60s
                tasks starting :00:01:35, 30s
                draining :00:02:05, 3540s
            ```

            **Where the time went:** pending 4 s · tasks starting 1 m 1 s · health checks 1 m · draining 59 m
        "#]].assert_eq(&page(&rollout, true));
        assert!(page(&rollout, false).starts_with("**Where the time went:** pending 4 s · "));
        let mut document = Document::default();
        let adopted =
            RolloutReport { spans: rollout, is_adopted: true, ..RolloutReport::default() };
        where_the_time_went(&mut document, &adopted, false);
        let title = "**Where the time went since this run began to follow it:** pending 4 s";
        assert!(document.to_string().starts_with(title));
    }

    #[test]
    fn nothing_is_shown_that_says_nothing() {
        let (short, alone) = (
            spans(&[(Activity::Pending, 4), (Activity::Starting, 9)]),
            spans(&[(Activity::RollingBack, 400)]),
        );
        assert_eq!([page(&short, true), page(&alone, true), page(&[], true)], ["", "", ""]);
        // What nobody could read gets no picture.
        let batches: Vec<(Activity, u64)> = (1..=7)
            .flat_map(|at| [(Activity::Starting, at * 20 - 10), (Activity::HealthChecks, at * 20)])
            .collect();
        let days = spans(&[(Activity::Starting, 60), (Activity::Person, 2 * DAY)]);
        for spans in [spans(&batches), days] {
            assert!(page(&spans, true).starts_with("**Where the time went:** tasks starting 1 m"));
        }
    }
}
