"""Executes one notebook, cell by cell. Started by execution.go.

Its one argument is a JSON object: notebook, out, directory, kernel, cell_seconds (0: no bound), output_bytes, scrub (a
list of [regular expression, replacement]). It reports to file descriptor 3, one JSON object a line. After a cell it first
reports the outputs and reads from descriptor 4, as one line of JSON, what to keep of them: null for all of them as they
are, else a list of outputs without secrets. Then it writes the executed notebook, so that what ran is kept however this
ends, reports the end of the cell and reads another line: "next", or anything else to stop. SIGINT interrupts the running
cell and stops.

It must work with nbclient 0.7 (Debian bookworm) and newer.
"""

import asyncio
import inspect
import json
import os
import re
import signal
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

# The kernel kills a program 5 s after it was interrupted. But an interrupt that comes while the program is being built is
# lost, hence several; when the last has no effect either, the kernel itself must be stuck.
INTERRUPTS = 3
INTERRUPT_SECONDS = 6


async def settled(value):
    return await value if inspect.isawaitable(value) else value


class Client(NotebookClient):
    """Interrupts a cell that prints without end, before its output fills the memory."""

    printed = 0
    printed_max = 0
    on_flood = None

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            content = msg["content"]
            if msg["msg_type"] != "update_display_data":  # replaces what was there
                self.printed += len(content.get("text", "")) + sum(len(str(v)) for v in content.get("data", {}).values())
            if self.printed > self.printed_max:
                self.on_flood()
                return None
        return super().process_message(msg, cell, cell_index)


class Execution:
    def __init__(self, cfg):
        self.cfg = cfg
        self.reports = os.fdopen(3, "w", encoding="utf-8")
        self.answers = os.fdopen(4, "r", encoding="utf-8")
        self.scrub = [(re.compile(pattern), to) for pattern, to in cfg["scrub"]]
        self.nb = nbformat.read(cfg["notebook"], as_version=4)
        self.nb.metadata.pop("sagalab", None)  # the report of an earlier execution
        for cell in self.nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        self.client = Client(
            self.nb,
            kernel_name=cfg["kernel"],
            resources={"metadata": {"path": cfg["directory"]}},
            allow_errors=True,
            record_timing=False,
            timeout=None,
        )
        self.client.printed_max = cfg["output_bytes"]
        self.client.on_flood = lambda: self.interrupt("flood")
        self.cause = ""  # why the running cell was interrupted
        self.running = None
        self.dead = False

    def report(self, **event):
        json.dump(event, self.reports)
        self.reports.write("\n")
        self.reports.flush()

    def save(self):
        """Writes the notebook. Not with nbformat.write, which validates all outputs so far each time."""
        temp = self.cfg["out"] + ".partial"
        with open(temp, "w", encoding="utf-8") as file:
            file.write(nbformat.v4.writes(self.nb) + "\n")
        os.replace(temp, self.cfg["out"])

    def interrupt(self, cause):
        if not self.cause:
            self.cause = cause
            asyncio.ensure_future(self.interrupt_kernel())

    async def interrupt_kernel(self):
        running = self.running
        for _ in range(INTERRUPTS):
            if running is None or running.done():
                return
            await settled(self.client.km.interrupt_kernel())
            await asyncio.wait([running], timeout=INTERRUPT_SECONDS)
        running.cancel()

    async def run_cell(self, index, cell):
        self.client.printed = 0
        bound = None
        if self.cfg["cell_seconds"] > 0:
            loop = asyncio.get_running_loop()
            bound = loop.call_later(self.cfg["cell_seconds"], self.interrupt, "timeout")
        self.running = asyncio.ensure_future(self.client.async_execute_cell(cell, index))
        try:
            await self.running
        except (asyncio.CancelledError, DeadKernelError):
            self.dead = True  # or it did not react to an interrupt, which comes to the same
        finally:
            self.running = None
            if bound is not None:
                bound.cancel()
            self.tidy(cell)

    def tidy(self, cell):
        """Joins a stream's pieces, as newer nbclients do, and removes this machine's paths."""
        outputs = []
        for output in cell.outputs:
            last = outputs[-1] if outputs else None
            if last and output.output_type == last.output_type == "stream" and output.name == last.name:
                last.text += output.text
            else:
                outputs.append(output)
        cell.outputs = [self.clean(output) for output in outputs]
        # Positions have changed, and no program is left that could update a display.
        self.client._display_id_map.clear()

    def clean(self, value, key=""):
        if isinstance(value, dict):
            for name in value:
                value[name] = self.clean(value[name], name)
        elif isinstance(value, list):
            value = [self.clean(item, key) for item in value]
        elif isinstance(value, str) and not key.startswith("image/png"):
            for pattern, to in self.scrub:
                value = pattern.sub(to, value)
        return value

    def redact(self, index, cell):
        """Asks for the outputs without secrets. Without an answer none are kept."""
        self.report(event="outputs", index=index, outputs=cell.outputs)
        try:
            kept = json.loads(self.answers.readline())
        except ValueError:
            kept = []
        if kept is not None:
            cell.outputs = [nbformat.from_dict(output) for output in kept]

    async def run(self):
        self.save()
        async with self.client.async_setup_kernel():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.interrupt, "interrupt")
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                if self.cause:
                    break
                self.report(event="start", index=index)
                start = time.monotonic()
                await self.run_cell(index, cell)
                seconds = time.monotonic() - start
                self.redact(index, cell)
                self.save()
                self.report(
                    event="end",
                    index=index,
                    cause=self.cause,
                    dead=self.dead,
                    seconds=seconds,
                    outputs=cell.outputs,
                )
                if self.answers.readline().strip() != "next" or self.dead:
                    break


asyncio.run(Execution(json.loads(sys.argv[1])).run())
