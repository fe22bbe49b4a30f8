"""Runs MiniStack for as long as its parent lives.

The parent holds the other end of stdin. When that closes, however the parent ended, MiniStack is asked to stop, which
also saves its state; then its temporary files go, and its whole process group is killed, for a busy function would
otherwise run on.

A function that is given other code ends what it runs, as it does on AWS; MiniStack would kill it.
"""

import os
import shutil
import signal
import sys
import threading
import time

from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

SECONDS_TO_SAVE = 15
SECONDS_TO_END_AN_INVOCATION = 5

parent_is_gone = threading.Event()


def end_with_parent():
    os.read(0, 1)  # Not sys.stdin: its lock, held by this thread, would break the interpreter's own end.
    parent_is_gone.set()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_SAVE)
    os.killpg(0, signal.SIGKILL)


def let_old_code_end():
    """Other code takes the processes of a function out of use, and kills them when they are idle, after some seconds in any case."""
    kill, update_code = lambda_runtime.kill_workers, lambda_svc._update_code
    update = threading.local()

    def kill_when_idle(workers):
        end = time.monotonic() + SECONDS_TO_END_AN_INVOCATION
        while time.monotonic() < end and any(worker.in_use for worker in workers):
            time.sleep(0.05)
        kill(workers)

    def kill_workers(workers):
        if getattr(update, "is_under_way", False):
            threading.Thread(target=kill_when_idle, args=(list(workers),), daemon=True).start()
        else:
            kill(workers)

    def update_code_gently(*args):
        update.is_under_way = True
        try:
            return update_code(*args)
        finally:
            update.is_under_way = False

    lambda_runtime.kill_workers, lambda_svc._update_code = kill_workers, update_code_gently


if __name__ == "__main__":
    if os.getpgrp() != os.getpid():
        sys.exit("start it as the leader of a process group of its own")
    threading.Thread(target=end_with_parent, daemon=True).start()
    let_old_code_end()
    try:
        main()
    finally:
        if parent_is_gone.is_set():
            shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
            os.killpg(0, signal.SIGKILL)
