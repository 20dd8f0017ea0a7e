"""What the tests share: reporting, steering the simulator, and receiving what it sends.

`run` starts a fresh simulator for every test and tells where it is:

SIM_URL   its address
SIM_KEYS  the folder with the keys of its merchants
"""

import contextlib
import json
import os
import queue
import sys
import threading
import traceback
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

URL = os.environ["SIM_URL"].rstrip("/")
KEYS = Path(os.environ["SIM_KEYS"])

# What a simulator knows that was started without options.
APP_ID = "wxdemo0123456789a"
SECRET = "demo-secret"
MCHID = "1900000001"

# How long something may take that the simulator does by itself, in seconds.
PATIENCE = 30

_suite = Path(sys.argv[0]).stem.removeprefix("test_")
_failures = 0


@contextlib.contextmanager
def check(what):
    """One line of the report. A failure is shown and does not keep later checks from running."""
    global _failures
    try:
        yield
    except Exception:
        _failures += 1
        print(f"FAIL {_suite}: {what}")
        traceback.print_exc(file=sys.stdout)
    else:
        print(f"ok   {_suite}: {what}")


def finish():
    """Ends the test with what its checks have come to."""
    sys.exit(1 if _failures else 0)


@contextlib.contextmanager
def raises(kind, errcodes=None):
    """The block has to fail with `kind`, and with one of `errcodes` if they are given."""
    try:
        yield
    except kind as error:
        assert errcodes is None or error.errcode in errcodes, f"another error: {error!r}"
        return
    raise AssertionError(f"no {kind.__name__} was raised")


def control(path, **fields):
    """A command to the simulator."""
    request = urllib.request.Request(
        f"{URL}/_control/{path}", json.dumps(fields).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{path} {fields}: {refused.code} {refused.read().decode()}") from None


def merchant_kit(mchid=MCHID):
    """The keys of a merchant, on both sides of the wire."""
    return json.loads((KEYS / mchid / "merchant.json").read_text())


class Request:
    """A request the simulator sent."""

    def __init__(self, handler):
        url = urlsplit(handler.path)
        self.method = handler.command
        self.path = url.path
        self.query = dict(parse_qsl(url.query, keep_blank_values=True))
        self.headers = handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


class Receiver:
    """A web server of the shop. `serve` takes a `Request` and returns the status and the text of the answer."""

    def __init__(self, serve):
        class Handler(BaseHTTPRequestHandler):
            def handle_any(self):
                try:
                    status, text = serve(Request(self))
                except Exception:
                    # As a web framework does it: the sender sees a 500, the log says why.
                    traceback.print_exc(file=sys.stdout)
                    status, text = 500, ""
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_port}{path}"


class Inbox:
    """What a receiver accepted, in the order of arrival."""

    def __init__(self):
        self._queue = queue.Queue()

    def put(self, item):
        self._queue.put(item)

    def next(self):
        try:
            return self._queue.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError("nothing arrived that the SDK accepts") from None
