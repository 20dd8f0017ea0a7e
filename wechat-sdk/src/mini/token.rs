//! The access token: one refresh at a time, early, shared, and at most one replacement of a refused token.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::access_token::{AccessToken, GetStableAccessToken};
use super::answer;
use super::store::{Fence, ForceLimit, MemoryTokens, Saved, StoreError, Token, TokenStore};
use crate::clock::below;
use crate::error::{DecodeError, Error, Outcome};
use crate::exchange::{Call, Exchange};
use crate::ids::AppId;
use crate::operation::{Decode, Operation};
use crate::request::Members;
use crate::retry::Effect;
use crate::secret::Secret;

/// A token is renewed this long before it ends, and up to [`JITTER`] earlier.
const EARLY: i64 = 300;
const JITTER: u64 = 60;
/// The platform keeps giving the old token until shortly before its end: ask again after this time.
const RECHECK: i64 = 60;
/// How long one process may take to renew for all.
const LEASE: Duration = Duration::from_secs(15);
/// How long to wait for another process that renews.
const PATIENCE: u32 = 20;
const PATIENCE_STEP: Duration = Duration::from_millis(100);
/// A forced refresh kills the token of everybody else; WeChat allows 20 a day, 30 seconds apart.
const FORCED: ForceLimit = ForceLimit { per_day: 5, apart: 30 };

/// `POST /cgi-bin/stable_token`.
#[derive(Debug)]
pub(super) struct TokenSource {
    app_id: AppId,
    secret: Secret,
    exchange: Exchange,
}

impl TokenSource {
    pub(super) fn new(app_id: AppId, secret: Secret, exchange: Exchange) -> Self {
        Self { app_id, secret, exchange }
    }

    fn now(&self) -> i64 {
        self.exchange.environment.now()
    }

    async fn fetch(&self, force: bool) -> Result<Token, Error> {
        let asked = self.now();
        let answer = answer::send(&self.exchange, &self.call(force)?).await?;
        let answer = AccessToken::decode(&answer)
            .map_err(|bad| DecodeError::new(GetStableAccessToken::NAME, bad, Outcome::Unknown))?;
        Ok(Token { value: answer.access_token, expires_at: asked.saturating_add(answer.expires_in) })
    }

    fn call(&self, force: bool) -> Result<Call, Error> {
        let operation = GetStableAccessToken::new().force_refresh(force);
        let mut members = Members::of(&operation, self.app_id.as_str())?;
        members.add("secret", self.secret.expose());
        // A normal call gives the same token again; a forced one must not be sent twice.
        let effect = if force { Effect::Unsafe } else { Effect::Read };
        Ok(Call { effect, ..members.into_call::<GetStableAccessToken>(true)? })
    }
}

/// The token of one app.
#[derive(Debug)]
pub(super) struct Tokens {
    source: TokenSource,
    store: Arc<dyn TokenStore>,
    held: Mutex<Option<Held>>,
    /// Held while a token is being had.
    flight: tokio::sync::Mutex<()>,
    /// Counts forced refreshes of this process, for when the store is out of order.
    own: MemoryTokens,
}

#[derive(Clone, Debug)]
struct Held {
    token: Token,
    renew_at: i64,
}

impl Tokens {
    pub(super) fn new(source: TokenSource, store: Arc<dyn TokenStore>) -> Self {
        Self {
            source,
            store,
            held: Mutex::new(None),
            flight: tokio::sync::Mutex::default(),
            own: MemoryTokens::new(),
        }
    }

    /// The token to use now.
    pub(super) async fn get(&self) -> Result<Secret, Error> {
        let held = self.usable();
        if let Some(held) = held.as_ref().filter(|held| self.source.now() < held.renew_at) {
            return Ok(held.token.value.clone());
        }
        match held {
            Some(old) => Ok(self.renew_early(old.token).await),
            None => self.obtain().await,
        }
    }

    /// One caller renews; the others go on with the old token, and so does that one if it fails.
    async fn renew_early(&self, old: Token) -> Secret {
        let Ok(_flight) = self.flight.try_lock() else { return old.value };
        match self.shared_or_fetched(None).await {
            Ok(token) => token.value,
            Err(error) => {
                tracing::warn!(%error, "the access token could not be renewed early");
                old.value
            }
        }
    }

    async fn obtain(&self) -> Result<Secret, Error> {
        let _flight = self.flight.lock().await;
        match self.usable() {
            Some(held) => Ok(held.token.value),
            None => Ok(self.shared_or_fetched(None).await.map_err(in_token)?.value),
        }
    }

    /// Another token than the one WeChat refused, or `None` if there is none to be had.
    pub(super) async fn replace(&self, refused: &Secret) -> Result<Option<Secret>, Error> {
        let _flight = self.flight.lock().await;
        if let Some(held) = self.usable().filter(|held| held.token.value != *refused) {
            return Ok(Some(held.token.value));
        }
        self.forget(refused).await;
        let token = self.shared_or_fetched(Some(refused)).await.map_err(in_token)?;
        if token.value != *refused {
            return Ok(Some(token.value));
        }
        self.force(refused).await
    }

