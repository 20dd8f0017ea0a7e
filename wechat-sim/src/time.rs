//! The time of the simulator: the machine's, scaled, or moved.
//!
//! Two times differ on purpose. *Life* is what business sees: due times, expiries, `success_time`. It can be
//! moved by a day at once or run faster. *Stamps* are what signatures carry, and what the stamps of requests
//! are compared with: they stay with the base clock, since otherwise nobody's five minutes would hold.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::ensure;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;

/// How life follows the base clock: it was `life` when that showed `base`, and runs `rate` times as fast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Course {
    base: i64,
    life: i64,
    rate: f64,
}

impl Course {
    fn at(&self, base: i64) -> i64 {
        self.life.saturating_add(scaled(base.saturating_sub(self.base), self.rate))
    }
}

/// Keeps the fractions of milliseconds out: nobody counts them.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "times of some centuries")]
fn scaled(millis: i64, factor: f64) -> i64 {
    if (factor - 1.0).abs() < f64::EPSILON { millis } else { (millis as f64 * factor) as i64 }
}

#[derive(Debug)]
pub(crate) struct Time {
    clock: Arc<dyn Clock>,
    course: Mutex<Course>,
    /// Waits pass so many times faster than WeChat's.
    speed: Mutex<f64>,
    /// By how many milliseconds the stamps are off, a fault.
    skew: AtomicI64,
}

impl Time {
    pub(crate) fn new(clock: Arc<dyn Clock>, rate: f64, speed: f64) -> Self {
        let now = clock.now_millis();
        let course = Mutex::new(Course { base: now, life: now, rate });
        Self { clock, course, speed: Mutex::new(speed), skew: AtomicI64::new(0) }
    }

    fn course(&self) -> std::sync::MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Life, in milliseconds since the Unix epoch.
    pub(crate) fn now(&self) -> i64 {
        self.course().at(self.clock.now_millis())
    }

    /// What signatures carry, in milliseconds since the Unix epoch.
    pub(crate) fn stamp(&self) -> i64 {
        self.clock.now_millis().saturating_add(self.skew.load(Ordering::Relaxed))
    }

    pub(crate) fn set_skew(&self, millis: i64) {
        self.skew.store(millis, Ordering::Relaxed);
    }

    /// Moves life forward, or sets its rate, from this moment on; answers the new course.
    pub(crate) fn bend(&self, advance_millis: i64, rate: Option<f64>) -> Course {
        let base = self.clock.now_millis();
        let mut course = self.course();
        let life = course.at(base).saturating_add(advance_millis);
        *course = Course { base, life, rate: rate.unwrap_or(course.rate) };
        *course
    }

    /// Goes on from where a course that was written down is by now, at the rate there is; answers the new course.
    pub(crate) fn resume(&self, written: Option<Course>) -> Course {
        let base = self.clock.now_millis();
        let mut course = self.course();
        if let Some(written) = written {
            // The clock of the machine may have been set back meanwhile.
            *course = Course { base, life: written.at(base).max(written.life), rate: course.rate };
        }
        *course
    }

    pub(crate) fn rate(&self) -> f64 {
        self.course().rate
    }

    pub(crate) fn speed(&self) -> f64 {
        *self.speed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the speed of waits; answers by what the waits that have begun are to be multiplied.
    pub(crate) fn set_speed(&self, speed: f64) -> f64 {
        let mut current = self.speed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, speed) / speed
    }

    /// A wait of WeChat in milliseconds of life here.
    pub(crate) fn wait(&self, wait: Duration) -> i64 {
        millis(wait.div_f64(self.speed()))
    }

    /// How long the machine has to wait until life is at `due`; short enough to notice a clock that jumps.
    pub(crate) fn until(&self, due: i64) -> Duration {
        const LOOK: i64 = 50;
        let left = scaled(due.saturating_sub(self.now()), 1.0 / self.rate());
        Duration::from_millis(left.clamp(1, LOOK).unsigned_abs())
    }
}

/// What is left of a wait after the speed changed; a moment that has passed stays passed.
pub(crate) fn stretched(left: i64, factor: f64) -> i64 {
    millis(Duration::from_millis(u64::try_from(left).unwrap_or(0)).mul_f64(factor))
}

fn millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Life goes forward, and not beyond the year 2100.
pub(crate) fn check_advance(now: i64, millis: i64) -> anyhow::Result<()> {
    const LAST: i64 = 4_102_444_800_000;
    ensure!(millis >= 0, "time goes forward, not back by {} ms", millis.unsigned_abs());
    ensure!(now.saturating_add(millis) <= LAST, "time ends with the year 2099 here");
    Ok(())
}

/// Keeps speeds and rates within what durations can be multiplied with.
pub(crate) fn check_speed(speed: f64) -> anyhow::Result<()> {
    ensure!((0.001..=1_000_000.0).contains(&speed), "a speed lies between 0.001 and 1000000, not {speed}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn time() -> (Arc<ManualClock>, Time) {
        let clock = Arc::new(ManualClock::new(1_000_000));
        (Arc::clone(&clock), Time::new(clock, 1.0, 1.0))
    }

    #[test]
    fn a_day_passes_at_once_and_stamps_stay() {
        let (clock, time) = time();
        time.bend(86_400_000, None);
        clock.advance_millis(5);
        assert_eq!(time.now(), 1_000_000 + 86_400_005);
        assert_eq!(time.stamp(), 1_000_005);
    }

    #[test]
    fn a_rate_counts_from_the_moment_it_is_set() {
        let (clock, time) = time();
        clock.advance_millis(10);
        time.bend(0, Some(60.0));
        clock.advance_millis(10);
        assert_eq!(time.now(), 1_000_000 + 10 + 600);
        time.bend(0, Some(1.0));
        clock.advance_millis(10);
        assert_eq!(time.now(), 1_000_000 + 10 + 600 + 10);
    }

    #[test]
    fn waits_shrink_with_the_speed_also_those_that_have_begun() {
        let (_, time) = time();
        let factor = time.set_speed(10.0);
        assert_eq!(time.wait(Duration::from_secs(15)), 1500);
        assert_eq!(stretched(15_000, factor), 1500);
        assert_eq!(stretched(-5, factor), 0);
    }
}
