"""Drives the mini-program side and message push with wechatpy."""

import base64
import json
import secrets
import string
import time

import requests
from requests.adapters import HTTPAdapter
from wechatpy.client import WeChatClient
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException, WeChatClientException
from wechatpy.parser import parse_message
from wechatpy.utils import check_signature

from interop import APP_ID, SECRET, URL, Inbox, Receiver, check, control, finish, raises

WECHAT = "https://api.weixin.qq.com/"


class ToSimulator(HTTPAdapter):
    """The SDK has the address of WeChat in many places; this leads its requests to the simulator."""

    def send(self, request, **options):
        request.url = URL + "/" + request.url.removeprefix(WECHAT)
        return super().send(request, **{**options, "proxies": {}})


def client(**options):
    made = WeChatClient(APP_ID, options.pop("secret", SECRET), **options)
    made._http.mount(WECHAT, ToSimulator())
    return made


def word(length, letters=string.ascii_letters + string.digits):
    return "".join(secrets.choice(letters) for _ in range(length))


def is_image(content):
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


wechat = client()


def test_tokens():
    with check("access token"):
        assert len(wechat.access_token) > 16
        assert 0 < wechat.expires_at - time.time() <= 7200
    with check("access token with a wrong secret"), raises(WeChatClientException, (40001, 40125)):
        client(secret="wrong").fetch_access_token()
    with check("a dead access token is replaced by the SDK"):
        late = client(access_token="gone")
        assert is_image(late.wxa.get_wxa_code_unlimited("a=1").content)
        assert late.access_token != "gone"
    with check("a dead access token is refused"), raises(WeChatClientException, (40001, 40014)):
        client(access_token="gone", auto_retry=False).wxa.get_wxa_code_unlimited("a=1")
    with check("stable token"):
        # The SDK has no call of its own for it.
        wish = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        first, second = (wechat.post("stable_token", data=wish) for _ in range(2))
        assert first["access_token"] == second["access_token"] != wechat.access_token
        assert is_image(client(access_token=first["access_token"]).wxa.get_wxa_code_unlimited("a=1").content)


def test_login():
    login = control("login_codes", app_id=APP_ID)
    with check("code2session"):
        session = wechat.wxa.code_to_session(login["code"])
        assert session["openid"] == login["openid"], session
        assert len(base64.b64decode(session["session_key"])) == 16, session
    with check("code2session with a used code"), raises(WeChatClientException, (40029, 40163)):
        wechat.wxa.code_to_session(login["code"])
    with check("phone number"):
        code = control("phone_codes", app_id=APP_ID, phone="13800138000")["code"]
        answer = wechat.post(WECHAT + "wxa/business/getuserphonenumber", data={"code": code})
        assert answer["phone_info"]["purePhoneNumber"] == "13800138000", answer
        assert answer["phone_info"]["watermark"]["appid"] == APP_ID, answer
    return login["openid"]


def test_calls(openid):
    with check("mini-program code"):
        code = wechat.wxa.get_wxa_code_unlimited("id=7&from=shop", width=280)
        assert isinstance(code, requests.Response) and is_image(code.content)
    with check("subscribe message"):
        # Sent, or refused for what a user or the console has to allow first; never for its form.
        try:
            sent = wechat.wxa.send_subscribe_message(
                openid, word(43), {"thing1": {"value": "一双袜子"}}, page="pages/order?id=7"
            )
            assert sent["errcode"] == 0, sent
        except WeChatClientException as refused:
            assert refused.errcode in (40037, 43101), refused
    with check("text check, version 1"):
        assert wechat.wxa.check_text_security("你好")["errcode"] == 0
    with check("text check, version 2"):
        # The SDK knows version 1 only.
        text = {"content": "你好", "version": 2, "scene": 2, "openid": openid}
        answer = wechat.post(WECHAT + "wxa/msg_sec_check", data=text)
        assert answer["result"]["suggest"] == "pass", answer


