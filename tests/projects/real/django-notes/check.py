import signal
import subprocess
import sys
import urllib.request

from frozen import free_port, holds, listening, run, same, started, wait_for

program = sys.argv[1]
same(run(program, "check").stdout, "System check identified no issues (0 silenced).")
same(run(program, "makemigrations", "--check", "--dry-run").stdout, "No changes detected")
migrated = run(program, "migrate", "--no-color").stdout
holds(migrated, "Applying notes.0001_initial... OK", "Applying notes.0002_note_done... OK", "Applying admin.0001_initial... OK")
same(run(program, "note", "buy <milk>").stdout, "note 1")
holds(run(program, "showmigrations", "notes").stdout, "[X] 0002_note_done")

port = free_port()


def ask(path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return answer.read().decode()


with started(program, "runserver", "--noreload", f"127.0.0.1:{port}", stderr=subprocess.PIPE, text=True) as server:
    wait_for(lambda: listening(port) or server.poll() is not None, "the server")
    if server.poll() is not None:
        sys.exit(server.stderr.read())
    holds(ask("/"), "<li>buy &lt;milk&gt; (20")
    # Its templates, its translation and its static files.
    holds(ask("/admin/login/"), "Django-Verwaltung", "Anmelden")
    holds(ask("/static/admin/css/base.css"), "--primary")
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=60)
same(server.returncode, 0)
