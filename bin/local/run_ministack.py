"""Runs MiniStack for as long as its parent lives.

The parent holds the other end of stdin. When that closes, however the parent ended, MiniStack is asked to stop, which
also saves its state; then its temporary files go, and its whole process group is killed, for a busy function would
otherwise run on.
"""

import os
import shutil
import signal
import sys
import threading
import time

from ministack.app import main

SECONDS_TO_SAVE = 15

parent_is_gone = threading.Event()


def end_with_parent():
    os.read(0, 1)  # Not sys.stdin: its lock, held by this thread, would break the interpreter's own end.
    parent_is_gone.set()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_SAVE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    if os.getpgrp() != os.getpid():
        sys.exit("start it as the leader of a process group of its own")
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        main()
    finally:
        if parent_is_gone.is_set():
            shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
            os.killpg(0, signal.SIGKILL)
