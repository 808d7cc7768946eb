# What every peer shares: the data, the weights to start from, and the conversation with bench/steps.js, one JSON object
# a line. Numbers here are ours and the peers' alike; only the framework differs.
import argparse
import gzip
import json
import resource
import struct
import sys
import time

import numpy as np

# Batch norm: the share of the tracked statistics that each step keeps, and the variance's addend.
NORM_MOMENTUM = 0.9
NORM_EPSILON = 1e-5


def arguments(modes):
    parser = argparse.ArgumentParser()
    parser.add_argument("family", choices=["gan", "dcgan", "vae", "cgan", "iwae"])
    parser.add_argument("mode", choices=modes)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--images", required=True, help="IDX file of images, gzipped")
    parser.add_argument("--labels", help="IDX file of their classes, gzipped")
    parser.add_argument("--reference", required=True, help="safetensors file that bench/steps/reference.js wrote")
    parser.add_argument("--settings", required=True, type=json.loads, help="what it printed: batch size, Adam, ...")
    return parser.parse_args()


def read_images(path):
    """[count, 784], uint8."""
    with gzip.open(path) as file:
        count, height, width = struct.unpack(">4xIII", file.read(16))
        return np.frombuffer(file.read(), np.uint8).reshape(count, height * width).copy()


def read_labels(path):
    """[count], int64."""
    with gzip.open(path) as file:
        file.seek(8)
        return np.frombuffer(file.read(), np.uint8).astype(np.int64)


def read_reference(path):
    """The initial weights by their names in aigc, and the indices and noise of the first steps."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"]).copy()
        for name, entry in header.items()
    }


def check_inputs(reference):
    """(indices, noise) of each step whose losses are compared; `iwae` has a second noise, uniform."""
    noise = [values for name, values in reference.items() if name.startswith("check.noise")]
    return list(zip(reference["check.indices"].astype(np.int64), *noise))


def corrected_epsilon(settings, step):
    """PyTorch and optax add epsilon to the corrected sqrt(v), aigc and TensorFlow to the uncorrected: with this one, in the steps
    that are compared, it is the same number."""
    return settings["epsilon"] / (1 - settings["beta2"] ** (step + 1)) ** 0.5


def loss_names(family):
    """The losses of a step, in the order in which every step here returns them."""
    named = {"vae": ["elbo", "reconstruction", "kl"], "iwae": ["bound"]}
    return named.get(family, ["generator", "discriminator"])


def shuffled_batches(count, batch, seed=1):
    """Indices [batch] for ever, a new order each epoch; what is left over is dropped."""
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(count)
        for start in range(0, count - batch + 1, batch):
            yield order[start : start + batch]


def say(**fields):
    print(json.dumps(fields), flush=True)


def peak_memory_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def write_samples(draw, latent, request):
    """Draws `request["count"]` images and writes them to `request["file"]`, .npy, as bytes [count, 28, 28].
    `draw(noise)` takes normal noise [batch, latent] to pixels in [-1, 1], 784 an image."""
    generator = np.random.default_rng(request["seed"])
    left, parts = request["count"], []
    while left > 0:
        noise = generator.standard_normal((min(left, 500), latent), np.float32)
        parts.append(np.asarray(draw(noise)).reshape(-1, 28, 28))
        left -= len(noise)
    np.save(request["file"], np.rint((np.concatenate(parts) + 1) * 127.5).astype(np.uint8))


READ_EVERY_STEPS = 10
"""As `aigc train`, and as bench/steps/serve.js has it."""


def serve(step, check, sample, versions):
    """Runs `step(read)`, which reads its losses when told to, for as many seconds as each request asks. `sample(request)` is
    `write_samples` of the trained generator. `check()` trains anew from the reference's weights and gives the losses of
    the first steps; it is the last thing asked."""
    step(True)
    say(event="first-step", versions=versions)
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "run":
            steps, start, cpu, last = 0, time.perf_counter(), time.process_time(), False
            while not last:
                steps += 1
                last = time.perf_counter() - start >= request["seconds"] and steps >= request["steps"]
                step(last or steps % READ_EVERY_STEPS == 0)
            seconds = time.perf_counter() - start
            cpu_seconds = time.process_time() - cpu
            memory = peak_memory_mb()
            say(event="ran", steps=steps, seconds=seconds, cpuSeconds=cpu_seconds, peakMemoryMb=memory)
        elif request["do"] == "sample":
            sample(request)
            say(event="sampled")
        elif request["do"] == "check":
            say(event="checked", losses=check())
