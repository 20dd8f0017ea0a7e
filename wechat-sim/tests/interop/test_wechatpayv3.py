"""Drives the WeChat Pay side with wechatpayv3, in the way its README shows."""

import gzip
import hashlib
import json
import secrets
import tempfile
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from interop import APP_ID, KEYS, MCHID, URL, Inbox, Receiver, check, control, finish, merchant_kit

# The SDK writes the address of WeChat Pay into each object before it sends its first request. This keeps
# ours; everything else about the SDK is as it was installed.
Core._gate_way = property(lambda core: URL, lambda core, value: None)

CHINA = timezone(timedelta(hours=8))

KIT = merchant_kit()
inbox = Inbox()
wxpay = None


def notify(request):
    """The notify_url of the shop, as in the README."""
    result = wxpay.callback(request.headers, request.body)
    if result:
        inbox.put(result)
        return 200, json.dumps({"code": "SUCCESS", "message": "成功"})
    return 500, json.dumps({"code": "FAILED", "message": "失败"})


NOTIFY_URL = Receiver(notify).url("/notify")


def client(**options):
    return WeChatPay(**{
        "wechatpay_type": WeChatPayType.NATIVE,
        "mchid": MCHID,
        "private_key": (KEYS / MCHID / "apiclient_key.pem").read_text(),
        "cert_serial_no": KIT["merchant_serial"],
        "apiv3_key": KIT["api_v3_key"],
        "appid": APP_ID,
        "notify_url": NOTIFY_URL,
        "timeout": (10, 30),
        **options,
    })


def with_public_key():
    return client(
        public_key=(KEYS / MCHID / "pub_key.pem").read_text(), public_key_id=KIT["public_key_id"]
    )


def succeeded(reply, status=200):
    """The body of an answer; the SDK has verified its signature."""
    code, message = reply
    assert code == status, f"{code} {message}"
    return json.loads(message) if message else None


def refused(reply, status, error):
    code, message = reply
    assert code == status, f"{code} {message}"
    assert json.loads(message)["code"] == error, message


def number():
    return "I" + secrets.token_hex(12)


def shopper():
    return control("login_codes", app_id=APP_ID)["openid"]


def shopper_pays(out_trade_no):
    control("pay", out_trade_no=out_trade_no, mchid=MCHID)


def notified(event_type, key, value):
    """The next notification about `value`; others may come in between, for resends exist."""
    while True:
        result = inbox.next()
        if result["resource"].get(key) == value:
            assert result["event_type"] == event_type, result
            assert result["resource_type"] == "encrypt-resource", result
            return result["resource"]


def sell_jsapi(mode):
    """An order of a mini program from prepay to refund. Returns the paid transaction."""
    openid, out_trade_no = shopper(), number()
    order = {
        "description": "一双袜子",
        "out_trade_no": out_trade_no,
        "amount": {"total": 1099},
        "pay_type": WeChatPayType.MINIPROG,
        "payer": {"openid": openid},
        "attach": "第 7 号店",
    }
    with check(f"{mode}: JSAPI prepay"):
        prepay_id = succeeded(wxpay.pay(**order))["prepay_id"]
        assert prepay_id.startswith("wx"), prepay_id
        sheet = [APP_ID, str(int(time.time())), uuid.uuid4().hex, "prepay_id=" + prepay_id]
        assert wxpay.sign(data=sheet)
    with check(f"{mode}: the same prepay again, and with another amount"):
        succeeded(wxpay.pay(**order))
        refused(wxpay.pay(**{**order, "amount": {"total": 1}}), 400, "INVALID_REQUEST")
    with check(f"{mode}: query before the payment"):
        found = succeeded(wxpay.query(out_trade_no=out_trade_no))
        assert found["trade_state"] == "NOTPAY", found
    transaction = {}
    with check(f"{mode}: notification of the payment"):
        shopper_pays(out_trade_no)
        transaction = notified("TRANSACTION.SUCCESS", "out_trade_no", out_trade_no)
        assert (transaction["appid"], transaction["mchid"]) == (APP_ID, MCHID), transaction
        assert (transaction["trade_state"], transaction["trade_type"]) == ("SUCCESS", "JSAPI"), transaction
        assert transaction["amount"]["total"] == 1099, transaction
        assert transaction["payer"]["openid"] == openid, transaction
        assert transaction["attach"] == "第 7 号店", transaction
    with check(f"{mode}: query by number and by id"):
        assert succeeded(wxpay.query(out_trade_no=out_trade_no)) == transaction
        assert succeeded(wxpay.query(transaction_id=transaction["transaction_id"])) == transaction
    return transaction


def give_back(mode, transaction):
    """Refunds a part of a payment."""
    out_refund_no = number()
    with check(f"{mode}: refund"):
        refund = succeeded(wxpay.refund(
            out_refund_no=out_refund_no,
            amount={"refund": 99, "total": 1099, "currency": "CNY"},
            transaction_id=transaction["transaction_id"],
            reason="少了一只",
        ))
        assert refund["status"] in ("PROCESSING", "SUCCESS"), refund
        assert refund["out_trade_no"] == transaction["out_trade_no"], refund
    with check(f"{mode}: notification of the refund"):
        told = notified("REFUND.SUCCESS", "out_refund_no", out_refund_no)
        assert told["refund_status"] == "SUCCESS", told
        assert told["amount"]["refund"] == 99, told
    with check(f"{mode}: query of the refund and of its order"):
        found = succeeded(wxpay.query_refund(out_refund_no))
        assert (found["status"], found["refund_id"]) == ("SUCCESS", refund["refund_id"]), found
        found = succeeded(wxpay.query(out_trade_no=transaction["out_trade_no"]))
        assert found["trade_state"] == "REFUND", found
    return out_refund_no


