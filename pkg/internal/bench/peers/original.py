"""The stage of the notebook cell that sagalab replaces: a thread pool, in which
every request is a `requests.post` of its own without a session, retried after
5xx, timeouts and connection errors, and a pandas frame of the results at the end.

    original.py URL REQUESTS WORKERS

prints one line of JSON: the results, and the time of the stage without the start
of Python and the imports.
"""
import concurrent.futures
import json
import random
import resource
import sys
import time

import pandas as pd
import requests

MAX_ATTEMPTS = 3
WAITS = [1, 2, 4]
TIMEOUT = 5


def milliseconds(since):
    return int((time.time() - since) * 1000)


def post(url, payload):
    """Success, latency of the last attempt in ms, message."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        start = time.time()
        try:
            answer = requests.post(url, json=payload, timeout=TIMEOUT)
            latency = milliseconds(start)
            if answer.ok:
                return True, latency, answer.text
            message = f"HTTP {answer.status_code}: {answer.text}"
            if answer.status_code < 500:
                return False, latency, message
        except requests.exceptions.RequestException as error:
            latency, message = milliseconds(start), f"after {attempt} attempts: {error}"
        if attempt < MAX_ATTEMPTS:
            time.sleep(WAITS[min(attempt - 1, len(WAITS) - 1)])
    return False, latency, message


def task(url, payload):
    start = time.time()
    success, latency, message = post(url, payload)
    return {"success": success, "latency_ms": latency, "message": message, "start_ts": start, "end_ts": time.time()}


def stage(url, requests_, workers):
    template = {"user_id": 1, "product_id": 1, "quantity": 1, "payment_method_id": 1}
    with concurrent.futures.ThreadPoolExecutor(max_workers=workers) as pool:
        futures = []
        for _ in range(requests_):
            payload = dict(template)
            payload["idempotency_key"] = str(random.randint(1, 10**9))
            futures.append(pool.submit(task, url, payload))
        rows = [future.result() for future in concurrent.futures.as_completed(futures)]
    frame = pd.DataFrame(rows)
    frame["status_str"] = frame["success"].apply(lambda s: "success" if s else "failure")
    return frame


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    url, requests_, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cpu_before, before = cpu(), time.perf_counter()
    frame = stage(url, requests_, workers)
    print(json.dumps({
        "requests": len(frame),
        "failed": int((frame["status_str"] == "failure").sum()),
        "work_s": time.perf_counter() - before,
        "cpu_s": cpu() - cpu_before,
    }))


main()
