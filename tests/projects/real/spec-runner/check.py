import sys
from pathlib import Path

from frozen import run, same

steps = """
- render: {name: World, count: 2}
- wait: {seconds: 0}
- fetch: {url: "http://example.test/a", backend: loud}
- fetch: {url: "http://example.test/a b", backend: plain}
"""
Path("steps.yaml").write_text(steps, encoding="utf-8")
said = run(sys.argv[1], "steps.yaml").stdout
expected = """\
render: Hello World, 2 words.
wait: 0 s
fetch: GET HTTP://EXAMPLE.TEST/A
fetch: GET http://example.test/a%20b
mode: frozen
left out: True
"""
same(said, expected)
same(run(sys.argv[1], "--version").stdout, "agent-runner, version 0.3.0\n")
