//! One batch, one transaction.

use super::super::Mall;
use super::super::close::CloseTrade;
use super::super::notice::RemindUnpaid;
use super::super::quote::{Articles, Rates, load, merchants, quote, region, wanted};
use super::Placement;
use super::draft::{Draft, draft};
use crate::base::{AddressId, Code, Error, Problem, Result, SkuId, TenantId, Timestamp};
use crate::infra::db::{Conn, Tx};
use crate::infra::idempotency::{self, Key};
use crate::infra::jobs;
use crate::mall::cart::{self, Item};
use crate::mall::customer::{SealedAddress, addresses_for, open_address};
use crate::mall::freight::{Template, templates_of};
use crate::mall::{order, stock};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The answer to one request: the JSON of a [`super::Placed`].
pub type Answer = Result<String>;

/// The most lines in one transaction: an engine takes only so many values in a statement, and others
/// want to write as well.
const MOST_LINES: usize = 500;

/// Places a batch; gives one answer for each request, in their order. A request that is refused, or
/// that the database refuses, never fails its neighbours.
pub async fn place(mall: &Mall, batch: &[Placement]) -> Vec<Answer> {
    let mut answers = vec![];
    let mut rest = batch;
    while !rest.is_empty() {
        let (part, others) = rest.split_at(fitting(rest));
        answers.extend(place_part(mall, part).await);
        rest = others;
    }
    answers
}

/// How many of the requests go into one transaction; at least one.
fn fitting(batch: &[Placement]) -> usize {
    let mut lines = 0;
    let fits = batch.iter().take_while(|placement| {
        lines += placement.input.lines.as_ref().map_or(cart::MOST_ITEMS, Vec::len);
        lines <= MOST_LINES
    });
    fits.count().max(1)
}

async fn place_part(mall: &Mall, batch: &[Placement]) -> Vec<Answer> {
    match attempts(mall, batch).await {
        Ok(answers) => answers,
        Err(error) if batch.len() == 1 => vec![Err(error)],
        Err(error) if is_about_a_row(&error) => {
            tracing::warn!(%error, size = batch.len(), "a batch of trades failed; placing them one by one");
            let mut answers = vec![];
            for alone in batch {
                answers.push(attempts(mall, std::slice::from_ref(alone)).await.and_then(only));
            }
            answers
        }
        Err(error) => {
            tracing::error!(%error, size = batch.len(), "a batch of trades failed");
            batch.iter().map(|_| Err(Code::Unavailable.into())).collect()
        }
    }
}

/// Whether the database answered, and said no to something in the batch. When it does not answer at
/// all, asking it again for each request would only make everybody wait longer.
fn is_about_a_row(error: &Error) -> bool {
    let Error::Internal(error) = error else { return true };
    !error.chain().any(|cause| {
        matches!(
            cause.downcast_ref(),
            Some(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed)
        )
    })
}

fn only(mut answers: Vec<Answer>) -> Answer {
    answers.pop().unwrap_or_else(|| Err(Code::Internal.into()))
}

async fn attempts(mall: &Mall, batch: &[Placement]) -> Result<Vec<Answer>> {
    for _ in 0..3 {
        if let Some(answers) = attempt(mall, batch).await? {
            return Ok(answers);
        }
    }
    Err(Code::IdempotencyInFlight.into())
}

/// `None`: a key was taken or a cart changed meanwhile; nothing was written, look again.
async fn attempt(mall: &Mall, batch: &[Placement]) -> Result<Option<Vec<Answer>>> {
    let mut tx = mall.core.db.begin().await?;
    let now = mall.core.now();
    let mut answers = Answers::new(batch);
    answers.take_known(&mut tx, batch).await?;
    let drafts = draft_all(mall, &mut tx, batch, &mut answers, now).await?;
    let accepted = allocate(&mut tx, drafts, &mut answers).await?;
    if !write(mall, &mut tx, batch, &accepted, &mut answers, now).await? {
        return Ok(None);
    }
    if !accepted.is_empty() {
        tx.commit().await?;
    }
    Ok(Some(answers.finish()))
}

/// The answers so far. A request whose key stands earlier in the batch gets that one's answer.
struct Answers {
    given: Vec<Option<Answer>>,
    same_as: HashMap<usize, usize>,
}

impl Answers {
    fn new(batch: &[Placement]) -> Self {
        let mut first: HashMap<(TenantId, uuid::Uuid, &str), usize> = HashMap::new();
        let mut answers = Self { given: batch.iter().map(|_| None).collect(), same_as: HashMap::new() };
        for (place, Placement { key, .. }) in batch.iter().enumerate() {
            let earlier = *first.entry((key.tenant_id, key.owner_id, &key.key)).or_insert(place);
            if earlier == place {
                continue;
            }
            if batch[earlier].key.fingerprint == key.fingerprint {
                answers.same_as.insert(place, earlier);
            } else {
                answers.given[place] = Some(Err(Code::IdempotencyKeyReused.into()));
            }
        }
        answers
    }