    /// Normal mode still gives the refused token: it was killed elsewhere.
    async fn force(&self, refused: &Secret) -> Result<Option<Secret>, Error> {
        self.forget(refused).await;
        let fence = match self.lease(Some(refused)).await {
            Lease::Ours(fence) => Some(fence),
            Lease::Broken => None,
            Lease::Theirs => return Ok(self.shared(Some(refused)).await.map(|token| self.hold(token).value)),
        };
        if !self.may_force().await {
            tracing::warn!(app = %self.source.app_id, "no forced refresh of the access token is left for now");
            self.give_back(fence).await;
            return Ok(None);
        }
        let token = self.fetch(true, fence).await.map_err(in_token)?;
        Ok((token.value != *refused).then_some(token.value))
    }

    async fn may_force(&self) -> bool {
        let (app, now) = (&self.source.app_id, self.source.now());
        let own = missed(self.own.take_forced(app, FORCED, now).await).unwrap_or(false);
        own && missed(self.store.take_forced(app, FORCED, now).await).unwrap_or(true)
    }

    /// The token of another process, or a new one for all.
    async fn shared_or_fetched(&self, refused: Option<&Secret>) -> Result<Token, Error> {
        if let Some(token) = self.shared(refused).await {
            return Ok(self.hold(token));
        }
        match self.lease(refused).await {
            Lease::Ours(fence) => self.fetch(false, Some(fence)).await,
            Lease::Broken => self.fetch(false, None).await,
            Lease::Theirs => match self.shared(refused).await {
                Some(token) => Ok(self.hold(token)),
                None => self.fetch(false, None).await,
            },
        }
    }

    /// What the store has, unless it is the refused one or due for renewal.
    async fn shared(&self, refused: Option<&Secret>) -> Option<Token> {
        let token = missed(self.store.load(&self.source.app_id).await)??;
        let fresh = self.source.now() < token.expires_at - EARLY;
        (fresh && Some(&token.value) != refused).then_some(token)
    }

    async fn fetch(&self, force: bool, fence: Option<Fence>) -> Result<Token, Error> {
        let token = match self.source.fetch(force).await {
            Ok(token) => token,
            Err(error) => {
                self.give_back(fence).await;
                return Err(error);
            }
        };
        if let Some(fence) = fence {
            let saved = self.store.save(&self.source.app_id, &token, fence, self.source.now()).await;
            if missed(saved) == Some(Saved::TooLate) {
                tracing::debug!(app = %self.source.app_id, "another process saved a later token");
            }
        }
        Ok(self.hold(token))
    }

    /// Ours, or somebody else's: then waits for a fresh token to appear or for that lease to end.
    async fn lease(&self, refused: Option<&Secret>) -> Lease {
        for turn in 0..PATIENCE {
            if turn > 0 && self.shared(refused).await.is_some() {
                return Lease::Theirs;
            }
            match missed(self.store.lease(&self.source.app_id, LEASE, self.source.now()).await) {
                // Between looking and leasing another process may have saved and gone.
                Some(Some(fence)) if self.shared(refused).await.is_some() => {
                    self.give_back(Some(fence)).await;
                    return Lease::Theirs;
                }
                Some(Some(fence)) => return Lease::Ours(fence),
                Some(None) => tokio::time::sleep(PATIENCE_STEP).await,
                None => return Lease::Broken,
            }
        }
        Lease::Theirs
    }

    async fn give_back(&self, fence: Option<Fence>) {
        if let Some(fence) = fence {
            missed(self.store.release(&self.source.app_id, fence).await);
        }
    }

    async fn forget(&self, refused: &Secret) {
        missed(self.store.invalidate(&self.source.app_id, refused).await);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.take_if(|held| held.token.value == *refused);
    }

    fn usable(&self) -> Option<Held> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        held.filter(|held| self.source.now() < held.token.expires_at)
    }

    fn hold(&self, token: Token) -> Token {
        let now = self.source.now();
        let jitter = i64::try_from(below(self.source.exchange.environment.random(), JITTER)).unwrap_or(0);
        let early = token.expires_at - EARLY - jitter;
        let renew_at = early.max(now + RECHECK.min(token.expires_at - now));
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Held { token: token.clone(), renew_at });
        token
    }
}

enum Lease {
    Ours(Fence),
    Theirs,
    Broken,
}

/// A store that is out of order is an empty store.
fn missed<T>(result: Result<T, StoreError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::warn!(%error, "the token store is treated as empty");
            None
        }
    }
}

fn in_token(error: Error) -> Error {
    Error::Token(Box::new(error))
}
