"""Buys something with wechatpayv3 (`pip install wechatpayv3`), from login to the paid order.

    wechat-sim --port 9001 --keys keys
    python buy.py http://127.0.0.1:9001 keys/1900000001/merchant.json
"""

import json
import queue
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from wechatpayv3 import WeChatPay, WeChatPayType

WECHAT, KIT = sys.argv[1].rstrip("/"), json.loads(Path(sys.argv[2]).read_text())
APP_ID, APP_SECRET = "wxdemo0123456789a", "demo-secret"
paid = queue.Queue()


class NotifyHandler(BaseHTTPRequestHandler):
    """What listens at notify_url."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            # The SDK verifies the signature over these very bytes and decrypts; how old it may be is up to us.
            notification = wxpay.callback(self.headers, body)
            fresh = abs(time.time() - int(self.headers["Wechatpay-Timestamp"])) <= 300
        except Exception:  # Whatever is wrong with it: it does not count as from WeChat Pay.
            notification = None
        if not notification or not fresh:
            return self.answer(401, {"code": "FAIL", "message": "not from WeChat Pay"})
        # A shop stores it here, once per transaction_id: notifications come again and out of order.
        if notification["event_type"] == "TRANSACTION.SUCCESS":
            paid.put(notification["resource"])
        self.answer(200, {"code": "SUCCESS", "message": "OK"})

    def answer(self, status, fields):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(fields).encode())


def succeeded(reply):
    """The body of an answer; the SDK has verified its signature."""
    status, message = reply
    if status not in (200, 204):
        sys.exit(f"WeChat Pay answered {status}: {message}")
    return json.loads(message) if message else None


server = ThreadingHTTPServer(("127.0.0.1", 0), NotifyHandler)
wxpay = WeChatPay(
    wechatpay_type=WeChatPayType.MINIPROG,
    mchid=KIT["mchid"],
    private_key=KIT["merchant_private_key_pem"],
    cert_serial_no=KIT["merchant_serial"],
    apiv3_key=KIT["api_v3_key"],
    appid=APP_ID,
    notify_url=f"http://127.0.0.1:{server.server_port}/notify",
    public_key=KIT["public_key_pem"],
    public_key_id=KIT["public_key_id"],
    timeout=(10, 30),
)
wxpay._core._gate_way = WECHAT  # Leave this line out and it is the real WeChat Pay.
threading.Thread(target=server.serve_forever, daemon=True).start()

# The mini program calls wx.login and hands the code to its server, which asks who that is.
code = requests.post(f"{WECHAT}/_control/login_codes", json={"app_id": APP_ID}, timeout=10).json()["code"]
login = {"appid": APP_ID, "secret": APP_SECRET, "js_code": code, "grant_type": "authorization_code"}
session = requests.get(f"{WECHAT}/sns/jscode2session", params=login, timeout=10).json()
print("logged in:", session["openid"])

# The server orders, and gives the mini program what wx.requestPayment wants.
number = "P" + secrets.token_hex(12)
prepay = wxpay.pay("A pair of socks", number, {"total": 1099}, payer={"openid": session["openid"]})
package = "prepay_id=" + succeeded(prepay)["prepay_id"]
timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
sheet = {"timeStamp": timestamp, "nonceStr": nonce, "package": package, "signType": "RSA"}
sheet["paySign"] = wxpay.sign([APP_ID, timestamp, nonce, package])
print("for wx.requestPayment:", package)

# The shopper pays; on a telephone that is a finger on a button.
order = {"out_trade_no": number, "mchid": KIT["mchid"], "request_payment": {"appId": APP_ID, **sheet}}
requests.post(f"{WECHAT}/_control/pay", json=order, timeout=10).raise_for_status()

# The order is known by its number; what was paid for it has to be what it costs.
told = paid.get(timeout=30)
if (told["out_trade_no"], told["trade_state"], told["amount"]["total"]) != (number, "SUCCESS", 1099):
    sys.exit(f"this is not what was ordered: {told}")
print("notified:", told["transaction_id"])

# A notification may be late or lost: what counts can always be asked for.
print(succeeded(wxpay.query(out_trade_no=number))["trade_state"])
