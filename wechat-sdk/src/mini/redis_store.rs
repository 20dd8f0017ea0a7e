//! Sharing access tokens through Redis.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};

use super::store::{Fence, ForceLimit, Saved, StoreError, Token, TokenStore};
use crate::ids::AppId;
use crate::secret::Secret;

/// Redis is near; a slow one must not hold up calls.
const TIMEOUT: Duration = Duration::from_secs(2);

static LOAD: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('HMGET', KEYS[1], 'value', 'expires_at')"));

/// Counter and last saved fence live in one hash, so that they are lost together or not at all.
static LEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
         local fence = redis.call('HINCRBY', KEYS[2], 'issued', 1)
         redis.call('SET', KEYS[1], fence, 'PX', ARGV[1])
         return fence",
    )
});

static SAVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
         local saved = tonumber(redis.call('HGET', KEYS[2], 'saved') or '0')
         if saved > tonumber(ARGV[1]) then return 0 end
         redis.call('HSET', KEYS[2], 'saved', ARGV[1])
         redis.call('HSET', KEYS[3], 'value', ARGV[2], 'expires_at', ARGV[3])
         redis.call('PEXPIRE', KEYS[3], ARGV[4])
         return 1",
    )
});

static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end")
});

static FORCE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local last = tonumber(redis.call('HGET', KEYS[1], 'last') or '-1e15')
         if tonumber(ARGV[1]) - last < tonumber(ARGV[2]) then return 0 end
         if redis.call('HGET', KEYS[1], 'day') ~= ARGV[3] then redis.call('HSET', KEYS[1], 'day', ARGV[3], 'used', 0) end
         if tonumber(redis.call('HGET', KEYS[1], 'used')) >= tonumber(ARGV[4]) then return 0 end
         redis.call('HINCRBY', KEYS[1], 'used', 1)
         redis.call('HSET', KEYS[1], 'last', ARGV[1])
         redis.call('EXPIRE', KEYS[1], 172800)
         return 1",
    )
});

static INVALIDATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("if redis.call('HGET', KEYS[1], 'value') == ARGV[1] then redis.call('DEL', KEYS[1]) end")
});

/// Shares tokens between processes through Redis 6 or later.
#[derive(Clone)]
pub struct RedisTokens {
    connection: ConnectionManager,
    prefix: String,
}

impl RedisTokens {
    /// Connects on first use and again when the connection breaks. `prefix` begins all keys. Needs a Tokio runtime.
    pub fn new(url: &str, prefix: impl Into<String>) -> Result<Self, StoreError> {
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_number_of_retries(1);
        let client = Client::open(url).map_err(failed)?;
        let connection = ConnectionManager::new_lazy_with_config(client, settings).map_err(failed)?;
        Ok(Self::over(connection, prefix))
    }

    /// Over a connection that the caller has already.
    pub fn over(connection: ConnectionManager, prefix: impl Into<String>) -> Self {
        Self { connection, prefix: prefix.into() }
    }

    /// The braces keep the keys of one app on one node of a cluster.
    fn key(&self, app: &AppId, part: &str) -> String {
        format!("{}:{{{app}}}:{part}", self.prefix)
    }
}

#[async_trait]
impl TokenStore for RedisTokens {
    async fn load(&self, app: &AppId) -> Result<Option<Token>, StoreError> {
        let mut connection = self.connection.clone();
        let found: (Option<String>, Option<i64>) =
            LOAD.key(self.key(app, "token")).invoke_async(&mut connection).await.map_err(failed)?;
        let (Some(value), Some(expires_at)) = found else { return Ok(None) };
        Ok(Some(Token { value: Secret::new(value), expires_at }))
    }

    async fn lease(&self, app: &AppId, ttl: Duration, _now: i64) -> Result<Option<Fence>, StoreError> {
        let mut connection = self.connection.clone();
        let fence: u64 = LEASE
            .key(self.key(app, "lease"))
            .key(self.key(app, "fences"))
            .arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX))
            .invoke_async(&mut connection)
            .await
            .map_err(failed)?;
        Ok((fence > 0).then_some(Fence(fence)))
    }

    async fn save(&self, app: &AppId, token: &Token, fence: Fence, now: i64) -> Result<Saved, StoreError> {
        let left = token.expires_at.saturating_sub(now);
        if left <= 0 {
            self.release(app, fence).await?;
            return Ok(Saved::TooLate);
        }
        let mut connection = self.connection.clone();
        let saved: bool = SAVE
            .key(self.key(app, "lease"))
            .key(self.key(app, "fences"))
            .key(self.key(app, "token"))
            .arg(fence.0)
            .arg(token.value.expose())
            .arg(token.expires_at)
            .arg(left.saturating_mul(1000))
            .invoke_async(&mut connection)
            .await
            .map_err(failed)?;
        Ok(if saved { Saved::Yes } else { Saved::TooLate })
    }

    async fn release(&self, app: &AppId, fence: Fence) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        RELEASE.key(self.key(app, "lease")).arg(fence.0).invoke_async(&mut connection).await.map_err(failed)
    }

    async fn take_forced(&self, app: &AppId, limit: ForceLimit, now: i64) -> Result<bool, StoreError> {
        let mut connection = self.connection.clone();
        FORCE
            .key(self.key(app, "forced"))
            .arg(now)
            .arg(limit.apart)
            .arg(ForceLimit::day(now))
            .arg(limit.per_day)
            .invoke_async(&mut connection)
            .await
            .map_err(failed)
    }

    async fn invalidate(&self, app: &AppId, token: &Secret) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        INVALIDATE
            .key(self.key(app, "token"))
            .arg(token.expose())
            .invoke_async(&mut connection)
            .await
            .map_err(failed)
    }
}

fn failed(error: RedisError) -> StoreError {
    StoreError::new(error)
}

impl fmt::Debug for RedisTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTokens").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
