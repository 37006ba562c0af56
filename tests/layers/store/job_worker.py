"""A worker in a process of its own: `python -m tests.layers.store.job_worker PLACE HOW`.

`HOW` is `count`, which does jobs until none waits and prints their numbers, or `hang`, which
begins one, says so, and never ends it.
"""

import sys
import time

from layers.jobs import Done, open_queue


def main(place: str, how: str) -> None:
    queue = open_queue(place)
    print("ready", flush=True)  # noqa: T201 - what the test reads
    sys.stdin.readline()
    while (job := queue.claim(f"worker-{id(queue)}-{time.time_ns()}")) is not None:
        print(job.number, flush=True)  # noqa: T201 - as above
        if how == "hang":
            time.sleep(600)
        if not queue.finish(job, Done(result={})):
            print("lost", job.number, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(*sys.argv[1:])
