"""Turns what was measured into results.json and results.md: every figure with its ratio to torch's beside it."""

import json
import statistics
from pathlib import Path

import scales
from parts import PLAIN, SWIFTKV

MET = {True: "met", False: "NOT MET", None: "not measured"}


def write_report(results: dict, output: Path):
    floors = floors_of(results)
    (output / "results.json").write_text(json.dumps({**results, "floors": floors}, indent=1) + "\n")
    (output / "results.md").write_text(markdown(results, floors))


def markdown(results: dict, floors: list) -> str:
    lines = ["# The engine on a GPU, beside PyTorch", ""]
    if results.get("scale") == "tiny":
        lines += ["Sizes of a trial run: no figure here says anything about speed.", ""]
    lines += table(["floor", "wanted", "measured", "to torch", ""], [row_of_floor(floor) for floor in floors])
    for name, section in SECTIONS.items():
        if name in results:
            lines += section(results[name])
    failures = [f"* {name}: {text}" for name in SECTIONS for text in results.get(name, {}).get("failures", [])]
    if failures:
        lines += ["## What failed", "", *failures, ""]
    seconds = {name: f"{results[name]['seconds']:.0f} s" for name in SECTIONS if name in results}
    lines += ["## Where this comes from", "", *origins_table(results.get("origins", {}), seconds)]
    return "\n".join(lines)


def origins_table(origins: dict, seconds: dict) -> list:
    """One column for each call of the script; parts of one call differ in nothing but their dates."""
    calls = {}
    for part, origin in origins.items():
        key = tuple((name, value) for name, value in origin.items() if name != "date")
        calls.setdefault(key, {})[part] = origin["date"]
    rows = {}
    for number, (facts, dates) in enumerate(calls.items()):
        begun = ", ".join(f"{part} {seconds.get(part, '')} until {date}" for part, date in dates.items())
        for name, value in (("parts", begun), *facts):
            rows.setdefault(name, [""] * len(calls))[number] = value
    return table([""] * (1 + len(calls)), [[name, *values] for name, values in rows.items()])


def table(header: list, rows: list) -> list:
    cells = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in cells] + [""]


# --- sections ---------------------------------------------------------------------------------------------------------


def doctor_section(part: dict) -> list:
    facts = [[side, name, value] for side in ("engine", "torch") for name, value in part.get(side, {}).items()]
    return ["## Machine", "", *table(["", "", ""], facts)]


def correctness_section(part: dict) -> list:
    rows = [
        [
            one["operation"],
            figure(one["error"], ".2g"),
            figure(one["bound"], ".2g"),
            one["checks"],
            "; ".join(one["failures"]) or "none",
        ]
        for one in part.get("findings", [])
    ]
    header = ["operation", "relative error", "bound", "checks", "failures"]
    return ["## Correctness", "", *table(header, rows)]


def kernels_section(part: dict) -> list:
    lines = ["## Matrix products", ""]
    rows = []
    for key, seconds in by_case(part.get("products", []), "product", "rows", "outputs", "inputs").items():
        product, count, outputs, inputs = key
        operations, size = 2.0 * count * outputs * inputs, 2.0 * (outputs * inputs + count * (outputs + inputs))
        ours, theirs = seconds.get("engine"), seconds.get("torch")
        rows.append(
            [
                f"{product} {outputs}×{inputs}",
                count,
                rate(operations, ours, 1e12),
                rate(operations, theirs, 1e12),
                rate(size, ours, 1e12, ".2f"),
                ratio(theirs, ours),
            ]
        )
    header = ["product", "rows", "TFLOP/s", "torch.mm", "TB/s", "to torch"]
    lines += table(header, rows)
    lines += ["Gate and up is the feed-forward less its down projection, activation included.", ""]
    lines += ["## Attention", ""]
    rows = []
    for case, ours, theirs in attention_cases(part):
        kind, sequences, context = case
        best = min(theirs.values(), default=None)
        work = attention_work(kind, sequences, context, part_shape(part))
        rows.append(
            [
                kind,
                f"{sequences} × {context:,}",
                rate(work, ours, 1e12, ".2f"),
                ", ".join(f"{name} {rate(work, value, 1e12, '.2f')}" for name, value in theirs.items()),
                ratio(best, ours),
            ]
        )
    header = ["kind", "sequences × tokens", "TFLOP/s; TB/s for decode", "torch", "to torch's best"]
    lines += table(header, rows)
    rows = [[one["launch"], figure(one["seconds"] * 1e6, ".2f")] for one in part.get("launch", [])]
    lines += ["## Cost of the smallest operation", "", *table(["launched", "µs"], rows)]
    bandwidth = part.get("bandwidth", {})
    rows = [[name, figure(value / 1e12, ".2f")] for name, value in bandwidth.items()]
    lines += ["## Memory, by torch", "", *table(["", "TB/s"], rows)]
    return lines


