// Buys something, from login to the paid order, with nothing but Node's own modules (Node 20 or later).
//
//     wechat-sim --port 9001 --keys keys
//     node buy.mjs http://127.0.0.1:9001 keys/1900000001/merchant.json

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const wechat = process.argv[2].replace(/\/$/, "");
const kit = JSON.parse(readFileSync(process.argv[3], "utf8"));
const [appId, appSecret] = ["wxdemo0123456789a", "demo-secret"];

// WeChat Pay signs with one of these and names it in a header.
const theirKeys = new Map([
  [kit.public_key_id, crypto.createPublicKey(kit.public_key_pem)],
  [kit.platform_serial, new crypto.X509Certificate(kit.platform_certificate_pem).publicKey],
]);
const now = () => Math.floor(Date.now() / 1000);
const random = (bytes) => crypto.randomBytes(bytes).toString("hex");

/** The merchant's signature over lines of text, each with a line feed at its end. */
function sign(...lines) {
  const text = lines.map((line) => `${line}\n`).join("");
  return crypto.sign("RSA-SHA256", Buffer.from(text), kit.merchant_private_key_pem).toString("base64");
}

/** Throws unless WeChat Pay signed these very bytes within the last five minutes. */
function verify(header, body) {
  const [timestamp, nonce] = [header("wechatpay-timestamp"), header("wechatpay-nonce")];
  const key = theirKeys.get(header("wechatpay-serial"));
  const signature = Buffer.from(header("wechatpay-signature") ?? "", "base64");
  const signed = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from("\n")]);
  assert(key && crypto.verify("RSA-SHA256", signed, key, signature), "not signed by WeChat Pay");
  assert(Math.abs(now() - Number(timestamp)) <= 300, "signed too long ago");
}

/** Opens the `resource` of a notification. */
function decrypt({ nonce, ciphertext, associated_data = "" }) {
  const sealed = Buffer.from(ciphertext, "base64");
  const cipher = crypto.createDecipheriv("aes-256-gcm", kit.api_v3_key, nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(associated_data)).setAuthTag(sealed.subarray(-16));
  return JSON.parse(Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]));
}

/** A signed request to WeChat Pay; its answer, verified. */
async function payCall(method, path, fields) {
  // What is signed has to be what is sent: the body is made once.
  const body = fields && JSON.stringify(fields);
  const [timestamp, nonce] = [now(), random(16)];
  const signature = sign(method, path, timestamp, nonce, body ?? "");
  const headers = {
    Authorization:
      `WECHATPAY2-SHA256-RSA2048 mchid="${kit.mchid}",nonce_str="${nonce}",timestamp="${timestamp}",` +
      `serial_no="${kit.merchant_serial}",signature="${signature}"`,
    Accept: "application/json",
    "Content-Type": "application/json",
    "User-Agent": "buy.mjs",
    "Wechatpay-Serial": kit.public_key_id, // Asks for an answer signed with this key.
  };
  const answer = await fetch(wechat + path, { method, headers, body, signal: AbortSignal.timeout(30_000) });
  const text = Buffer.from(await answer.arrayBuffer());
  assert(answer.ok, `WeChat Pay answered ${answer.status}: ${text}`);
  verify((name) => answer.headers.get(name), text);
  return text.length > 0 ? JSON.parse(text) : undefined;
}

/** GET, or POST of JSON. */
async function fetchJson(url, fields) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) };
  const answer = await fetch(url, fields && post);
  assert(answer.ok, `${url}: ${answer.status}`);
  return answer.json();
}

const events = new EventEmitter();
// What listens at notify_url. A shop stores the payment before it answers, once per transaction_id:
// notifications come again and out of order.
const server = createServer(async (request, response) => {
  try {
    const body = Buffer.concat(await request.toArray());
    verify((name) => request.headers[name], body);
    const { event_type, resource } = JSON.parse(body);
    events.emit(event_type, decrypt(resource));
    response.writeHead(204).end();
  } catch (fault) {
    // Whatever is wrong with it: it does not count as from WeChat Pay.
    response.writeHead(401).end(JSON.stringify({ code: "FAIL", message: fault.message }));
  }
});
await once(server.listen(0, "127.0.0.1"), "listening");

// The mini program calls wx.login and hands the code to its server, which asks who that is.
const { code } = await fetchJson(`${wechat}/_control/login_codes`, { app_id: appId });
const login = { appid: appId, secret: appSecret, js_code: code, grant_type: "authorization_code" };
const session = await fetchJson(`${wechat}/sns/jscode2session?${new URLSearchParams(login)}`);
console.log("logged in:", session.openid);

// The server orders, and gives the mini program what wx.requestPayment wants.
const number = "P" + random(12);
const { prepay_id } = await payCall("POST", "/v3/pay/transactions/jsapi", {
  appid: appId,
  mchid: kit.mchid,
  description: "A pair of socks",
  out_trade_no: number,
  notify_url: `http://127.0.0.1:${server.address().port}/notify`,
  amount: { total: 1099, currency: "CNY" }, // In fen.
  payer: { openid: session.openid },
});
const sheet = { timeStamp: String(now()), nonceStr: random(16), package: `prepay_id=${prepay_id}`, signType: "RSA" };
sheet.paySign = sign(appId, sheet.timeStamp, sheet.nonceStr, sheet.package);
console.log("for wx.requestPayment:", sheet.package);

// The shopper pays; on a telephone that is a finger on a button.
const notified = once(events, "TRANSACTION.SUCCESS", { signal: AbortSignal.timeout(30_000) });
const asked = { out_trade_no: number, mchid: kit.mchid, request_payment: { appId, ...sheet } };
await fetchJson(`${wechat}/_control/pay`, asked);

// The order is known by its number; what was paid for it has to be what it costs.
const [paid] = await notified;
assert.deepEqual([paid.out_trade_no, paid.mchid, paid.appid], [number, kit.mchid, appId]);
assert.deepEqual([paid.trade_state, paid.amount.total], ["SUCCESS", 1099]);
console.log("notified:", paid.transaction_id);

// A notification may be late or lost: what counts can always be asked for.
const order = await payCall("GET", `/v3/pay/transactions/out-trade-no/${number}?mchid=${kit.mchid}`);
console.log(order.trade_state);
server.close();
