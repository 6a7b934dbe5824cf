"""PyTorch's side of benchmarks/gpu/run: answers the requests that dev.swiftkv.benchmarks.gpu.Worker answers.

python3 torch_worker.py DEVICE: one JSON object a line on standard input, one answer a line on standard output.
"""

import json
import statistics
import sys
import time
import traceback
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from noise import prompt
from swiftkv_llama import SwiftKvLlama

PREFILL_BACKENDS = (SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION)
DECODE_BACKENDS = (SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION)


class Worker:
    """Measures on one device; keeps a model while it is open."""

    def __init__(self, device: str):
        self.device = torch.device(device)
        self.model = None
        self.tasks = {
            "describe": self.describe,
            "products": self.products,
            "attention": self.attention,
            "bandwidth": self.bandwidth,
            "logits": self.logits,
            "open": self.open,
            "prefill": self.prefill,
            "decode": self.decode,
            "close": self.close,
        }

    def describe(self, request):
        answer = {"torch": torch.__version__, "python": sys.version.split()[0], "threads": torch.get_num_threads()}
        if self._cuda():
            properties = torch.cuda.get_device_properties(self.device)
            answer["device"] = properties.name
            answer["memory_gib"] = round(properties.total_memory / 2**30)
            answer["cuda"] = torch.version.cuda
            answer["cudnn"] = torch.backends.cudnn.version()
        return answer

    def products(self, request):
        """torch.mm of noise in bf16 at the sizes of the layers' products."""
        shape = request["shape"]
        hidden, intermediate = shape["hidden"], shape["intermediate"]
        query, kv = shape["heads"] * shape["head_size"], shape["kv_heads"] * shape["head_size"]
        sizes = {
            "qkv": (query + 2 * kv, hidden),
            "output": (hidden, query),
            "gate_up": (2 * intermediate, hidden),
            "down": (hidden, intermediate),
            "later_kv": (shape["later_caches"] * 2 * kv, hidden),
            "head": (shape["vocabulary"], hidden),
        }
        measurements = []
        for product, (outputs, inputs) in sizes.items():
            copies = max(1, request["weight_bytes"] // (2 * outputs * inputs))
            weights = [self._random(outputs, inputs) for _ in range(copies)]
            for rows in request["rows"]:
                x = self._random(rows, inputs)
                out = torch.empty(rows, outputs, dtype=torch.bfloat16, device=self.device)
                seconds = self._seconds(request, lambda i: torch.mm(x, weights[i % copies].T, out=out))
                measurements.append(
                    {"product": product, "rows": rows, "outputs": outputs, "inputs": inputs, "seconds": seconds}
                )
        return {"measurements": measurements}

    def attention(self, request):
        """scaled_dot_product_attention; for decode, query heads that share a key head are rows of one product."""
        shape = request["shape"]
        heads, kv_heads, size = shape["heads"], shape["kv_heads"], shape["head_size"]
        measurements = []
        for case in request["cases"]:
            sequences, context, decode = case["sequences"], case["context"], case["kind"] == "decode"
            rows = heads // kv_heads if decode else context
            query = self._random(sequences, kv_heads if decode else heads, rows, size)
            key, value = (self._random(sequences, kv_heads, context, size) for _ in range(2))
            options = {} if decode else {"is_causal": True, "enable_gqa": True}
            for backend in self._backends(DECODE_BACKENDS if decode else PREFILL_BACKENDS):
                result = {**case, "backend": backend.name.lower().removesuffix("_attention")}
                try:
                    with sdpa_kernel(backend):
                        result["seconds"] = self._seconds(
                            request,
                            lambda _: functional.scaled_dot_product_attention(query, key, value, **options),
                        )
                except RuntimeError as error:
                    result["failure"] = str(error).splitlines()[0]
                measurements.append(result)
            del query, key, value
        return {"measurements": measurements}

    def bandwidth(self, request):
        """Bytes a second of reading alone (a sum) and of copying, reads and writes counted."""
        elements = request["bytes"] // 4
        source = torch.ones(elements, dtype=torch.float32, device=self.device)
        target = torch.empty_like(source)
        read = self._seconds(request, lambda _: source.sum())
        copy = self._seconds(request, lambda _: target.copy_(source))
        return {"read": 4 * elements / read, "copy": 8 * elements / copy}

    def logits(self, request):
        """The logits that the engine's worker writes, in the same order; kept for comparing with its file."""
        prompts, length, steps = request["prompts"], request["prompt_tokens"], request["steps"]
        model = self._open_model(request, length + steps)
        model.make_room(prompts, length + steps)
        tokens = self._prompts(request["seed"], prompts, length + steps, model)
        rows = [model.prefill(tokens[:, :length])]
        rows += [model.decode(tokens[:, position], position) for position in range(length, length + steps)]
        ours = torch.stack(rows).cpu().double()
        theirs = torch.from_file(request["file"], size=ours.numel(), dtype=torch.float32).view(ours.shape).double()
        norm = torch.linalg.vector_norm
        errors = norm(theirs - ours, dim=-1) / norm(ours, dim=-1)
        same = (theirs.argmax(-1) == ours.argmax(-1)).double().mean().item()
        return {
            "relative_error": (norm(theirs - ours) / norm(ours)).item(),
            "prefill_error": errors[0].max().item(),
            "decode_error": errors[1:].max().item(),
            "same_choice": same,
        }

    def open(self, request):
        self.close(request)
        start = time.perf_counter()
        self.model = self._open_model(request, request["context"])
        self.group_tokens = request["group_tokens"]
        self.warm = set()
        self._synchronize()
        return {"seconds": time.perf_counter() - start}

    def prefill(self, request):
        """Reads prompts as many at once as fill a group and chooses one token of each."""
        length, prompts = request["prompt_tokens"], request["prompts"]
        tokens = self._prompts(request["seed"], prompts, length, self.model)
        at_once = max(1, min(prompts, self.group_tokens // length))
        self.model.make_room(at_once, length)
        if length not in self.warm:
            self.model.prefill(tokens[:at_once]).argmax(-1)
            self.warm.add(length)
        self._synchronize()
        start = time.perf_counter()
        chosen = [self.model.prefill(group).argmax(-1) for group in tokens.split(at_once)]
        torch.cat(chosen).cpu()
        return {"seconds": time.perf_counter() - start, "tokens": length * prompts}

    def decode(self, request):
        """One step of all sequences at the middle of the steps' contexts, as one CUDA graph where there is CUDA."""
        sequences, position = request["sequences"], request["context"] + request["steps"] // 2
        self.model.make_room(sequences, position + 1)
        self.model.memory.normal_()
        current = self._prompts(request["seed"], sequences, 1, self.model)[:, 0].clone()

        def step():
            current.copy_(self.model.decode(current, position).argmax(-1))

        run = self._graph(step) if self._cuda() else step
        seconds = [self._seconds({**request, "rounds": 1}, lambda _: run()) for _ in range(request["rounds"])]
        return {"seconds": statistics.median(seconds), "least_seconds": min(seconds)}

    def close(self, request):
        was_open, self.model = self.model is not None, None
        if self._cuda():
            torch.cuda.empty_cache()
        return {"was_open": was_open}

    def _open_model(self, request, context: int):
        return SwiftKvLlama(
            Path(request["model"]),
            self.device,
            context,
            compiled=self._cuda() and request.get("compiled", True),
            residual=getattr(torch, request["residual"]),
            prefill_backends=self._backends(PREFILL_BACKENDS),
            decode_backends=self._backends(DECODE_BACKENDS),
        )

    def _graph(self, step):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        return graph.replay

    def _prompts(self, seed: int, count: int, length: int, model) -> torch.Tensor:
        vocabulary = model.config.vocabulary
        return torch.tensor([prompt(seed + i, length, vocabulary) for i in range(count)], device=self.device)

    def _random(self, *shape) -> torch.Tensor:
        return torch.randn(*shape, dtype=torch.bfloat16, device=self.device)

    def _backends(self, backends) -> list:
        return list(backends) if self._cuda() else [SDPBackend.MATH]

    def _cuda(self) -> bool:
        return self.device.type == "cuda"

    def _synchronize(self):
        if self._cuda():
            torch.cuda.synchronize()

    def _seconds(self, request, work) -> float:
        """Median seconds of one run, as the engine's Stopwatch takes them."""
        self._timed(work, 1)
        once = self._timed(work, 2) / 2
        repetitions = int(max(1, min(10_000, request["round_milliseconds"] / 1e3 / max(once, 1e-9))))
        return statistics.median(self._timed(work, repetitions) / repetitions for _ in range(request["rounds"]))

    def _timed(self, work, repetitions: int) -> float:
        self._synchronize()
        start = time.perf_counter()
        for i in range(repetitions):
            work(i)
        self._synchronize()
        return time.perf_counter() - start


@torch.inference_mode()
def main():
    answers, sys.stdout = sys.stdout, sys.stderr
    torch._dynamo.config.cache_size_limit = 256
    worker = Worker(sys.argv[1] if len(sys.argv) > 1 else "cuda")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = worker.tasks[request["do"]](request)
        except Exception as error:  # one part that fails must not end the others: whoever asked reports it
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
