"""How many later serious offenders could anybody find at the counting rule's alert budget?

Usage: python experiments/warning_bound.py [--out reports]

Six generated districts (as `warning_detectors.py district`). *Told*: somebody tells who slipped, and when. *Law*: the
office knows how slippers are made (how often, how fast, when the serious violation comes, how long until it is known) and
every enterprise's hidden rate of violations, and asks Bayes' rule for the chance of a serious event within the horizon; no
detector that sees the records alone can do better, but for what excites violations of those who do not slip. *Guessed*: the
same with rates estimated from the record. Alerts need an event of their period, as for detectors; the last line lifts that.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import PoissonRegressor
from warning_detectors import PERIOD, SHARE, chunks, district, over_districts, printed

from riskmodel.evaluation.warning import Watch, compare
from riskmodel.records.district.slippers import _A_YEAR, _COMPLAINTS_A_YEAR, _SPREAD, _UNTIL_SERIOUS, _VERIFIED
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.warning.detectors import Counts, gamma_prior

YEAR = 365.25 / PERIOD
# periods since the slip; periods from the slip to the serious violation; speed of each slipper and its chance
AGE = np.arange(24)[:, None]
UNTIL = np.arange(_UNTIL_SERIOUS[0] // PERIOD, _UNTIL_SERIOUS[1] // PERIOD)[None, :]
SPEED = np.exp(_SPREAD * np.array([-1.335, -0.4, 0.4, 1.335]))
CHANCE = np.array([0.18, 0.32, 0.32, 0.18])


@dataclass(frozen=True)
class Given:
    """A detector whose scores are given."""

    name: str
    given: np.ndarray

    def fit(self, past: Counts) -> Given:
        """Nothing to learn."""
        return self

    def scores(self, counts: Counts) -> np.ndarray:
        """As given."""
        return self.given[:, : counts.e.shape[1]]

    def limit(self, alpha: float) -> float:
        """Not used."""
        return np.inf


def lags(days: np.ndarray) -> np.ndarray:
    """Chances that an event becomes known so many periods after the one in which it happens."""
    rng = np.random.default_rng(0)
    return np.bincount(((rng.random(len(days)) * PERIOD + days) // PERIOD).astype(int)) / len(days)


def law() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """By age and time until the serious violation: rates of penalties and complaints; the serious one known, or not yet."""
    rng, n = np.random.default_rng(1), 400_000
    decided = lags(rng.integers(20, 60, n) + np.minimum(rng.geometric(1 / 12, n), 120))
    verified = lags(rng.integers(10, 60, n))

    def known(chances: np.ndarray, a_year: float) -> np.ndarray:
        parts = [p * ((lag <= AGE) & (AGE - lag < UNTIL)) for lag, p in enumerate(chances)]
        return a_year / YEAR * sum(parts)[:, :, None] * SPEED

    late = AGE - UNTIL
    pmf = np.where((late >= 0) & (late < len(decided)), decided[np.clip(late, 0, len(decided) - 1)], 0)
    left = np.append(1 - np.cumsum(decided), 0).clip(0)
    still = np.where(
        late < 0, 1.0, left[np.clip(late, 0, len(decided))] / np.append(1, left)[np.clip(late, 0, len(left))].clip(1e-9)
    )
    return known(decided, _A_YEAR), known(verified, _COMPLAINTS_A_YEAR * _VERIFIED), pmf, np.minimum(still, 1)


def chance(watch: Watch, rates: dict[str, np.ndarray], born: np.ndarray) -> np.ndarray:
    """Chance of a serious event within the horizon, for each enterprise and period, from what was known then."""
    kinds, size = watch.counts.kinds, watch.counts.e.shape
    seen = np.flatnonzero(sum(kinds[k] for k in ("minor", "general", "complaint", "serious")).sum(axis=1) > 0)
    p, c, s = (kinds["minor"] + kinds["general"])[seen], kinds["complaint"][seen], kinds["serious"][seen] > 0
    begins = np.maximum(watch.starts[0], born[seen]) + 365
    hazard = SHARE / np.maximum((watch.starts[-1] - begins) / PERIOD, 1)
    fines, complaints, pmf, still = law()
    quiet, soon = (
        np.exp(-fines - complaints),
        ((UNTIL > AGE) & (watch.horizon_days / PERIOD >= UNTIL - AGE))[:, :, None],
    )
    slipping, well, gone = np.zeros((len(seen), *fines.shape), np.float32), np.ones(len(seen)), np.zeros(len(seen))
    found = np.zeros((len(seen), size[1]))
    for t in range(size[1]):
        gone += slipping[:, -1].sum(axis=(1, 2))
        slipping[:, 1:] = slipping[:, :-1].copy()
        new = well * hazard * (watch.starts[t + 1] > begins)
        slipping[:, 0], well = new[:, None, None] * CHANCE / UNTIL.size, well - new
        slipping *= quiet * np.where(s[:, t, None, None, None], 1, still[:, :, None])
        for i in np.flatnonzero(p[:, t] + c[:, t]):
            slipping[i] *= (1 + fines / rates["p"][seen[i]]) ** p[i, t] * (1 + complaints / rates["c"][seen[i]]) ** c[
                i, t
            ]
        for i in np.flatnonzero(s[:, t]):
            slipping[i] *= (1 + pmf / rates["s"][seen[i]])[:, :, None]
        total = slipping.sum(axis=(1, 2, 3)) + well + gone
        slipping, well, gone = slipping / total[:, None, None, None], well / total, gone / total
        found[:, t] = (slipping * soon).sum(axis=(1, 2, 3))
    natural = 1 - np.exp(-rates["s"] * watch.horizon_days / PERIOD)
    every = np.zeros(size)
    every[seen] = found
    return every + (1 - every) * natural[:, None]


def hidden(watch: Watch, truth: pd.DataFrame) -> dict[str, np.ndarray]:
    """Rates a period of those who do not slip, as a power of the hidden rate of violations."""
    still, rate, found = truth["slipped_on"].isna().to_numpy(), truth["yearly_violations"].to_numpy(), {}
    for name, kinds in (("p", ("minor", "general")), ("c", ("complaint",)), ("s", ("serious",))):
        y, e = sum(watch.counts.kinds[k] for k in kinds)[still].sum(axis=1), watch.counts.e[still].sum(axis=1)
        fit = PoissonRegressor(alpha=0).fit(np.log(rate[still][e > 0, None]), (y / e.clip(1))[e > 0], e[e > 0])
        found[name] = fit.predict(np.log(rate)[:, None])
    return found


def guessed(watch: Watch) -> dict[str, np.ndarray]:
    """Rates by gamma–Poisson shrinkage of the record before alerts begin; the serious as a part of penalties."""
    past, found = watch.counts.until(watch.first), {}
    for name, kinds in (("p", ("minor", "general")), ("c", ("complaint",))):
        n = sum(past.kinds[k] for k in kinds)
        a, b = gamma_prior(n, past.e, past.peers)
        found[name] = (a[past.peers] + n.sum(axis=1)) / (b[past.peers] + past.e.sum(axis=1))
    ratio = past.kinds["serious"].sum() / (past.kinds["minor"] + past.kinds["general"]).sum()
    return found | {"s": found["p"] * ratio}


def bounds(seed: int) -> pd.DataFrame:
    """Figures of the bounds on one district."""
    made = chunks(seed)
    watch, rule = district(made)
    truth = pd.concat([chunk.truth for chunk in made], ignore_index=True)
    born = pd.concat([chunk.tables["enterprises"]["established_on"] for chunk in made])
    born = born.to_numpy().astype("datetime64[D]").astype("int64")
    slip = truth["slipped_on"].to_numpy().astype("datetime64[D]")
    slip = np.where(np.isnat(slip), 1e9, slip.astype("int64"))[:, None]
    told = ((watch.starts[1:] > slip) & (watch.starts[1:] < slip + _UNTIL_SERIOUS[1])).astype(float)
    known = chance(watch, hidden(watch, truth), born)
    asked = [Given("told", told), Given("law", known), Given("guessed", chance(watch, guessed(watch), born))]
    none, once = Bootstrap(replicates=0), (1.0,)
    found = compare(asked, watch, rule, times=once, bootstrap=none)
    always = Counts(
        {**watch.counts.kinds, "always": np.ones_like(watch.counts.e)},
        {"always": 1.0},
        watch.counts.e,
        watch.counts.peers,
    )
    free = compare([Given("law, any day", known)], replace(watch, counts=always), rule, times=once, bootstrap=none)
    return pd.concat([found, free[free["detector"].ne("rule")]])


def main() -> None:
    """Means over districts with Student's intervals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("reports"))
    folder = parser.parse_args().out / "experiments" / "warning-bound"
    folder.mkdir(parents=True, exist_ok=True)
    printed(over_districts(range(201, 207), folder, bounds))


if __name__ == "__main__":
    main()
