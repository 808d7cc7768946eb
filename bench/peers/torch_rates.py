# What a card gives in products of large matrices alone, in float32 and in TF32: `python torch_rates.py cpu|cuda SIZE`.
import json
import sys
import time

import torch

REPEATS = 10


def teraflops(device, size, tf32):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    a, b = (torch.randn(size, size, device=device) for _ in range(2))
    synchronise = torch.cuda.synchronize if device == "cuda" else lambda: None
    for _ in range(3):
        a @ b
    synchronise()
    start = time.perf_counter()
    for _ in range(REPEATS):
        a @ b
    synchronise()
    return 2 * size**3 * REPEATS / (time.perf_counter() - start) / 1e12


def main():
    device, size = sys.argv[1], int(sys.argv[2])
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    figures = {"float32Teraflops": teraflops(device, size, False), "tf32Teraflops": teraflops(device, size, True)}
    print(json.dumps({"device": name, "size": size, "pytorch": torch.__version__, **figures}))


main()
