"""Drives a headless Chromium by its own protocol over a pipe: real clicks and keys, no further package.

https://chromedevtools.github.io/devtools-protocol/; a message is JSON and ends with a NUL.
"""

import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE = 60


class Chromium:
    """One browser with one tab, which records every request, error and dialogue."""

    def __init__(self, size=(1200, 900)):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not program:
            raise SystemExit("no chromium on the PATH: apt-get install --no-install-recommends chromium")
        self.profile = tempfile.mkdtemp(prefix="permafreeze-browser-")
        to_read, self.writing = os.pipe()
        self.reading, to_write = os.pipe()
        # The browser reads from 3 and writes to 4; the pipe's own ends may be these numbers.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, to_write)]

        def place_ends():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.profile}",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--window-size={size[0]},{size[1]}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=place_ends, pass_fds=(3, 4),
        )
        for end in (to_read, to_write, *ends):
            os.close(end)
        self.buffer, self.number, self.session = b"", 0, None
        self.requests, self.errors, self.loaded = [], [], False
        target = next(t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def message(self, deadline):
        """The next message of the browser."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reading], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.reading, 1 << 20) if ready else b""
            if not part:
                raise SystemExit(f"the browser says nothing (it ended with {self.process.poll()})")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def note(self, message):
        """Keeps what tests ask about."""
        method, of = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(of["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = of["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and of["entry"]["level"] == "error":
            self.errors.append(of["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and of["type"] in ("error", "assert"):
            self.errors.append(str(of["args"]))
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"dialogue: {of['message']}")
            self.post("Page.handleJavaScriptDialog", accept=False)
        elif method == "Page.loadEventFired":
            self.loaded = True

    def post(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writing, data):]
        return self.number

    def send(self, method, **params):
        """Calls a method and returns its result."""
        number, deadline = self.post(method, **params), time.monotonic() + PATIENCE
        while True:
            message = self.message(deadline)
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def open(self, url):
        self.requests, self.errors, self.loaded = [], [], False
        self.send("Page.navigate", url=url)
        deadline = time.monotonic() + PATIENCE
        while not self.loaded:
            self.note(self.message(deadline))

    def js(self, expression):
        """The value of an expression in the page."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def settle(self):
        """Waits until what was done is drawn."""
        self.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def move(self, x, y):
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.settle()

    def click(self, x, y):
        self.move(x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()

    def click_on(self, selector, index=0):
        """Scrolls to an element and clicks its middle, as a user does."""
        box = self.js(f"""(() => {{
            const element = document.querySelectorAll({json.dumps(selector)})[{index}];
            if (!element) return null;
            element.scrollIntoView({{ block: "center" }});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        assert box, f"no element {selector} {index}"
        self.click(*box)

    def key(self, key, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **({"text": text} if text and kind == "keyDown" else {}))
        self.settle()

    def type(self, text):
        self.send("Input.insertText", text=text)
        self.settle()

    def media(self, **features):
        self.send("Emulation.setEmulatedMedia", features=[{"name": name.replace("_", "-"), "value": value}
                                                           for name, value in features.items()])
        self.settle()
