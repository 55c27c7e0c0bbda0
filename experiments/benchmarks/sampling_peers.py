"""How often do svy and samplics draw each unit? Run by the Python of an environment that has one of them.

    PYTHON sampling_peers.py svy|samplics PROBABILITIES.txt DRAWS

Prints, for each method, the largest |z| over units and what the unit of the largest probability got.
"""

import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version

import numpy as np


def from_svy(pi: np.ndarray, draws: int) -> dict[str, np.ndarray]:
    """Frequencies of the methods of svy that draw a fixed number with unequal probabilities."""
    import polars as pl
    import svy

    frame = pl.DataFrame({"unit": range(pi.size), "size": pi})
    found, at_once = {}, 10_000
    for method in ("pps_sys", "pps_brewer", "pps_rs"):
        often = np.zeros(pi.size)
        for start in range(0, draws, at_once):
            selection = svy.Sample(frame, svy.Design(mos="size")).sampling
            many = getattr(selection, method)(n=round(pi.sum()), rstate=start, n_draws=min(at_once, draws - start))
            for sample in many:
                often[sample.data["unit"].to_numpy()] += 1
        found[f"svy {version('svy')} {method}"] = often / draws
    return found


def from_samplics(pi: np.ndarray, draws: int) -> dict[str, np.ndarray]:
    """Frequencies of the methods of samplics."""
    warnings.simplefilter("ignore")
    from samplics.sampling import SampleSelection
    from samplics.utils.types import SelectMethod

    found, units, n = {}, np.arange(pi.size), round(pi.sum())
    np.random.seed(6)  # noqa: NPY002
    for method in ("pps_sys", "pps_hv", "pps_brewer", "pps_rs"):
        selection, often = SampleSelection(method=SelectMethod[method], wr=False), np.zeros(pi.size)
        try:
            for _ in range(draws):
                taken, _, _ = selection.select(samp_unit=units, samp_size=n, mos=pi)
                often += np.asarray(taken, dtype=bool)
        except Exception as fault:
            print(f"samplics {version('samplics')} {method} fails: {fault}")
            continue
        found[f"samplics {version('samplics')} {method}"] = often / draws
    return found


def main(package: str, file: str, draws: int) -> None:
    """Draw and print."""
    pi = np.loadtxt(file)
    peers: dict[str, Callable[[np.ndarray, int], dict[str, np.ndarray]]] = {"svy": from_svy, "samplics": from_samplics}
    for name, often in peers[package](pi, draws).items():
        z = np.abs(often - pi) / np.sqrt(pi * (1 - pi) / draws)
        print(f"{name:28s} {z.max():6.2f}   the largest, {pi.max():.3f}: {often[pi.argmax()]:.4f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