    async fn take_known(&mut self, db: &mut Conn, batch: &[Placement]) -> Result<()> {
        let keys: Vec<&Key> = batch.iter().map(|placement| &placement.key).collect();
        for (place, answer) in idempotency::look_all(db, &keys).await? {
            self.given[place].get_or_insert(answer);
        }
        Ok(())
    }

    fn waiting(&self, place: usize) -> bool {
        self.given[place].is_none() && !self.same_as.contains_key(&place)
    }

    fn refuse(&mut self, place: usize, error: impl Into<Error>) {
        self.given[place] = Some(Err(error.into()));
    }

    fn finish(mut self) -> Vec<Answer> {
        for (place, earlier) in &self.same_as {
            let same = match &self.given[*earlier] {
                Some(Ok(body)) => Ok(body.clone()),
                Some(Err(Error::Problem(problem))) => Err(problem.clone().into()),
                _ => Err(Code::Unavailable.into()),
            };
            self.given[*place].get_or_insert(same);
        }
        self.given.into_iter().map(|answer| answer.unwrap_or_else(|| Err(Code::Internal.into()))).collect()
    }
}

/// What the database knows that the batch asks for.
struct Known {
    addresses: HashMap<(TenantId, AddressId), SealedAddress>,
    carts: Vec<Item>,
    articles: Articles,
    templates: Vec<Template>,
}

async fn look_up(db: &mut Conn, waiting: &[&Placement]) -> Result<Known> {
    let wanted: BTreeSet<_> = waiting.iter().map(|p| (p.tenant_id, p.input.address_id)).collect();
    let addresses = addresses_for(db, &wanted.into_iter().collect::<Vec<_>>()).await?;
    let carts: BTreeSet<_> =
        waiting.iter().filter(|p| p.input.from_cart).map(|p| (p.tenant_id, p.customer_id)).collect();
    let carts = cart::items_of(db, &carts.into_iter().collect::<Vec<_>>()).await?;
    let named =
        waiting.iter().flat_map(|p| p.input.lines.iter().flatten().map(|line| (p.tenant_id, line.sku_id)));
    let skus: BTreeSet<_> = named.chain(carts.iter().map(|item| (item.tenant_id, item.sku_id))).collect();
    let articles = load(db, &skus.into_iter().collect::<Vec<_>>()).await?;
    let addresses = addresses.into_iter().map(|row| ((row.tenant_id, row.id), row)).collect();
    let templates = templates_of(db, &merchants(articles.values())).await?;
    Ok(Known { addresses, carts, articles, templates })
}

async fn draft_all(
    mall: &Mall,
    db: &mut Conn,
    batch: &[Placement],
    answers: &mut Answers,
    now: Timestamp,
) -> Result<Vec<(usize, Draft)>> {
    let places: Vec<usize> = (0..batch.len()).filter(|place| answers.waiting(*place)).collect();
    let waiting: Vec<&Placement> = places.iter().map(|place| &batch[*place]).collect();
    let known = look_up(db, &waiting).await?;
    let mut drafts = vec![];
    let mut carts_used = BTreeSet::new();
    for place in places {
        let placement = &batch[place];
        if placement.input.from_cart && !carts_used.insert((placement.tenant_id, placement.customer_id)) {
            answers.refuse(place, Problem::with(Code::CartEmpty, "the cart is being ordered already"));
            continue;
        }
        match draft_one(mall, placement, &known, now) {
            Ok(draft) => drafts.push((place, draft)),
            Err(error) => answers.refuse(place, error),
        }
    }
    Ok(drafts)
}

fn draft_one(mall: &Mall, placement: &Placement, known: &Known, now: Timestamp) -> Result<Draft> {
    let (tenant, customer) = (placement.tenant_id, placement.customer_id);
    let address = known
        .addresses
        .get(&(tenant, placement.input.address_id))
        .filter(|address| address.customer_id == customer)
        .ok_or_else(|| Problem::not_found(placement.input.address_id))?;
    let address = open_address(&mall.core.vault, address)?;
    let (fields, region) = (serde_json::to_string(&address)?, region(&address));
    let cart: Vec<Item> = known
        .carts
        .iter()
        .filter(|item| (item.tenant_id, item.customer_id) == (tenant, customer))
        .copied()
        .collect();
    let wanted = wanted(placement.input.lines.as_deref(), &cart)?;
    let rates = Rates { terms: mall.settings.terms, templates: &known.templates, region: Some(&region) };
    let quote = quote(tenant, &wanted, &known.articles, &rates)?;
    let seal = |id| mall.core.vault.seal(&format!("trade/address_sealed/{id}"), &fields);
    Ok(draft(placement, &quote, wanted, seal, (now, now.after(mall.settings.trade_timeout)))?)
}

