//! What a client needs from the outside world.

use std::sync::Arc;

use crate::clock::{Clock, Random, SystemClock, SystemRandom};
use crate::error::ConfigError;
use crate::transport::{HttpSettings, HttpTransport, Transport};

/// Network, time and randomness. One value serves any number of clients, which then share connections.
#[derive(Clone, Debug)]
pub struct Environment {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Environment {
    /// The real network, clock and random source. Nothing is sent.
    pub fn system(settings: HttpSettings) -> Result<Self, ConfigError> {
        Ok(Self::over(Arc::new(HttpTransport::new(settings)?)))
    }

    /// Another network with the machine's clock and random source.
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self { transport, clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// With another network.
    #[must_use]
    pub fn with_transport(self, transport: Arc<dyn Transport>) -> Self {
        Self { transport, ..self }
    }

    /// With another random source.
    #[must_use]
    pub fn with_random(self, random: Arc<dyn Random>) -> Self {
        Self { random, ..self }
    }

    /// The present time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }

    pub(crate) fn transport(&self) -> &dyn Transport {
        &*self.transport
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.random
    }
}
