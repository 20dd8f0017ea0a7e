//! `GET /v3/bill/tradebill`, `/v3/bill/fundflowbill`, `/v3/profitsharing/bills` and `/v3/billdownload/file`

use serde_json::json;

use super::file;
use super::make::{self, Wanted};
use crate::crypto::random_alphanumeric;
use crate::operation::Operation;
use crate::pay::refusal::Refusal;
use crate::pay::{Given, PayCall, PayServe, Reply, get};
use crate::wire::day::Day;
use crate::world::{BillKind, BillTicket, World};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    get("trade_bill", "/v3/bill/tradebill", trade_bill),
    get("fund_flow_bill", "/v3/bill/fundflowbill", fund_flow_bill),
    get("sharing_bill", "/v3/profitsharing/bills", sharing_bill),
    get("bill_file", "/v3/billdownload/file", bill_file),
];

/// How long links live, in milliseconds of life.
const LINK_LIFE: i64 = 5 * 60_000;
const SHARING_LINK_LIFE: i64 = 30_000;
/// How far back bills can be asked for.
const MONTHS: u32 = 3;

fn trade_bill(call: &PayCall<'_>) -> Reply {
    let file = choice(call, "bill_type", &["ALL", "SUCCESS", "REFUND"])?.unwrap_or("ALL");
    link(call, BillKind::Trade, file, LINK_LIFE)
}

fn fund_flow_bill(call: &PayCall<'_>) -> Reply {
    let account = choice(call, "account_type", &["BASIC", "OPERATION", "FEES"])?.unwrap_or("BASIC");
    let kind = if account == "OPERATION" { BillKind::OperationFundFlow } else { BillKind::FundFlow };
    // No merchant here has an account of prepaid fees: nothing ever moves in it.
    link(call, kind, if account == "FEES" { account } else { "" }, LINK_LIFE)
}

fn sharing_bill(call: &PayCall<'_>) -> Reply {
    link(call, BillKind::Sharing, "", SHARING_LINK_LIFE)
}

/// A parameter of the query that is one of a few words.
fn choice(call: &PayCall<'_>, name: &str, choices: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
    let Some(text) = call.parameter(name) else { return Ok(None) };
    let found = choices.iter().find(|known| **known == text);
    found.map(|known| Some(*known)).ok_or_else(|| Refusal::url(name, &text, "不在枚举范围内", "query"))
}

/// The answer with the link to a file.
fn link(call: &PayCall<'_>, kind: BillKind, name: &str, life: i64) -> Reply {
    let packed = choice(call, "tar_type", &["GZIP"])?.is_some();
    if call.parameter("sub_mchid").is_some() {
        return Err(Refusal::new(403, "NO_AUTH", "无权限").explained("sub_mchid is for service providers"));
    }
    let day = bill_date(call)?;
    let (token, hash) = call.core.change(|world, now| {
        let wanted = Wanted { mchid: &call.mchid, kind, day };
        let file = make::made(call.core, world, wanted).and_then(|day| day.files.get(name));
        let hash = file.ok_or_else(no_bill)?.hash.clone();
        Ok::<_, Refusal>((issue(world, wanted, name, life, now), hash))
    })?;
    let host = call.request.header("host").unwrap_or_default();
    let tail = if packed { "&tartype=gzip" } else { "" };
    let url = format!("http://{host}/v3/billdownload/file?token={token}{tail}");
    Ok(json!({"hash_type": "SHA1", "hash_value": hash, "download_url": url}).into())
}

fn no_bill() -> Refusal {
    Refusal::new(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        .explained("there is nothing in this bill: the normal answer for a day without business")
}

/// The day asked for, which has to be over, and its bills ready.
fn bill_date(call: &PayCall<'_>) -> Result<Day, Refusal> {
    let text = call.needed_parameter("bill_date")?;
    let wrong = |issue| Refusal::url("bill_date", &text, issue, "query");
    let day = Day::parse(&text).ok_or_else(|| wrong("格式应为 yyyy-MM-dd"))?;
    let now = call.core.now();
    let today = Day::of(now);
    if day >= today {
        return Err(wrong("只能为当天之前的日期"));
    }
    if day < today.months_before(MONTHS) {
        return Err(wrong("只支持最近三个月"));
    }
    if now < make::ready_at(call.core, day) {
        let explanation =
            format!("the bills of a day are ready at {}:00 of the next", call.core.settings.bill_hour);
        return Err(Refusal::new(400, "STATEMENT_CREATING", "账单生成中，请稍后再试").explained(explanation));
    }
    Ok(day)
}

fn issue(world: &mut World, wanted: Wanted<'_>, file: &str, life: i64, now: i64) -> String {
    world.bill_tickets.retain(|_, ticket| now - ticket.expires_at < KEPT);
    let token = random_alphanumeric::<64>();
    let ticket = BillTicket {
        mchid: wanted.mchid.to_owned(),
        day: wanted.key(),
        file: file.to_owned(),
        expires_at: now + life,
    };
    world.bill_tickets.insert(&token, ticket);
    token
}

/// For so long a link that is too old is told from one that never was, in milliseconds.
const KEPT: i64 = 24 * 3_600_000;

/// The file of a link, without a signature of the platform.
fn bill_file(call: &PayCall<'_>) -> Reply {
    let token = call.needed_parameter("token")?;
    let packed = call.parameter("tartype").is_some_and(|kind| kind.eq_ignore_ascii_case("gzip"));
    let text = call.core.read(|world| opened(world, &call.mchid, &token, call.core.now()))?;
    if packed {
        Ok(Given::File("application/x-gzip", file::gzip(text.as_bytes())))
    } else {
        Ok(Given::File("text/plain; charset=utf-8", text.into_bytes()))
    }
}

fn opened(world: &World, mchid: &str, token: &str, now: i64) -> Result<String, Refusal> {
    let ticket =
        world.bill_tickets.get(token).ok_or_else(|| Refusal::url("token", token, "无效", "query"))?;
    if ticket.mchid != mchid {
        return Err(Refusal::new(403, "NO_AUTH", "无权下载该账单")
            .explained("the link was given to another merchant"));
    }
    if now > ticket.expires_at {
        return Err(Refusal::invalid("账单下载链接已失效，请重新申请").explained("the link is too old"));
    }
    let file = world.bill_days.get(&ticket.day).and_then(|day| day.files.get(&ticket.file));
    file.map(|file| file.text.clone()).ok_or_else(no_bill)
}
