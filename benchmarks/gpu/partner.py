"""A program that answers requests for measurements, one JSON object a line."""

import json
import queue
import subprocess
import threading
from pathlib import Path


class PartFailed(Exception):
    """A measurement that could not be taken, and why."""


class Partner:
    """A process; started at the first request, and again at the next one if it died."""

    def __init__(self, name: str, command: list, log: Path):
        self.name = name
        self.command = command
        self.log = log
        self.process = None
        self.lines = None

    def ask(self, do: str, request: dict, seconds: float) -> dict:
        """The answer to a request; PartFailed if there is none within the time."""
        if seconds <= 0:
            raise PartFailed(f"{self.name}: no time was left for {do}")
        if self.process is None or self.process.poll() is not None:
            self._start()
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self.process.stdin.flush()
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            self.end(kill=True)
            raise PartFailed(f"{self.name}: no answer to {do} within {seconds:.0f} s") from None
        except OSError:
            line = ""
        if not line:
            self.end(kill=True)
            raise PartFailed(f"{self.name} ended during {do}: {self._last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise PartFailed(f"{self.name}, {do}: {answer['error']}")
        return answer

    def end(self, kill: bool = False):
        """Ends the process, which gives the device back."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if kill:
            process.kill()
        try:
            process.stdin.close()
        except OSError:
            pass  # it is gone already
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout, self.lines), daemon=True).start()

    @staticmethod
    def _read(stdout, lines):
        for line in stdout:
            lines.put(line)
        lines.put("")

    def _last_words(self) -> str:
        words = self.log.read_text(errors="replace").strip().splitlines()
        return words[-1] if words else "it said nothing"
