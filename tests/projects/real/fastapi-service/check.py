import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from frozen import free_port, holds, listening, same, started, wait_for


def ask(url, body=None):
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


port = free_port()
url = f"http://127.0.0.1:{port}"
with started(sys.argv[1], port, stderr=subprocess.PIPE, text=True) as server:
    wait_for(lambda: listening(port) or server.poll() is not None, "the service")
    if server.poll() is not None:
        sys.exit(server.stderr.read())
    same(ask(f"{url}/items", {"name": "tea", "price": 2.5}), (201, {"name": "tea", "price": 2.5}))
    same(ask(f"{url}/items/tea"), (200, {"name": "tea", "price": 2.5}))
    same(ask(f"{url}/items/milk"), (404, {"detail": "no item milk"}))
    code, answer = ask(f"{url}/items", {"name": "tea", "price": -1})
    same((code, answer["detail"][0]["msg"]), (422, "Input should be greater than 0"))
    same(ask(f"{url}/openapi.json")[1]["info"]["title"], "Items")
    server.send_signal(signal.SIGINT)
    log = server.communicate(timeout=60)[1]
holds(log, "Application startup complete.", "Finished server process")
same(server.returncode, 0)
