"""A worker with its broker in its own memory: a thread sends it tasks, prints the results and ends it."""

import threading

from celery import Celery, chain

app = Celery("celery_worker", broker="memory://", backend="cache+memory://")
app.conf.worker_redirect_stdouts = False


@app.task
def add(x, y):
    return x + y


@app.task(bind=True, max_retries=2)
def fragile(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return f"done after {self.request.retries} retries"


def send():
    for name, task in (("sum", add.s(2, 40)), ("chain", chain(add.s(1, 2), add.s(3))), ("fragile", fragile.s())):
        print(f"{name}:", task.delay().get(timeout=60, disable_sync_subtasks=False), flush=True)
    app.control.shutdown()


def main():
    threading.Thread(target=send, daemon=True).start()
    app.worker_main(["worker", "--pool", "solo", "--loglevel", "INFO"])
