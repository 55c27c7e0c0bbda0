"""A simulation with its input and output: read, run or go on, write the page, the tables and the pictures' numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from riskmodel.errors import InputError, Lang
from riskmodel.exports.folder import MARKER, write_whole
from riskmodel.exports.study_page import study_html
from riskmodel.policy import Policy, builtin_policies, load_policy
from riskmodel.records import Records, load
from riskmodel.simulation.assumptions import read_assumptions
from riskmodel.simulation.calibrate import calibrate
from riskmodel.simulation.loop import Setting
from riskmodel.simulation.strategies import DISTURBING, NAMED, Strategy, by_policy, named
from riskmodel.simulation.study import Study, all_replicates, effort_of, outlook
from riskmodel.values import VERSION

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class StudyDone:
    """A finished study: what was found, the folder, and the page to open."""

    study: Study
    folder: Path

    @property
    def page(self) -> Path:
        """The page that an official reads."""
        return self.folder / "study.html"

    @property
    def checkpoints(self) -> Path:
        """Where finished replicates are kept."""
        return self.folder.parent / "checkpoints"


def simulate(  # noqa: PLR0913  one keyword an option of the command line
    records: Records,
    policy: Policy,
    *,
    alternatives: Sequence[str | Path | Policy] = ("equal",),
    years: int = 5,
    replicates: int = 4,
    capacity: int | None = None,
    seed: int = 0,
    assumptions: str | Path | None = None,
    checkpoints: str | Path | None = None,
    part: tuple[int, int] = (0, 1),
    progress: Progress | None = None,
) -> Study:
    """What a policy and its alternatives would do in the next years, in a world fitted to the records.

    Parameters
    ----------
    records : Records
        What the office knows; its newest day is the first day of the simulation.
    policy : Policy
        The policy that the others are compared with.
    alternatives : sequence
        Other policies (objects, names, files) and strategies by name: equal, neyman, greedy, greedy-floor-20,
        thompson-4, ucb-4, no-do-not-disturb.
    years, replicates : int
        How long, and how often; intervals need at least two replicates.
    capacity : int, optional
        Most visits a year of every strategy. Default: a policy makes as many as it wants, and strategies that want no
        number as many as `policy`.
    seed : int
        The same seed gives the same study, byte by byte.
    assumptions : str or Path, optional
        File with assumptions that differ from `simulation/assumptions.yaml`.
    checkpoints : str or Path, optional
        Folder where each finished replicate is kept: an interrupted study goes on from there.
    part : tuple of int
        (k, n): make only the k-th of n parts of the replicates, into the checkpoints (n processes, n machines).
    progress : callable, optional
        Called with a step, what is done of it, and the whole of it.

    Raises
    ------
    InputError
        Too few records to fit a world (RM-SIM-002), wrong assumptions (RM-SIM-001), nothing to do (RM-SIM-003), or an
        alternative that nobody knows (RM-INP-004).
    """
    tick = progress or (lambda step, done, total: None)
    rules, given = policy.at(records.newest), read_assumptions(assumptions)
    strategies = [Strategy(policy.id, policy, by_policy), *(_strategy(other, policy) for other in alternatives)]
    tick("calibrate", 0, 1)
    world = calibrate(records, rules, years=years, assumptions=given, seed=seed)
    effort = effort_of(records, policy)
    setting = Setting(records, world, years, seed, effort, None if capacity is None else max(capacity // 4, 1))
    about: dict[str, object] = {
        "years": years, "replicates": replicates, "seed": seed, "capacity": capacity, "effort": effort, "code": VERSION,
        "policies": {s.name: f"{s.policy.id}@{s.policy.digest}" for s in strategies},
        "titles": {s.name: s.policy.file.title for s in strategies if s.choose is by_policy and s.name == s.policy.id},
        "data": records.known(records.newest).fingerprint,
        "assumptions": hashlib.sha256(given.model_dump_json().encode()).hexdigest(), "as_of": str(records.newest),
    }  # fmt: skip
    kept = _Checkpoints(Path(checkpoints), about) if checkpoints is not None else None
    figures = all_replicates(
        setting, strategies, replicates, part=part, progress=lambda done, total: tick("simulate", done, total),
        kept=kept,
    )  # fmt: skip
    tick("frontier", 0, 1)
    best, proposal, match, curve = outlook(setting, strategies[0], rules, fits=min(4 * replicates, 20))
    return Study(figures, strategies[0].name, world, match, best, proposal, curve, about)


def simulate_source(  # noqa: PLR0913  one keyword an option of the command line
    source: str | Path,
    *,
    policies: Sequence[str | Path] = ("zhoucun-2020",),
    strategies: Sequence[str] = (),
    out: str | Path = "reports",
    years: int = 5,
    replicates: int = 4,
    capacity: int | None = None,
    seed: int = 0,
    assumptions: str | Path | None = None,
    part: tuple[int, int] = (0, 1),
    source_map: str | Path | None = None,
    lang: Lang = "zh",
    progress: Progress | None = None,
) -> StudyDone:
    """A study of a source, written to ``out/simulation/<as-of>/``, whole or not at all; goes on where it stopped.

    Parameters
    ----------
    source, source_map
        As for `riskmodel.workflow.run`.
    policies : sequence
        Policies to compare; the first is the one that the others are compared with.
    strategies : sequence of str
        Strategies beside them, by name.
    out : str or Path
        Folder of reports. Checkpoints lie in ``out/simulation/checkpoints``.
    years, replicates, capacity, seed, assumptions, part, progress
        As for `simulate`.
    lang : {"zh", "en"}
        Language of the page.
    """
    if not policies:
        raise InputError("RM-SIM-003", where="--policy", found="-")
    others, folder = [*map(load_policy, policies)], Path(out) / "simulation"
    records = load(source, source_map)
    study = simulate(
        records, others[0], alternatives=[*others[1:], *strategies], years=years,
        replicates=replicates, capacity=capacity, seed=seed, assumptions=assumptions, part=part, progress=progress,
        checkpoints=folder / "checkpoints",
    )  # fmt: skip
    target = folder / str(records.newest)
    if part == (0, 1):
        write_whole(target, lambda place: fill(place, study, lang=lang))
    return StudyDone(study, target)


def fill(place: Path, study: Study, *, lang: Lang = "zh") -> None:
    """The page, every table as CSV, and what the study was made from."""
    (place / "study.html").write_text(study_html(study, lang=lang), encoding="utf-8", newline="\n")
    tables = {
        "figures": study.figures, "summary": study.summary(), "frontier": study.frontier, "fit": study.fit,
        "estimates": study.calibrated.estimates,
    }  # fmt: skip
    for name, table in tables.items():
        (place / f"{name}.csv").write_bytes(table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    marker = {**study.about, "proposal": asdict(study.proposal)}
    (place / MARKER).write_text(json.dumps(marker, ensure_ascii=False, indent=2), encoding="utf-8", newline="\n")


def _strategy(other: str | Path | Policy, policy: Policy) -> Strategy:
    if isinstance(other, Policy):
        return Strategy(other.id, other, by_policy)
    if str(other) in (*NAMED, DISTURBING):
        return named(str(other), policy)
    if str(other) in builtin_policies() or Path(other).is_file():
        found = load_policy(other)
        return Strategy(found.id, found, by_policy)
    return named(str(other), policy)  # refused there, with all names


class _Checkpoints:
    """A file for each replicate of each strategy, written aside and renamed.

    A study with other input has a folder of its own, so that nothing stale is ever taken up.
    """

    def __init__(self, place: Path, about: dict[str, object]) -> None:
        same = {name: value for name, value in about.items() if name not in ("replicates", "policies", "titles")}
        self.policies = about["policies"]
        self.digest = json.dumps(same, sort_keys=True)
        self.place = place

    def read(self, strategy: str, number: int) -> pd.DataFrame | None:
        """The rows, if they are there."""
        file = self._file(strategy, number)
        if not file.is_file():
            return None
        return pd.read_parquet(file)

    def write(self, strategy: str, number: int, rows: pd.DataFrame) -> None:
        """Keep the rows; the file appears whole or not at all."""
        file = self._file(strategy, number)
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".part")
        rows.to_parquet(aside, index=False)
        aside.replace(file)

    def _file(self, strategy: str, number: int) -> Path:
        of = f"{self.digest}{dict(self.policies)[strategy]}{strategy}"  # type: ignore[call-overload]
        return self.place / hashlib.sha256(of.encode()).hexdigest()[:16] / f"{number:05d}.parquet"