def engine_section(part: dict) -> list:
    rows = [
        [
            one["model"],
            figure(one.get("relative_error"), ".2g"),
            figure(one.get("prefill_error"), ".2g"),
            figure(one.get("decode_error"), ".2g"),
            figure(one.get("same_choice"), ".3f"),
            figure(one.get("relative_error_as_timed"), ".2g"),
        ]
        for one in part.get("logits", [])
    ]
    header = ["model", "relative error", "worst prompt", "worst decoded", "same choice", "error as timed"]
    lines = ["## Logits against torch's", "", *table(header, rows), "## Prompts", ""]
    rows = []
    for tokens in sorted({one["prompt_tokens"] for one in measured(part, "prefill")}):
        plain = {s: prefill_rate(part, s, PLAIN, tokens) for s in ("engine", "torch")}
        for model in (PLAIN, SWIFTKV):
            ours, theirs = (prefill_rate(part, subject, model, tokens) for subject in ("engine", "torch"))
            rows.append(
                [
                    f"{tokens:,}",
                    model,
                    figure(ours, ",.0f"),
                    figure(theirs, ",.0f"),
                    ratio(ours, theirs),
                    ratio(ours, plain["engine"]),
                    ratio(theirs, plain["torch"]),
                    spread(part, "engine", model, tokens),
                ]
            )
    header = ["prompt", "model", "tokens/s", "torch", "to torch", "to own plain", "torch's", "least to most"]
    lines += table(header, rows)
    lines += ["## Decode steps", ""]
    rows = []
    for model in (PLAIN, SWIFTKV):
        ours, theirs = (decode_seconds(part, subject, model) for subject in ("engine", "torch"))
        cell = [model, milliseconds(ours), milliseconds(theirs), ratio(theirs, ours)]
        rows.append([*cell, ratio(ours, decode_seconds(part, "engine", PLAIN))])
    lines += table(["model", "ms", "torch", "to torch", "to own plain"], rows)
    return lines


SECTIONS = {
    "doctor": doctor_section,
    "correctness": correctness_section,
    "kernels": kernels_section,
    "engine": engine_section,
}


# --- floors -----------------------------------------------------------------------------------------------------------


def floors_of(results: dict) -> list:
    """What the engine is held to on one H200, each met, not met or not measured."""
    part, whole = results.get("kernels", {}), results.get("engine", {})
    floors = [correctness_floor(results.get("correctness", {}))]
    products = by_case(part.get("products", []), "product", "rows", "outputs", "inputs")
    most = max((key[1] for key in products), default=0)
    for key, seconds in products.items():
        product, count, outputs, inputs = key
        if count == most:
            ours = per_second(2.0 * count * outputs * inputs / 1e12, seconds.get("engine"))
            theirs = per_second(2.0 * count * outputs * inputs / 1e12, seconds.get("torch"))
            name = f"{product}, {count:,} rows, TFLOP/s"
            floors.append(floor(name, scales.GEMM_TFLOPS, ours, theirs))
    for case, ours, theirs in attention_cases(part):
        kind, sequences, context = case
        work = attention_work(kind, sequences, context, part_shape(part)) / 1e12
        best = min(theirs.values(), default=None)
        wanted = scales.DECODE_ATTENTION_TERABYTES if kind == "decode" else scales.PREFILL_ATTENTION_TFLOPS
        name = f"{kind} attention, {sequences} × {context:,}, {'TB' if kind == 'decode' else 'TFLOP'}/s"
        floors.append(floor(name, wanted, per_second(work, ours), per_second(work, best)))
    lengths = sorted({one["prompt_tokens"] for one in measured(whole, "prefill")})
    tokens = 8192 if 8192 in lengths else max(lengths, default=8192)
    ours, theirs = (prefill_rate(whole, subject, SWIFTKV, tokens) for subject in ("engine", "torch"))
    floors.append(floor(f"SwiftKV prompts of {tokens:,}, tokens/s", scales.SWIFTKV_PREFILL_TOKENS, ours, theirs))
    speedups = [
        divided(prefill_rate(whole, subject, SWIFTKV, tokens), prefill_rate(whole, subject, PLAIN, tokens))
        for subject in ("engine", "torch")
    ]
    floors.append(floor(f"SwiftKV against own plain, prompts of {tokens:,}", scales.SWIFTKV_SPEEDUP, *speedups))
    steps = [
        divided(decode_seconds(whole, subject, PLAIN), decode_seconds(whole, subject, SWIFTKV))
        for subject in ("engine", "torch")
    ]
    floors.append(floor("decode steps a second, SwiftKV against plain", 1 / scales.DECODE_TOLERANCE, *steps))
    errors = [one.get("relative_error") for one in whole.get("logits", [])]
    worst = None if not errors or None in errors else max(errors)
    met = None if worst is None else worst <= scales.LOGITS_ERROR
    floors.append({"name": "logits against torch's, relative error, at most", "wanted": scales.LOGITS_ERROR})
    floors[-1].update(measured=worst, torch=None, met=met)
    return floors


