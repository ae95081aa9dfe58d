//! The simulator's time: tokio's clock, counted from an origin in the past.
//!
//! Inside the crate an instant is the time since the world's [origin], which
//! lies 200 days before the simulator was made, so that a service can have a
//! history. To the outside instants are the time since the simulator was made.
//! Under a paused tokio runtime all of it is virtual.
//!
//! [origin]: LEAD

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Number, Value};

/// An instant: the time since the world's origin.
pub(crate) type Time = Duration;

/// How long the world existed before the simulator was made.
pub(crate) const LEAD: Duration = Duration::from_secs(200 * 24 * 60 * 60);

/// 2026-01-01T00:00:00Z: when a simulator with a fixed calendar is made.
const FIXED_START: Duration = Duration::from_secs(1_767_225_600);

/// Tells the time and writes it as AWS and GitHub do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    made: tokio::time::Instant,
    calendar: Calendar,
}

/// Which date an instant has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    /// Seconds since 1970 of the world's origin.
    origin: Duration,
}

impl Clock {
    /// A clock whose calendar starts on 2026-01-01, the same in every run.
    pub(crate) fn with_fixed_calendar() -> Self {
        Self::starting_at(FIXED_START)
    }

    /// A clock whose calendar agrees with the machine's.
    #[allow(clippy::disallowed_methods, reason = "the one place that wants the machine's date")]
    pub(crate) fn with_machine_calendar() -> Self {
        Self::starting_at(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(FIXED_START))
    }

    fn starting_at(epoch: Duration) -> Self {
        Self {
            made: tokio::time::Instant::now(),
            calendar: Calendar { origin: epoch.saturating_sub(LEAD) },
        }
    }

    pub(crate) fn now(&self) -> Time {
        LEAD + self.made.elapsed()
    }

    pub(crate) fn calendar(&self) -> Calendar {
        self.calendar
    }
}

impl Calendar {
    /// An instant as awsJson writes it: seconds since 1970, to the millisecond.
    pub(crate) fn stamp(&self, time: Time) -> Value {
        let millis = (self.origin + time).as_millis();
        // Exact in an f64 for another 280,000 years.
        let seconds = millis as f64 / 1000.0;
        Value::Number(Number::from_f64(seconds).expect("a date is finite"))
    }

    /// An instant as CloudWatch Logs writes it: milliseconds since 1970.
    pub(crate) fn millis(&self, time: Time) -> u64 {
        u64::try_from((self.origin + time).as_millis()).unwrap_or(u64::MAX)
    }

    /// Whole seconds since 1970.
    pub(crate) fn seconds(&self, time: Time) -> u64 {
        (self.origin + time).as_secs()
    }

    /// An instant as GitHub writes it, such as `2026-01-01T00:00:00Z`.
    pub(crate) fn date(&self, time: Time) -> String {
        let Date { year, month, day, hour, minute, second, .. } = self.read(time);
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// An instant as HTTP's `date` has it, such as `Thu, 01 Jan 2026 00:00:00 GMT`.
    pub(crate) fn http_date(&self, time: Time) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let Date { year, month, day, hour, minute, second, weekday } = self.read(time);
        let (weekday, month) = (DAYS[weekday], &MONTHS[3 * month - 3..3 * month]);
        format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
    }

    fn read(&self, time: Time) -> Date {
        let seconds = self.seconds(time);
        let (of_day, days) = (seconds % 86_400, seconds / 86_400);
        let (mut year, mut month, mut day) = (1970, 1, days);
        while day >= days_of_month(year, month) {
            day -= days_of_month(year, month);
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let weekday = usize::try_from(days % 7).unwrap_or_default();
        Date { year, month, day: day + 1, hour, minute, second, weekday }
    }
}

/// The time since the simulator was made; zero for what happened before.
pub(crate) fn since_made(time: Time) -> Duration {
    time.saturating_sub(LEAD)
}

/// An instant by the calendar, in UTC.
struct Date {
    year: u64,
    /// Counted from 1, as the day.
    month: usize,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    /// Since Thursday, the first of 1970.
    weekday: usize,
}

fn days_of_month(year: u64, month: usize) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
