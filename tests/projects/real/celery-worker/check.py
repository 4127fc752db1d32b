import sys

from frozen import holds, run, same

done = run(sys.argv[1])
results = [line for line in done.stdout.splitlines() if line.startswith(("sum:", "chain:", "fragile:"))]
same("\n".join(results), "sum: 42\nchain: 6\nfragile: done after 2 retries")
holds(done.stdout, "memory://", "celery_worker.main.add")
holds(done.stderr, "ready.", "succeeded in", "Got shutdown from remote")
