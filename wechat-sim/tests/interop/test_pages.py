"""The pages of the simulator in a real browser: phones, the payment sheet, requests and notifications."""

import json
import urllib.request
import uuid
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpayv3 import WeChatPay, WeChatPayType

from browser import Browser
from interop import APP_ID, MCHID, SECRET, URL, Inbox, Receiver, check, control, finish, merchant_kit

KIT = merchant_kit()
inbox = Inbox()


def take(request):
    inbox.put(request.headers["Request-ID"])
    return 204, ""


receiver = Receiver(take)
wxpay = WeChatPay(
    wechatpay_type=WeChatPayType.MINIPROG, mchid=MCHID, private_key=KIT["merchant_private_key_pem"],
    cert_serial_no=KIT["merchant_serial"], apiv3_key=KIT["api_v3_key"], appid=APP_ID,
    notify_url=receiver.url("/notify"), public_key=KIT["public_key_pem"], public_key_id=KIT["public_key_id"],
)
wxpay._core._gate_way = URL


def listed(name):
    with urllib.request.urlopen(f"{URL}/_control/{name}", timeout=30) as answer:
        return json.load(answer)[name]


def now_millis():
    with urllib.request.urlopen(f"{URL}/_control/clock", timeout=30) as answer:
        return json.load(answer)["now_millis"]


def mini(path, **fields):
    """A call of the mini-program side."""
    request = urllib.request.Request(f"{URL}/{path}", json.dumps(fields).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def ordered(openid, total):
    """A prepaid order; its number and the address of its payment sheet."""
    number = "P" + uuid.uuid4().hex[:24]
    status, text = wxpay.pay("一双 <袜子>", number, {"total": total}, payer={"openid": openid})
    assert status == 200, text
    return number, f"{URL}/_control/sheet/{quote(json.loads(text)['prepay_id'], safe='')}"


def state(number):
    return json.loads(wxpay.query(out_trade_no=number)[1])["trade_state"]


browser = Browser()
try:
    with check("a phone for a new shopper"):
        browser.open(f"{URL}/_control/")
        before = browser.text().count("待付款")
        browser.click("打开小程序")
        assert browser.waits_for("新顾客") and browser.text().count("待付款") == before + 1
        assert "<script" not in browser.source()
        browser.picture("home")

    openid = control("login_codes", app_id=APP_ID)["openid"]
    phone = f"{URL}/_control/phone/{APP_ID}/{quote(openid, safe='')}"

    with check("a shopper cancels, and pays"):
        number, _ = ordered(openid, 1234)
        browser.open(phone)
        assert "¥12.34" in browser.text() and "一双 <袜子>" in browser.text()
        browser.click("付款")
        assert browser.waits_for("支付截止") and "¥12.34" in browser.text()
        browser.picture("sheet")
        browser.click("取消")
        assert browser.waits_for("支付已取消") and state(number) == "NOTPAY"
        browser.click("立即支付")
        assert browser.waits_for("支付成功") and state(number) == "SUCCESS"
        inbox.next()

    with check("a shopper pays after the order was closed"):
        number, sheet = ordered(openid, 50)
        assert wxpay.close(number)[0] == 204
        browser.open(sheet)
        assert browser.waits_for("订单已关闭")
        browser.click("关单后仍然支付")
        assert browser.waits_for("支付成功") and state(number) == "SUCCESS"
        inbox.next()

    with check("a wrong signature shows the string to sign"):
        stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        thief = WeChatPay(
            wechatpay_type=WeChatPayType.MINIPROG, mchid=MCHID, private_key=stranger.decode(),
            cert_serial_no=KIT["merchant_serial"], apiv3_key=KIT["api_v3_key"], appid=APP_ID,
            notify_url=receiver.url("/notify"), public_key=KIT["public_key_pem"], public_key_id=KIT["public_key_id"],
        )
        thief._core._gate_way = URL
        thief.query(out_trade_no="P0000000")
        browser.open(f"{URL}/_control/log?only=refused")
        assert "signature wrong: the string to sign was" in browser.text()
        newest = listed("requests")[0]["id"]
        browser.open(f"{URL}/_control/log/{newest}")
        browser.picture("request")
        text = browser.text()
        assert "待签名串" in text and "GET↵" in text and f"P0000000?mchid={MCHID}↵" in text, text

    with check("a notification is sent again"):
        browser.open(f"{URL}/_control/mail")
        assert "TRANSACTION.SUCCESS" in browser.text() and "已送达" in browser.text()
        browser.click("再次发送")
        inbox.next()
        browser.picture("notification")
        assert browser.waits_for("内容（加密前）")

    with check("the books"):
        browser.open(f"{URL}/_control/books")
        assert "¥12.84" in browser.text(), browser.text()

    with check("time moves by a button"):
        browser.open(f"{URL}/_control/")
        then = now_millis()
        browser.click("+1 天")
        assert browser.waits_for("快进") and any(now_millis() - then >= 86_400_000 for _ in range(50))

    with check("a subscribe message, as the shopper sees it"):
        template = control("templates", app_id=APP_ID, title="订单支付成功通知",
                           content="商品名称:{{thing1.DATA}}\n支付金额:{{amount2.DATA}}\n")
        control("subscriptions", app_id=APP_ID, openid=openid, template_ids=[template["id"]], answers="accept")
        token = mini("cgi-bin/stable_token", grant_type="client_credential", appid=APP_ID, secret=SECRET)["access_token"]
        data = {"thing1": {"value": "一双袜子"}, "amount2": {"value": "￥12.34"}}
        sent = mini(f"cgi-bin/message/subscribe/send?access_token={token}", touser=openid, template_id=template["id"],
                    data=data)
        assert sent["errcode"] == 0, sent
        browser.open(phone)
        text = browser.text()
        browser.picture("phone")
        assert "订单支付成功通知" in text and "商品名称" in text and "￥12.34" in text, text
finally:
    browser.close()
finish()
