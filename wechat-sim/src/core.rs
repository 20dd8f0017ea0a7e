//! The heart all parts share: the state, the time and the way to change one at the other.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::faults::Faults;
use crate::journal::Journal;
use crate::nonces::Nonces;
use crate::quotas::Quotas;
use crate::settings::Settings;
use crate::time::{Time, stretched};
use crate::world::World;
use crate::world::store::{SaveFailed, Store, Writing};

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) settings: Settings,
    world: Mutex<World>,
    store: Mutex<Option<Store>>,
    pub(crate) time: Time,
    faults: Mutex<Faults>,
    nonces: Mutex<Nonces>,
    journal: Mutex<Journal>,
    quotas: Mutex<Quotas>,
    /// Rouses the worker of what happens by itself.
    pub(crate) wake: Notify,
    pub(crate) client: reqwest::Client,
    /// `http://127.0.0.1:port`, once the simulator listens.
    pub(crate) base_url: std::sync::OnceLock<String>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(crate) fn open(settings: Settings) -> anyhow::Result<Self> {
        settings.check()?;
        let time = Time::new(Arc::clone(&settings.clock), settings.rate, settings.speed);
        let (store, world) = match &settings.state_path {
            Some(path) => Store::open(path).map(|(store, world)| (Some(store), world))?,
            None => (None, World::default()),
        };
        let course = time.resume(world.course.get("now").copied());
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.notify_timeout)
            .build()?;
        let core = Self {
            faults: Mutex::new(Faults::new(settings.chaos)),
            settings,
            world: Mutex::new(world),
            store: Mutex::new(store),
            time,
            nonces: Mutex::default(),
            journal: Mutex::default(),
            quotas: Mutex::default(),
            wake: Notify::new(),
            client,
            base_url: std::sync::OnceLock::new(),
        };
        core.change(|world, now| {
            world.loaded(now);
            world.course.insert("now", course);
            Ok::<_, SaveFailed>(())
        })?;
        Ok(core)
    }

    /// Where the simulator serves.
    pub(crate) fn base_url(&self) -> &str {
        self.base_url.get().map_or("http://127.0.0.1", String::as_str)
    }

    /// Life, in milliseconds since the Unix epoch.
    pub(crate) fn now(&self) -> i64 {
        self.time.now()
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&locked(&self.world))
    }

    pub(crate) fn faults<T>(&self, work: impl FnOnce(&mut Faults) -> T) -> T {
        work(&mut locked(&self.faults))
    }

    pub(crate) fn nonces<T>(&self, work: impl FnOnce(&mut Nonces) -> T) -> T {
        work(&mut locked(&self.nonces))
    }

    pub(crate) fn journal<T>(&self, work: impl FnOnce(&mut Journal) -> T) -> T {
        work(&mut locked(&self.journal))
    }

    pub(crate) fn quotas<T>(&self, work: impl FnOnce(&mut Quotas) -> T) -> T {
        work(&mut locked(&self.quotas))
    }

    /// Changes the state and waits until that is written down, before the caller can tell anybody about it. Work
    /// that fails has changed nothing. A state that could not be written stays in memory: its outcome is
    /// unknown to the caller, as after a timeout, and repeating the call finds what happened.
    pub(crate) fn change<T, E: From<SaveFailed>>(
        &self,
        work: impl FnOnce(&mut World, i64) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut world = locked(&self.world);
        let now = self.now();
        let done = match catch_unwind(AssertUnwindSafe(|| work(&mut world, now))) {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => {
                world.undo();
                return Err(error);
            }
            // Half a change is none: the next one must not write it down.
            Err(panic) => {
                world.undo();
                drop(world);
                resume_unwind(panic);
            }
        };
        let writing = self.hand_over(&mut world);
        drop(world);
        self.wake.notify_one();
        writing.map_or(Ok(()), Writing::wait).map_err(E::from)?;
        Ok(done)
    }

    /// In the order of the changes, since the world is locked.
    fn hand_over(&self, world: &mut World) -> Option<Writing> {
        match (&*locked(&self.store), &self.settings.state_path) {
            (Some(store), _) => {
                let rows = world.rows();
                (!rows.is_empty()).then(|| store.write(rows))
            }
            // Shut down: what is not written must not be answered.
            (None, Some(_)) => Some(Writing::refused()),
            (None, None) => {
                world.settle();
                None
            }
        }
    }

    /// A change that only the state file can refuse.
    ///
    /// # Panics
    ///
    /// When the state file cannot be written.
    pub(crate) fn set<T>(&self, work: impl FnOnce(&mut World, i64) -> T) -> T {
        self.change(|world, now| Ok::<T, SaveFailed>(work(world, now)))
            .expect("the state file can be written")
    }

    /// Moves blocking work (the state file, RSA) off the threads that serve connections.
    pub(crate) async fn off_thread<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> T {
        let core = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&core)).await {
            Ok(done) => done,
            Err(error) => resume_unwind(error.into_panic()),
        }
    }

    /// Sets the speed, also of the waits that have begun.
    pub(crate) fn set_speed(&self, speed: f64) -> Result<(), SaveFailed> {
        let factor = self.time.set_speed(speed);
        self.change(|world, now| {
            world.retime(|at| if at <= now { at } else { now.saturating_add(stretched(at - now, factor)) });
            Ok(())
        })
    }

    /// Moves life forward, or sets its rate.
    pub(crate) fn bend_time(&self, advance_millis: i64, rate: Option<f64>) -> Result<(), SaveFailed> {
        let course = self.time.bend(advance_millis, rate);
        self.change(|world, _| {
            world.course.insert("now", course);
            Ok(())
        })
    }

    pub(crate) fn close_store(&self) {
        let store = locked(&self.store).take();
        if let Some(store) = store {
            store.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_change_is_none_also_when_it_panics() {
        let core = Core::open(Settings::default()).unwrap();
        let half = catch_unwind(AssertUnwindSafe(|| {
            core.set(|world, _| {
                world.transactions.insert("t", "half".to_owned());
                panic!("in the middle");
            });
        }));
        assert!(half.is_err());
        core.set(|world, _| world.transactions.insert("u", "whole".to_owned()));
        let there = core.read(|world| (world.transactions.contains("t"), world.transactions.contains("u")));
        assert_eq!(there, (false, true));
    }
}
