"""What OpenBLAS (through NumPy) and PyTorch take for the gradients of gradients.rs, on one thread.

Reads the name of a gradient a line and answers with its time in microseconds; with a word of which library is missing
where one is.
"""
import os
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"


def least_squares(kind):
    import numpy as np

    rows = np.random.rand(256, 400).astype(kind)
    labels, x = np.random.rand(256).astype(kind), np.random.rand(400).astype(kind)
    z, out, scale = np.empty(256, kind), np.empty(400, kind), np.dtype(kind).type(1 / 256)

    def gradient():
        np.dot(rows, x, out=z)
        np.subtract(z, labels, out=z)
        np.multiply(z, scale, out=z)
        np.dot(rows.T, z, out=out)

    return gradient


def softmax(kind):
    import torch

    torch.set_num_threads(1)
    kind = getattr(torch, kind)
    rows, labels = torch.rand(256, 65, dtype=kind), torch.randint(0, 10, (256,))
    weights = torch.rand(10, 65, dtype=kind)
    chosen = torch.nn.functional.one_hot(labels, 10).to(kind)

    def gradient():
        with torch.no_grad():
            errors = torch.softmax(rows @ weights.T, 1)
            errors -= chosen
            errors /= 256
            return errors.T @ rows

    return gradient


gradients = {}
for line in sys.stdin:
    model, kind = line.split()
    try:
        if line not in gradients:
            gradients[line] = {"least-squares": least_squares, "softmax": softmax}[model](kind)
        begin = time.perf_counter()
        for _ in range(200):
            gradients[line]()
        print((time.perf_counter() - begin) / 200 * 1e6, flush=True)
    except ImportError as error:
        print(error.name, flush=True)
