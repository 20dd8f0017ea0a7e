//! A shopper buys something over HTTP, each step printed with its time; then one piece is given back, the
//! other one sent and received, and the books are compared.

use anyhow::{Context as _, bail, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::{Duration, Instant};

/// Where to buy, and how to look into the books.
#[derive(Clone)]
pub struct Access {
    /// The shop, as in `http://127.0.0.1:8080`.
    pub url: String,
    /// The WeChat simulator behind it.
    pub wechat_url: String,
    /// The mini program.
    pub app_id: String,
    /// An operator's name and password; without them only what the shopper sees is compared.
    pub operator: Option<(String, String)>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({})", self.url)
    }
}

pub(super) struct Buyer {
    access: Access,
    http: Client,
    token: String,
    started: Instant,
    step: u8,
}

/// Buys two of one thing, gives one back, receives the other and compares the books; an error says what
/// differs.
pub async fn buy(access: Access) -> anyhow::Result<()> {
    let http = Client::builder().timeout(Duration::from_secs(30)).build()?;
    let mut buyer = Buyer { access, http, token: String::new(), started: Instant::now(), step: 0 };
    let books = buyer.books().await?;
    buyer.started = Instant::now();
    let sku = buyer.choose().await?;
    let before = match &books {
        Some(books) => books.stock(&sku).await?,
        None => 0,
    };
    buyer.started = Instant::now();
    let trade = buyer.order().await?;
    let page = buyer.pay(&trade).await?;
    ensure!(page["orders"][0]["state"] == "paid", "the order is not paid: {}", page["orders"][0]);
    ensure!(page["total"] == trade["total"], "the trade's total changed");
    match &books {
        Some(books) => {
            buyer.compare(books, &trade, &sku, before).await?;
            buyer.give_back_one(books, &page["orders"][0]).await?;
            buyer.receive_the_rest(books, &page["orders"][0]).await?;
            buyer.look_back(books, &page["orders"][0]).await?;
        }
        None => buyer.tell("order paid; give --operator and --password to see it sent and given back, too"),
    }
    println!("paid");
    Ok(())
}