def correctness_floor(part: dict) -> dict:
    findings = part.get("findings")
    failed = None if not findings else sum(1 for one in findings if one["failures"])
    met = None if failed is None else failed == 0
    return {"name": "operations that are not correct", "wanted": 0, "measured": failed, "torch": None, "met": met}


def floor(name: str, wanted: float, ours, theirs) -> dict:
    met = None if ours is None else ours >= wanted
    return {"name": name, "wanted": wanted, "measured": ours, "torch": theirs, "met": met}


def row_of_floor(floor_: dict) -> list:
    name, wanted, ours = floor_["name"], floor_["wanted"], floor_["measured"]
    return [name, figure(wanted, ",.4g"), figure(ours, ",.4g"), ratio(ours, floor_["torch"]), MET[floor_["met"]]]


# --- figures ----------------------------------------------------------------------------------------------------------


def by_case(measurements: list, *names: str) -> dict:
    """Median seconds of each case for each subject: {case: {subject: seconds}}."""
    cases = {}
    for one in measurements:
        key = tuple(one[name] for name in names)
        cases.setdefault(key, {}).setdefault(one["subject"], []).append(one["seconds"])
    return {key: {s: statistics.median(v) for s, v in subjects.items()} for key, subjects in cases.items()}


def attention_cases(part: dict):
    """(kind, sequences, context), the engine's seconds, {backend: torch's seconds}."""
    measurements = [{"backend": "engine", **one} for one in part.get("attention", []) if "seconds" in one]
    cases = {}
    for one in measurements:
        case = (one["kind"], one["sequences"], one["context"])
        cases.setdefault(case, {}).setdefault(one["backend"], []).append(one["seconds"])
    for case, backends in cases.items():
        medians = {name: statistics.median(values) for name, values in backends.items()}
        yield case, medians.pop("engine", None), medians


def part_shape(part: dict) -> dict:
    """The sizes that the part ran at, known by its products."""
    small = any(one["product"] == "head" and one["outputs"] == scales.SMALL["vocabulary"] for one in part["products"])
    return scales.SMALL if small else scales.LLAMA_8B


def attention_work(kind: str, sequences: int, context: int, shape: dict) -> float:
    """Floating-point operations of a prompt's causal attention; bytes of keys and values that a decode step reads."""
    if kind == "decode":
        return 2.0 * 2 * sequences * context * shape["kv_heads"] * shape["head_size"]
    return 2.0 * sequences * context * (context + 1) * shape["heads"] * shape["head_size"]


def measured(part: dict, what: str) -> list:
    return [one for one in part.get("measurements", []) if one["what"] == what]


def prefill_rates(part: dict, subject: str, model: str, tokens: int) -> list:
    return [
        one["tokens"] / one["seconds"]
        for one in measured(part, "prefill")
        if (one["subject"], one["model"], one["prompt_tokens"]) == (subject, model, tokens)
    ]


def prefill_rate(part: dict, subject: str, model: str, tokens: int):
    rates = prefill_rates(part, subject, model, tokens)
    return statistics.median(rates) if rates else None


def spread(part: dict, subject: str, model: str, tokens: int) -> str:
    rates = prefill_rates(part, subject, model, tokens)
    return f"{min(rates):,.0f} to {max(rates):,.0f}" if rates else "–"


def decode_seconds(part: dict, subject: str, model: str):
    seconds = [
        one["seconds"] for one in measured(part, "decode") if (one["subject"], one["model"]) == (subject, model)
    ]
    return statistics.median(seconds) if seconds else None


def per_second(work: float, seconds):
    return divided(work, seconds)


def divided(one, other):
    return one / other if one is not None and other else None


def rate(work: float, seconds, unit: float, form: str = ".1f") -> str:
    return figure(divided(work / unit, seconds), form)


def ratio(one, other) -> str:
    return figure(divided(one, other), ".2f")


def milliseconds(seconds) -> str:
    return figure(None if seconds is None else 1e3 * seconds, ".2f")


def figure(value, form: str) -> str:
    if value is None:
        return "–"
    return format(value, form) if isinstance(value, (int, float)) else str(value)
