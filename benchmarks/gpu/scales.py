"""Sizes of a run, and the floors that its results are held to."""

LLAMA_8B = {
    "hidden": 4096,
    "intermediate": 14336,
    "heads": 32,
    "kv_heads": 8,
    "head_size": 128,
    "vocabulary": 128256,
    "later_caches": 16,
}

SMALL = {
    "hidden": 128,
    "intermediate": 192,
    "heads": 4,
    "kv_heads": 2,
    "head_size": 64,
    "vocabulary": 500,
    "later_caches": 2,
}


def sequence(name: str, length: int, inputs: int, later: bool, tail: int, chunks: list) -> dict:
    """A check of keys and values, see dev.swiftkv.benchmarks.gpu.CorrectnessTask."""
    return {"name": name, "length": length, "inputs": inputs, "later": later, "tail": tail, "chunks": chunks}


# The shape of Llama-3.1-8B, for one H100 or H200.
FULL = {
    "correctness": {
        "shape": LLAMA_8B,
        "rows": 8192,
        "repeats": 20,
        "sequences": [
            sequence("qkv and attend", 64, 4096, False, 16, [7, 33]),
            sequence("qkv and attend, long", 1100, 256, False, 20, [100, 512]),
            sequence("laterKv and attend", 48, 4096, True, 8, [16, 29]),
        ],
    },
    "products": {
        "shape": LLAMA_8B,
        "rows": [1, 8, 64, 512, 2048, 8192],
        "weight_bytes": 300_000_000,
        "rounds": 5,
        "round_milliseconds": 20,
    },
    "attention": {
        "shape": LLAMA_8B,
        "rounds": 5,
        "round_milliseconds": 20,
        "cases": [
            {"kind": "prefill", "sequences": 1, "context": 2048},
            {"kind": "prefill", "sequences": 1, "context": 8192},
            {"kind": "prefill", "sequences": 1, "context": 32768},
            {"kind": "decode", "sequences": 64, "context": 2048},
            {"kind": "decode", "sequences": 64, "context": 8192},
            {"kind": "decode", "sequences": 8, "context": 32768},
        ],
    },
    "launch": {"rounds": 5, "round_milliseconds": 20, "operations": 200},
    "bandwidth": {"bytes": 4 << 30, "rounds": 5, "round_milliseconds": 20},
    "model": {"layers": 32, "key_value_layers": 16, "context": 33792},
    "logits": {"prompts": 4, "prompt_tokens": 2048, "chunk_tokens": 1000, "steps": 4, "seed": 1000},
    "prompts": [(2048, 16), (8192, 6), (32768, 2)],
    "decode": {"sequences": 64, "context": 2048, "steps": 32, "rounds": 3, "round_milliseconds": 200},
    "kv_cache_bytes": 20_000_000_000,
    "group_tokens": 8192,
    "repeats": 2,
}

# The same programs on anything, an emulated GPU included, in seconds.
TINY = {
    "correctness": {
        "shape": SMALL,
        "rows": 140,
        "repeats": 2,
        "sequences": [
            sequence("qkv and attend", 40, 128, False, 6, [7]),
            sequence("laterKv and attend", 40, 128, True, 4, [16]),
        ],
    },
    "products": {"shape": SMALL, "rows": [1, 70], "weight_bytes": 0, "rounds": 1, "round_milliseconds": 0},
    "attention": {
        "shape": SMALL,
        "rounds": 1,
        "round_milliseconds": 0,
        "cases": [
            {"kind": "prefill", "sequences": 1, "context": 70},
            {"kind": "decode", "sequences": 2, "context": 70},
        ],
    },
    "launch": {"rounds": 1, "round_milliseconds": 0, "operations": 4},
    "bandwidth": {"bytes": 1 << 20, "rounds": 1, "round_milliseconds": 0},
    "model": {"layers": 4, "key_value_layers": 2, "context": 256},
    "logits": {"prompts": 2, "prompt_tokens": 40, "chunk_tokens": 17, "steps": 2, "seed": 1000},
    "prompts": [(32, 2), (64, 1)],
    "decode": {"sequences": 2, "context": 32, "steps": 3, "rounds": 1, "round_milliseconds": 0},
    "kv_cache_bytes": 4_000_000,
    "group_tokens": 64,
    "repeats": 1,
}

SCALES = {"full": FULL, "tiny": TINY}

# For one H200 at the full scale.
GEMM_TFLOPS = 600.0
PREFILL_ATTENTION_TFLOPS = 300.0
DECODE_ATTENTION_TERABYTES = 3.0
SWIFTKV_PREFILL_TOKENS = 50_000.0
SWIFTKV_SPEEDUP = 1.8
LOGITS_ERROR = 2e-2

# A decode step of SwiftKV does the same work as a plain one; two measurements of one thing differ by about this much.
DECODE_TOLERANCE = 1.02