impl Buyer {
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Looks at a page until it is as wanted, at most ten seconds.
    pub(super) async fn until(
        &self,
        path: &str,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        for _ in 0..200 {
            let page = self.get(path).await?;
            if is_wanted(&page) {
                return Ok(page);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!(
            "nothing came of {path} within ten seconds: look at the call-backs at {}",
            self.access.wechat_url
        )
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let url = match path.strip_prefix("wechat:") {
            Some(path) => format!("{}{path}", self.access.wechat_url),
            None => format!("{}{path}", self.access.url),
        };
        let mut request = self.http.request(method, &url).header("x-app-id", &self.access.app_id);
        if !self.token.is_empty() && !path.starts_with("wechat:") {
            request = request.bearer_auth(&self.token);
        }
        if body.is_some() {
            request = request.header("idempotency-key", uuid::Uuid::new_v4().simple().to_string());
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.with_context(|| format!("{url} cannot be reached"))?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{url} answered {status}: {text}");
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
    }

    pub(super) fn tell(&mut self, what: &str) {
        self.step += 1;
        let took = self.started.elapsed();
        println!("{:>2}. {:>6.1} ms  {what}", self.step, took.as_secs_f64() * 1000.0);
        let _closed_pipe = std::io::stdout().flush();
        self.started = Instant::now();
    }

    /// Logs in, looks around, fills the cart; gives the SKU.
    async fn choose(&mut self) -> anyhow::Result<String> {
        let app_id = self.access.app_id.clone();
        let login = self.post("wechat:/_control/login_codes", json!({ "app_id": app_id })).await?;
        self.tell("wx.login gave a code");
        let login = self.post("/api/v1/auth/login", json!({ "code": login["code"] })).await?;
        text(&login, "/access_token")?.clone_into(&mut self.token);
        self.tell(&format!("logged in as {}", text(&login, "/customer_id")?));
        let shelves = self.get("/api/v1/categories").await?;
        let products = self.get("/api/v1/products?limit=100").await?;
        self.tell(&format!("looked at {} categories and {} products", count(&shelves), count(&products)));
        let page = self.get(&format!("/api/v1/products/{}", affordable(&products)?)).await?;
        let sku = text(&page, "/skus/0/id")?.to_owned();
        self.tell(&format!("chose {} ({})", text(&page, "/title")?, yuan(&page["skus"][0]["price"])));
        let item = json!({ "sku_id": sku, "quantity": 2 });
        self.post("/api/v1/cart/items", item).await?;
        self.tell("put two into the cart");
        Ok(sku)
    }

    async fn order(&mut self) -> anyhow::Result<Value> {
        let address = json!({
            "name": "张三", "phone": "13800138000", "province": "浙江省", "city": "杭州市",
            "district": "西湖区", "detail": "龙井路一号", "is_default": true,
        });
        let address = self.post("/api/v1/me/addresses", address).await?;
        self.tell("entered an address");
        let quote = self.post("/api/v1/checkout/quote", json!({ "from_cart": true })).await?;
        self.tell(&format!("was quoted {}", yuan(&quote["total"])));
        let wish = json!({
            "from_cart": true, "address_id": address["id"], "expected_total": quote["total"], "remark": "请尽快发货",
        });
        let trade = self.post("/api/v1/trades", wish).await?;
        self.tell(&format!("ordered: {}", text(&trade, "/id")?));
        Ok(trade)
    }

    async fn pay(&mut self, trade: &Value) -> anyhow::Result<Value> {
        let path = format!("/api/v1/trades/{}", text(trade, "/id")?);
        let signed = self.ask(Method::POST, &format!("{path}/payment"), None).await?;
        let package = text(&signed, "/package")?;
        let prepay_id = package.strip_prefix("prepay_id=").context("package has no prepay_id")?.to_owned();
        self.tell("got the signed parameters of wx.requestPayment");
        let mut sheet = signed.clone();
        sheet["appId"] = json!(self.access.app_id);
        let wish = json!({ "prepay_id": prepay_id, "request_payment": sheet });
        self.post("wechat:/_control/pay", wish).await?;
        self.tell("paid on WeChat's sheet");
        let page = self.until(&path, |page| page["state"] == "paid").await?;
        self.tell("the trade is paid");
        Ok(page)
    }

    /// What an operator sees on the shelf.
    async fn stock(&self, sku: &str) -> anyhow::Result<i64> {
        let stock = self.get(&format!("/admin/v1/stock?sku_id={sku}")).await?;
        stock["items"][0]["on_hand"].as_i64().with_context(|| format!("no stock of {sku}: {stock}"))
    }

    /// The same client, logged in as an operator.
    async fn books(&self) -> anyhow::Result<Option<Self>> {
        let Some((username, password)) = self.access.operator.clone() else { return Ok(None) };
        let mut books = Self {
            access: self.access.clone(),
            http: self.http.clone(),
            token: String::new(),
            started: Instant::now(),
            step: 0,
        };
        let login = json!({ "username": username, "password": password });
        let login = books.post("/admin/v1/auth/login", login).await?;
        text(&login, "/access_token")?.clone_into(&mut books.token);
        Ok(Some(books))
    }

    async fn compare(&mut self, books: &Self, trade: &Value, sku: &str, before: i64) -> anyhow::Result<()> {
        let id = text(trade, "/id")?;
        let payments = books.get(&format!("/admin/v1/payments?trade_id={id}")).await?;
        let payment = &payments["items"][0];
        ensure!(count(&payments) == 1 && payment["state"] == "succeeded", "the payment differs: {payments}");
        ensure!(payment["paid_amount"] == trade["total"], "the paid amount differs: {payment}");
        let source = text(payment, "/id")?;
        let number = source.trim_start_matches("payment_");
        let inbox = books.get(&format!("/admin/v1/callbacks?subject={number}")).await?;
        self.tell(match count(&inbox) {
            0 => "no call-back has come: WeChat was asked",
            _ => "WeChat's call-back came: signature verified, content decrypted, written down",
        });
        let ledger = books.get(&format!("/admin/v1/ledger?source={source}")).await?;
        ensure!(count(&ledger) == 1, "the ledger differs: {ledger}");
        ensure!(
            ledger["items"][0]["entries"][0]["amount"] == trade["total"],
            "the ledger's amount differs: {ledger}"
        );
        let after = books.stock(sku).await?;
        ensure!(before - after >= 2, "the stock differs: {before} before, {after} after");
        self.tell("order, payment, stock and ledger agree");
        Ok(())
    }
}

/// A product that costs little enough for one operator to give its price back.
fn affordable(products: &Value) -> anyhow::Result<String> {
    let items = products["items"].as_array().into_iter().flatten();
    let choice: Vec<_> =
        items.filter(|item| item["max_price"].as_i64().is_some_and(|price| price < 30_000)).collect();
    let place = usize::from(rand::random::<u8>()) % choice.len().max(1);
    let product = choice.get(place).context("no product under 300 yuan to buy")?;
    Ok(text(product, "/id")?.to_owned())
}

pub(super) fn text<'a>(value: &'a Value, at: &str) -> anyhow::Result<&'a str> {
    value.pointer(at).and_then(Value::as_str).with_context(|| format!("no text at {at} in {value}"))
}

pub(super) fn count(page: &Value) -> usize {
    page["items"].as_array().map_or(0, Vec::len)
}

pub(super) fn yuan(fen: &Value) -> String {
    crate::base::Money::fen(fen.as_i64().unwrap_or_default()).to_string()
}
