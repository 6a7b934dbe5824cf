"""The parts of a run. Each asks the engine and torch in turns and returns what they measured."""

import json
import subprocess
import time
from pathlib import Path

from partner import PartFailed, Partner

PLAIN = "plain"
SWIFTKV = "SwiftKV, l = L/2"


class Run:
    """What all parts share; torch may be left out, and so are its figures then."""

    def __init__(self, scale: dict, engine: Partner, torch: Partner | None, launcher: list, work: Path, seconds: float):
        self.scale = scale
        self.engine = engine
        self.torch = torch
        self.partners = [partner for partner in (engine, torch) if partner]
        self.launcher = launcher
        self.work = work
        self.deadline = time.monotonic() + seconds
        self.failures = []

    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def both(self, do: str, seconds: float, rounds: int) -> list:
        """Measurements of both sides, the engine first, then torch, and again: A/B/A/B."""
        measurements = []
        for round_number in range(rounds):
            for partner in self.partners:
                for measurement in self.attempt(partner, do, self.scale[do], seconds).get("measurements", []):
                    measurements.append({"subject": partner.name, "round": round_number, **measurement})
        return measurements

    def attempt(self, partner: Partner | None, do: str, request: dict, seconds: float) -> dict:
        """An answer, or nothing and a failure to report: the rest of the run goes on."""
        if partner is None:
            return {}
        started = time.monotonic()
        try:
            answer = partner.ask(do, request, min(seconds, self.seconds_left()))
        except PartFailed as failure:
            self.failures.append(str(failure))
            print(f"  FAILED {failure}", flush=True)
            return {}
        print(f"  {partner.name}: {do} took {time.monotonic() - started:.1f} s", flush=True)
        return answer

    def tool(self, *arguments: str) -> str:
        """What one of the engine's commands prints."""
        try:
            done = subprocess.run(
                [*self.launcher, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as failure:
            raise PartFailed(f"{' '.join(arguments)}: {failure}") from failure
        if done.returncode != 0:
            raise PartFailed(f"{' '.join(arguments)} ended with {done.returncode}: {done.stdout[-500:]}")
        return done.stdout


def doctor(run: Run) -> dict:
    """What was found on the machine."""
    result = {
        "engine": run.attempt(run.engine, "describe", {}, 120),
        "torch": run.attempt(run.torch, "describe", {}, 120),
    }
    try:
        result["doctor"] = run.tool("doctor")
        print(result["doctor"], flush=True)
    except PartFailed as failure:
        run.failures.append(str(failure))
        print(f"  FAILED {failure}", flush=True)
    return result


def correctness(run: Run) -> dict:
    """Every operation against the scalar device and against itself."""
    return run.attempt(run.engine, "correctness", run.scale["correctness"], 180)


def kernels(run: Run) -> dict:
    """Matrix products, attention, bandwidth, cost of a launch."""
    return {
        "products": run.both("products", 60, 2),
        "attention": run.both("attention", 60, 2),
        "launch": run.attempt(run.engine, "launch", run.scale["launch"], 30).get("measurements", []),
        "bandwidth": run.attempt(run.torch, "bandwidth", run.scale["bandwidth"], 30),
    }


def engine(run: Run) -> dict:
    """Whole models: logits first, then prompts and decode steps, both sides in turns."""
    models = {PLAIN: make_model(run, "llama"), SWIFTKV: make_model(run, "llama-swiftkv")}
    logits = [compare_logits(run, name, directory) for name, directory in models.items()]
    measurements = []
    for round_number in range(run.scale["repeats"]):
        started = time.monotonic()
        for partner in run.partners:
            for name, directory in models.items():
                origin = {"subject": partner.name, "model": name, "round": round_number}
                measurements += [{**origin, **one} for one in measure(run, partner, directory, round_number)]
        if run.seconds_left() < time.monotonic() - started:
            print(f"  no time for more than {round_number + 1} rounds", flush=True)
            break
    return {"logits": logits, "measurements": measurements}


def make_model(run: Run, family: str) -> Path:
    """A model whose weights are made from a seed where it is loaded; no token ends a completion."""
    directory = run.work / family
    if directory.exists():
        return directory
    shape, model = run.scale["products"]["shape"], run.scale["model"]
    arguments = ["make-model", "--no-weights", "--family", family, "--output", str(directory)]
    for name, value in (
        ("--layers", model["layers"]),
        ("--hidden", shape["hidden"]),
        ("--intermediate", shape["intermediate"]),
        ("--heads", shape["heads"]),
        ("--kv-heads", shape["kv_heads"]),
        ("--head-size", shape["head_size"]),
        ("--vocabulary", shape["vocabulary"]),
        ("--context", model["context"]),
    ):
        arguments += [name, str(value)]
    if family == "llama-swiftkv":
        arguments += ["--key-value-layers", str(model["key_value_layers"])]
    run.tool(*arguments)
    for file in ("config.json", "generation_config.json"):
        config = json.loads((directory / file).read_text())
        config.pop("eos_token_id", None)
        (directory / file).write_text(json.dumps(config))
    # Prompts are token ids; a tokenizer would only take time to load.
    (directory / "tokenizer.json").unlink()
    return directory


def compare_logits(run: Run, name: str, directory: Path) -> dict:
    """The engine's logits against torch's, of prompts read in chunks and of tokens decoded together."""
    file = run.work / "logits.bin"
    request = {**run.scale["logits"], "model": str(directory), "file": str(file)}
    result = {"model": name}
    if run.attempt(run.engine, "logits", request, 90):
        # Torch's residual stream in F32 first, as the engine has it, then as it is timed.
        wide = run.attempt(run.torch, "logits", {**request, "residual": "float32", "compiled": False}, 90)
        result.update(wide)
        narrow = run.attempt(run.torch, "logits", {**request, "residual": "bfloat16"}, 150)
        result["relative_error_as_timed"] = narrow.get("relative_error")
    file.unlink(missing_ok=True)
    return result


def measure(run: Run, partner: Partner, directory: Path, round_number: int) -> list:
    """Prompt speed at every length and the time of a decode step, of one model on one side."""
    scale = run.scale
    request = {
        "model": str(directory),
        "kv_cache_bytes": scale["kv_cache_bytes"],
        "sequences": scale["decode"]["sequences"],
        "context": scale["model"]["context"],
        "group_tokens": scale["group_tokens"],
        "residual": "bfloat16",
    }
    if not run.attempt(partner, "open", request, 90):
        return []
    results = []
    for tokens, prompts in scale["prompts"]:
        # The first reading warms up; no two readings have a prompt in common.
        seeds = [10_000 * (round_number * 10 + i) + tokens for i in range(3)]
        answers = [
            run.attempt(partner, "prefill", {"prompt_tokens": tokens, "prompts": prompts, "seed": seed}, 120)
            for seed in seeds
        ]
        results += [
            {"what": "prefill", "prompt_tokens": tokens, "prompts": prompts, **answer}
            for answer in answers[1:]
            if answer
        ]
    decode = {**scale["decode"], "seed": 500_000 + round_number * 1_000}
    answer = run.attempt(partner, "decode", decode, 120)
    if answer:
        results.append({"what": "decode", "sequences": decode["sequences"], "context": decode["context"], **answer})
    run.attempt(partner, "close", {}, 60)
    return results


PARTS = {"doctor": doctor, "correctness": correctness, "kernels": kernels, "engine": engine}