/// Locks the stock and hands it out, first come, first served.
async fn allocate(
    tx: &mut Tx,
    drafts: Vec<(usize, Draft)>,
    answers: &mut Answers,
) -> Result<Vec<(usize, Draft)>> {
    let skus: BTreeSet<(TenantId, SkuId)> = drafts
        .iter()
        .flat_map(|(_, draft)| draft.wanted.iter().map(|(sku, _)| (draft.tenant(), *sku)))
        .collect();
    let levels = stock::lock_levels(tx, &skus.into_iter().collect::<Vec<_>>()).await?;
    let mut left: HashMap<_, _> =
        levels.iter().map(|level| ((level.tenant_id, level.sku_id), level.available())).collect();
    let mut accepted = vec![];
    for (place, draft) in drafts {
        match stock::allocate(&mut left, draft.tenant(), &draft.wanted) {
            Ok(()) => accepted.push((place, draft)),
            Err(short) => answers.refuse(place, shortage(short)),
        }
    }
    Ok(accepted)
}

fn shortage(short: stock::Shortage) -> Problem {
    let detail = format!("of {} there are {} left", short.sku_id, short.available);
    Problem::with(Code::InsufficientStock, detail)
}

/// Writes what was accepted; `false` when something changed meanwhile, and then nothing may be kept.
async fn write(
    mall: &Mall,
    tx: &mut Tx,
    batch: &[Placement],
    accepted: &[(usize, Draft)],
    answers: &mut Answers,
    now: Timestamp,
) -> Result<bool> {
    if accepted.is_empty() {
        return Ok(true);
    }
    let mut sums: BTreeMap<(TenantId, SkuId), i64> = BTreeMap::new();
    for (_, draft) in accepted {
        for (sku, quantity) in &draft.wanted {
            *sums.entry((draft.tenant(), *sku)).or_default() += quantity;
        }
    }
    stock::reserve(tx, &sums.into_iter().collect::<Vec<_>>()).await?;
    let trades: Vec<_> = accepted.iter().map(|(_, draft)| draft.new.clone()).collect();
    order::insert_trades(tx, &trades, now).await?;
    let holds: Vec<_> = accepted.iter().flat_map(|(_, draft)| draft.holds()).collect();
    stock::insert_holds(tx, &holds).await?;
    close_later(tx, accepted, now).await?;
    remind_later(mall, tx, accepted, now).await?;
    if !empty_carts(tx, batch, accepted).await? {
        return Ok(false);
    }
    claim(tx, batch, accepted, answers, now).await
}

async fn empty_carts(tx: &mut Tx, batch: &[Placement], accepted: &[(usize, Draft)]) -> Result<bool> {
    let from_carts = accepted.iter().filter(|(place, _)| batch[*place].input.from_cart);
    let mut ordered: Vec<_> = from_carts
        .flat_map(|(_, draft)| {
            let (tenant_id, customer_id) = (draft.tenant(), draft.new.trade.customer_id);
            let item = move |&(sku_id, quantity)| Item { tenant_id, customer_id, sku_id, quantity };
            draft.wanted.iter().map(item)
        })
        .collect();
    ordered.sort_by_key(|item| (item.tenant_id, item.customer_id, item.sku_id));
    Ok(cart::clear(tx, &ordered).await?)
}

async fn close_later(tx: &mut Tx, accepted: &[(usize, Draft)], now: Timestamp) -> Result<()> {
    let due: Vec<_> = accepted
        .iter()
        .map(|(_, draft)| {
            (CloseTrade::by_timeout(draft.tenant(), draft.new.trade.id), draft.new.trade.expires_at)
        })
        .collect();
    let due: Vec<_> = due.iter().map(|(job, at)| (job, *at)).collect();
    jobs::enqueue_all::<Mall, _>(tx, now, &due).await
}

async fn remind_later(mall: &Mall, tx: &mut Tx, accepted: &[(usize, Draft)], now: Timestamp) -> Result<()> {
    let due = accepted.iter().filter_map(|(_, draft)| {
        let at = RemindUnpaid::due(&draft.new.trade, mall.settings.remind_ahead)?;
        Some((RemindUnpaid { tenant_id: draft.tenant(), trade_id: draft.new.trade.id }, at))
    });
    let due: Vec<_> = due.collect();
    let due: Vec<_> = due.iter().map(|(job, at)| (job, *at)).collect();
    jobs::enqueue_all::<Mall, _>(tx, now, &due).await
}

/// Keys are claimed last and in their order, so that two instances cannot wait for each other.
async fn claim(
    tx: &mut Tx,
    batch: &[Placement],
    accepted: &[(usize, Draft)],
    answers: &mut Answers,
    now: Timestamp,
) -> Result<bool> {
    let mut keys = vec![];
    for (place, draft) in accepted {
        let body = serde_json::to_string(&draft.placed())?;
        answers.given[*place] = Some(Ok(body.clone()));
        keys.push((batch[*place].key.clone(), body));
    }
    keys.sort_by(|(one, _), (other, _)| {
        (one.tenant_id, one.owner_id, &one.key).cmp(&(other.tenant_id, other.owner_id, &other.key))
    });
    Ok(idempotency::claim_answered(tx, &keys, now).await?.len() == keys.len())
}
