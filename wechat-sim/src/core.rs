//! The heart all parts share: the state, the time and the way to change one at the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::pay::refund;
use crate::settings::Settings;
use crate::state::World;
use crate::store::{SaveFailed, Store};

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) settings: Settings,
    world: Mutex<World>,
    store: Mutex<Option<Store>>,
    speed: Mutex<f64>,
    /// Rouses the worker that settles refunds and delivers notifications.
    pub(crate) wake: Notify,
    pub(crate) client: reqwest::Client,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(crate) fn open(settings: Settings) -> anyhow::Result<Self> {
        settings.check()?;
        let (store, world) = match &settings.state_path {
            Some(path) => Store::open(path).map(|(store, world)| (Some(store), world))?,
            None => (None, World::default()),
        };
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.notify_timeout)
            .build()?;
        Ok(Self {
            speed: Mutex::new(settings.speed),
            settings,
            world: Mutex::new(world),
            store: Mutex::new(store),
            wake: Notify::new(),
            client,
        })
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.settings.clock
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock().now_millis()
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&locked(&self.world))
    }

    /// Changes what is never written down, such as what is being sent at this moment.
    pub(crate) fn touch<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut locked(&self.world))
    }

    /// Changes the state and writes it down before the caller can tell anybody about it. Work that fails has
    /// changed nothing. A state that could not be written stays in memory: its outcome is unknown to the
    /// caller, as after a timeout, and repeating the call finds what happened.
    pub(crate) fn change<T, E: From<SaveFailed>>(
        &self,
        work: impl FnOnce(&mut World, i64) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut world = locked(&self.world);
        let done = work(&mut world, self.now())?;
        if let Some(store) = &*locked(&self.store) {
            store.save(&world)?;
        }
        drop(world);
        self.wake.notify_one();
        Ok(done)
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

    /// Brings everything up to date that happens by itself as time goes by.
    pub(crate) fn tick(&self) {
        let now = self.now();
        let due = self.read(|world| refund::any_due(world, now));
        let settled = due.then(|| {
            self.change(|world, now| {
                refund::settle_due(world, now);
                Ok::<(), SaveFailed>(())
            })
        });
        if let Some(Err(error)) = settled {
            tracing::error!(%error, "refunds could not be settled");
        }
    }

    /// Moves blocking work (the state file, RSA) off the threads that serve connections.
    pub(crate) async fn off_thread<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> T {
        let core = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&core)).await.expect("work of the simulator does not panic")
    }

    /// A wait of WeChat in milliseconds of this simulator.
    pub(crate) fn scaled(&self, wait: Duration) -> i64 {
        let wait = wait.div_f64(*locked(&self.speed));
        i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 4)
    }

    pub(crate) fn speed(&self) -> f64 {
        *locked(&self.speed)
    }

    /// Sets the speed, also of the waits that have begun.
    pub(crate) fn set_speed(&self, speed: f64) -> Result<(), SaveFailed> {
        let factor = std::mem::replace(&mut *locked(&self.speed), speed) / speed;
        self.change(|world, now| {
            let moved = |at: i64| now.saturating_add(stretched(at - now, factor));
            for delivery in world.outbox.all.values_mut() {
                delivery.next_at = moved(delivery.next_at);
            }
            for refund in world.refunds.values_mut() {
                refund.settles_at = moved(refund.settles_at);
            }
            Ok(())
        })
    }

    pub(crate) fn close_store(&self) {
        if let Some(store) = &mut *locked(&self.store) {
            store.close();
        }
    }
}

/// What is left of a wait after the speed changed; a moment that has passed stays passed.
fn stretched(left: i64, factor: f64) -> i64 {
    let left = Duration::from_millis(u64::try_from(left).unwrap_or(0)).mul_f64(factor);
    i64::try_from(left.as_millis()).unwrap_or(i64::MAX / 4)
}
