"""SAQ's part: `produce` fills its queue, `work` empties it. Arguments and answers are those of part.ts."""

import asyncio
import json
import sys
import time

from saq import Queue, Worker

role, part = sys.argv[1], json.loads(sys.argv[2])


def now_ms():
    return time.time() * 1000


async def produce():
    queue = Queue.from_url(part["url"], name=part["queue"])
    await queue.connect()
    if part["everyMs"] == 0:
        for first in range(0, part["jobs"], 100):
            some = range(min(100, part["jobs"] - first))
            await asyncio.gather(*(queue.enqueue("job", at=now_ms()) for _ in some))
    else:
        for _ in range(part["jobs"]):
            await queue.enqueue("job", at=now_ms())
            await asyncio.sleep(part["everyMs"] / 1000)
    await queue.disconnect()


async def work():
    latencies = []
    ended = 0
    before = time.process_time()
    cpu = 0.0
    all_ended = asyncio.Event()

    async def job(_ctx, *, at):
        nonlocal ended, before, cpu
        latencies.append(now_ms() - at)
        if part["taskMs"] > 0:
            await asyncio.sleep(part["taskMs"] / 1000)
        ended += 1
        if ended == part["warmUp"]:
            before = time.process_time()
        if ended == part["jobs"]:
            cpu = (time.process_time() - before) / (part["jobs"] - part["warmUp"])
            all_ended.set()
        return {"done": True}

    queue = Queue.from_url(part["url"], name=part["queue"])
    await queue.connect()
    worker = Worker(queue, functions=[("job", job)], concurrency=part["atOnce"])
    running = asyncio.create_task(worker.start())
    await all_ended.wait()
    print(json.dumps({"cpu": cpu * 1e6, "latencies": latencies}))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


asyncio.run(produce() if role == "produce" else work())