def sell_native(mode):
    """An order that is paid by scanning a code."""
    out_trade_no = number()
    with check(f"{mode}: Native prepay"):
        answer = succeeded(wxpay.pay(
            description="demo-description",
            out_trade_no=out_trade_no,
            amount={"total": 100},
            pay_type=WeChatPayType.NATIVE,
        ))
        assert answer["code_url"].startswith("weixin://"), answer
    with check(f"{mode}: the code is paid"):
        shopper_pays(out_trade_no)
        transaction = notified("TRANSACTION.SUCCESS", "out_trade_no", out_trade_no)
        assert transaction["trade_type"] == "NATIVE", transaction
        assert transaction["payer"]["openid"], transaction


def close_order(mode):
    out_trade_no = number()
    with check(f"{mode}: close"):
        succeeded(wxpay.pay(
            description="demo-description",
            out_trade_no=out_trade_no,
            amount={"total": 100},
            pay_type=WeChatPayType.JSAPI,
            payer={"openid": shopper()},
        ))
        assert succeeded(wxpay.close(out_trade_no), 204) is None
        found = succeeded(wxpay.query(out_trade_no=out_trade_no))
        assert found["trade_state"] == "CLOSED", found


def sell_everything(mode):
    transaction = sell_jsapi(mode)
    out_refund_no = give_back(mode, transaction)
    sell_native(mode)
    close_order(mode)
    return transaction, out_refund_no


def test_certificate_mode():
    """The platform signs with its certificate, which the SDK downloads and keeps in a folder."""
    global wxpay
    mode = "certificate mode"
    control("signing", mchid=MCHID, material="certificate")
    with tempfile.TemporaryDirectory() as folder:
        with check(f"{mode}: certificate download"):
            wxpay = client(cert_dir=folder)
            kept = Path(folder, KIT["platform_serial"] + ".pem")
            assert kept.read_text() == (KEYS / MCHID / "platform_cert.pem").read_text()
        return sell_everything(mode)


def test_public_key_mode():
    """The platform signs with its public key, which a merchant copies from the console."""
    global wxpay
    control("signing", mchid=MCHID, material="public_key")
    wxpay = with_public_key()
    return sell_everything("public key mode")


def test_transition():
    """Answers follow the request, notifications still come with the certificate."""
    global wxpay
    control("signing", mchid=MCHID, material="certificate")
    wxpay = with_public_key()
    sell_jsapi("transition")


def test_refusals():
    with check("an order that does not exist"):
        refused(wxpay.query(out_trade_no=number()), 404, "ORDER_NOT_EXIST")
    with check("a request with another merchant's key"):
        pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        stranger = pair.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        thief = client(
            private_key=stranger.decode(), public_key=KIT["public_key_pem"], public_key_id=KIT["public_key_id"]
        )
        refused(thief.query(out_trade_no=number()), 401, "SIGN_ERROR")


def next_noon():
    """Moves the simulator's time to noon in China of the next day: the bills of today are ready. The stamps of
    signatures stay where they are, so the SDK need not know."""
    midnight = datetime.now(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    noon = midnight + timedelta(days=1, hours=12)
    control("clock", advance_ms=int((noon.timestamp() - time.time()) * 1000))


def downloaded(answer):
    """The text of a bill; the hash covers the file as it was before it was packed."""
    code, packed = wxpay.download_bill(answer["download_url"])
    assert code == 200, f"{code} {packed!r}"
    plain = gzip.decompress(packed)
    assert answer["hash_type"] == "SHA1", answer
    assert answer["hash_value"].lower() == hashlib.sha1(plain).hexdigest(), answer
    return plain.decode("utf-8-sig")


def rows(bill):
    """The detail lines of a bill by the names of their columns."""
    lines = bill.split("\r\n")
    names = lines[0].split(",")
    details = [line.split(",") for line in lines[1:] if line.startswith("`")][:-1]
    return [dict(zip(names, (field.removeprefix("`") for field in fields), strict=True)) for fields in details]


def test_bills(sold):
    first = datetime.fromisoformat(sold[0][0]["success_time"]).astimezone(CHINA).date()
    # Two days when midnight in China fell into this test.
    days = sorted({first, datetime.now(CHINA).date()})
    next_noon()
    with check("trade bill"):
        bill = [row for day in days for row in rows(downloaded(succeeded(
            wxpay.trade_bill(bill_date=day.isoformat()))))]
        for transaction, out_refund_no in sold:
            mine = [row for row in bill if row["商户订单号"] == transaction["out_trade_no"]]
            paid, refund = sorted(mine, key=lambda row: row["商户退款单号"] != "0")
            assert (paid["交易状态"], paid["应结订单金额"]) == ("SUCCESS", "10.99"), paid
            assert paid["微信订单号"] == transaction["transaction_id"], paid
            assert (refund["交易状态"], refund["退款金额"]) == ("REFUND", "0.99"), refund
            assert refund["商户退款单号"] == out_refund_no, refund
    with check("fund flow bill"):
        bill = [row for day in days for row in rows(downloaded(succeeded(
            wxpay.fundflow_bill(bill_date=day.isoformat()))))]
        for transaction, _ in sold:
            flows = [row for row in bill if row["微信支付业务单号"] == transaction["transaction_id"]]
            got = [(row["收支类型"], row["收支金额(元)"]) for row in flows]
            assert ("收入", "10.99") in got, bill
    with check("the bill of a day without trade"):
        before = first - timedelta(days=1)
        refused(wxpay.trade_bill(bill_date=before.isoformat()), 400, "NO_STATEMENT_EXIST")


sold = [test_certificate_mode(), test_public_key_mode()]
test_transition()
test_refusals()
# The last one, for it moves the simulator's time.
test_bills(sold)
finish()