class PushReceiver:
    """The shop's address for message push."""

    def __init__(self, mode, form):
        self.mode, self.form = mode, form
        self.token, self.aes_key = word(16), word(43)
        self.inbox = Inbox()
        self.echoes = 0
        self.crypto = WeChatCrypto(self.token, self.aes_key, APP_ID)
        self.url = Receiver(self.serve).url("/push?shop=7")

    def serve(self, request):
        query = request.query
        # WeChat's parameters come behind those the address has already.
        assert query["shop"] == "7", query
        try:
            if request.method == "GET":
                check_signature(self.token, query["signature"], query["timestamp"], query["nonce"])
                self.echoes += 1
                return 200, query["echostr"]
            self.inbox.put(self.opened(query, request.body))
        except InvalidSignatureException:
            return 403, ""
        return 200, "success"

    def opened(self, query, body):
        """The plain message as text."""
        if self.mode == "plain":
            assert "encrypt_type" not in query or query["encrypt_type"] == "raw", query
            check_signature(self.token, query["signature"], query["timestamp"], query["nonce"])
            return body.decode()
        assert query["encrypt_type"] == "aes", query
        sealed = json.loads(body) if self.form == "json" else body
        plain = self.crypto.decrypt_message(sealed, query["msg_signature"], query["timestamp"], query["nonce"])
        if self.mode == "secure":
            assert b"MsgType" not in body, body
        return plain

    def configure(self, **changed):
        wish = {"app_id": APP_ID, "url": self.url, "token": self.token, "aes_key": self.aes_key,
                "mode": self.mode, "format": self.form}
        return control("push", **{**wish, **changed})


def send(message):
    control("push/send", app_id=APP_ID, message=message)


def text_message(openid, content):
    return {
        "ToUserName": "gh_0123456789ab",
        "FromUserName": openid,
        "CreateTime": int(time.time()),
        "MsgType": "text",
        "Content": content,
        "MsgId": 23_000_000_000_000_000 + secrets.randbelow(10**12),
    }


def assert_arrived(push, sent):
    plain = push.inbox.next()
    if push.form == "json":
        got = json.loads(plain)
        assert {name: got.get(name) for name in sent} == sent, plain
        return
    got = parse_message(plain)
    assert (got.type, got.content, got.id) == ("text", sent["Content"], sent["MsgId"]), plain
    assert (got.source, got.target) == (sent["FromUserName"], sent["ToUserName"]), plain
    assert got.time == sent["CreateTime"], plain


def test_push(openid, mode, form):
    name = f"push, {mode} {form}"
    push = PushReceiver(mode, form)
    with check(f"{name}: verification of the address"):
        push.configure()
        assert push.echoes == 1, push.echoes
    with check(f"{name}: a message"):
        # Ends the CDATA section of XML and needs escapes in JSON.
        message = text_message(openid, '这双 <袜子> 有 "红色" & \\ ]]> 吗?')
        send(message)
        assert_arrived(push, message)
    with check(f"{name}: an event"):
        event = {
            "ToUserName": "gh_0123456789ab",
            "FromUserName": openid,
            "CreateTime": int(time.time()),
            "MsgType": "event",
            "Event": "user_enter_tempsession",
            "SessionFrom": "order-7",
        }
        send(event)
        plain = push.inbox.next()
        assert "user_enter_tempsession" in plain and "order-7" in plain, plain
    if mode == "secure":
        with check(f"{name}: every length of the padding"):
            for length in range(1, 33):
                message = text_message(openid, "x" * length)
                send(message)
                assert_arrived(push, message)


def test_refused_echo():
    with check("push: an address that does not echo is refused"):
        push = PushReceiver("secure", "json")
        answer = requests.post(
            f"{URL}/_control/push",
            json={"app_id": APP_ID, "url": push.url, "token": word(16), "aes_key": push.aes_key,
                  "mode": "secure", "format": "json"},
        )
        assert (answer.status_code, push.echoes) == (400, 0), (answer.status_code, answer.text)


test_tokens()
shopper = test_login()
test_calls(shopper)
for mode in ("plain", "compatible", "secure"):
    for form in ("json", "xml"):
        test_push(shopper, mode, form)
test_refused_echo()
finish()
