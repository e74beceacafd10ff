"""How a worker of the portal is started, said once for `make run`, the containers, the tests and the benches.

`python -m portal.worker default 2` takes up work from the queue `default` in two processes; what follows goes to
Celery as it stands.

A worker tells the other workers nothing: no heartbeats, no gossip. Nobody listens to them (portal/health.py has a sign
of life of its own), and a worker that is asked to end while the broker is away would try to send its last heartbeat
for ever, and never end.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

SILENT: tuple[str, ...] = ("--without-heartbeat", "--without-gossip", "--without-mingle")


def options(queues: str, processes: int, *more: str) -> list[str]:
    """The arguments of Celery for a worker: queues with commas between them, and in how many processes."""
    name = () if "-n" in more else ("-n", f"{queues.replace(',', '-')}@%h")
    return ["worker", "-Q", queues, "-c", str(processes), *SILENT, *name, *more]


def command(queues: str, processes: int, *more: str, app: str = "portal") -> list[str]:
    """The same as a command line. `app`: the module whose tasks it knows."""
    return [sys.executable, "-m", "celery", "--quiet", "-A", app, *options(queues, processes, *more)]


def main(arguments: Sequence[str]) -> None:
    """Be a worker. Raises SystemExit for a wrong number of arguments, and when the worker ends."""
    match arguments:
        case [queues, processes, *more] if processes.isdecimal():
            from portal.celery import app

            app.worker_main(options(queues, int(processes), *more))
        case _:
            raise SystemExit("python -m portal.worker QUEUE[,QUEUE] PROCESSES [options of celery worker]")


if __name__ == "__main__":
    main(sys.argv[1:])
