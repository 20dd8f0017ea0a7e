"""A browser for the tests of the pages: the WebDriver protocol in the small, spoken to chromedriver."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

# Without a window, and without asking anybody on the network for anything.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--window-size=1200,1000", "--lang=zh-CN"]
# How the protocol names an element.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Browser:
    """Chromium, driven as a person would: by what can be seen and clicked."""

    def __init__(self):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        driver = shutil.which("chromedriver")
        assert program and driver, "the pages are tested with chromium and chromedriver: please install both"
        self._folder = tempfile.mkdtemp()
        port = free_port()
        self._base = f"http://127.0.0.1:{port}"
        self._driver = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self._wait_until_ready()
        options = {"binary": program, "args": [*FLAGS, f"--user-data-dir={self._folder}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = "/session/" + self._call("POST", "/session", wanted)["sessionId"]

    def _wait_until_ready(self):
        for _ in range(300):
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("chromedriver does not start")

    def _call(self, method, path, fields=None):
        data = json.dumps(fields).encode() if fields is not None else None
        request = urllib.request.Request(self._base + path, data, {"content-type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{path} {fields}: {refused.read().decode()[:500]}") from None

    def _at(self, path, fields=None):
        return self._call("GET" if fields is None else "POST", self._session + path, fields)

    def open(self, url):
        self._at("/url", {"url": url})

    def text(self):
        """What can be read on the page."""
        return self._at("/execute/sync", {"script": "return document.body.innerText", "args": []})

    def waits_for(self, wanted):
        """Whether the page says so, as soon as it has come."""
        for _ in range(100):
            if wanted in self.text():
                return True
            time.sleep(0.05)
        return False

    def source(self):
        return self._at("/source")

    def click(self, label, last=False):
        """Clicks the button or the link that says so."""
        path = f"//button[normalize-space()='{label}'] | //a[normalize-space()='{label}']"
        found = self._at("/elements", {"using": "xpath", "value": path})
        assert found, f"nothing on the page says {label}:\n{self.text()}"
        self._at(f"/element/{found[-1 if last else 0][ELEMENT]}/click", {})

    def picture(self, name):
        """Keeps a picture of the page in the folder $PICTURES, if there is one."""
        folder = os.environ.get("PICTURES")
        if folder:
            (Path(folder) / f"{name}.png").write_bytes(base64.b64decode(self._at("/screenshot")))

    def close(self):
        try:
            self._call("DELETE", self._session)
        finally:
            self._driver.terminate()
            self._driver.wait(10)
            shutil.rmtree(self._folder, ignore_errors=True)
