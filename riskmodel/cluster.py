"""Assess past one machine: features on a Spark cluster, scores by the logged model on its workers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from riskmodel.errors import InputError
from riskmodel.features.store import write_store
from riskmodel.learning import Earlier, learn
from riskmodel.policy import Policy, Rules
from riskmodel.records import Known, Panel, Records
from riskmodel.records.windows import spark
from riskmodel.scoring.stored import stored
from riskmodel.standing import counted, graded, read_grades, standing
from riskmodel.values import AsOf

Progress = Callable[[str], None]


def score(
    records: Records,
    policy: Policy,
    as_of: AsOf,
    out: Path,
    *,
    master: str = "local[*]",
    model: str | None = None,
    progress: Progress | None = None,
) -> int:
    """Score every enterprise that was registered and not closed on a day, on a cluster.

    Parameters
    ----------
    records : Records
        All accepted rows.
    policy : Policy
        Its rules of the day hold.
    as_of : AsOf
        The day.
    out : Path
        New Parquet folder: ``entity_id``, ``as_of``, ``risk_score``, ``probability``. It must lie where driver and
        workers see it under the same path; the events lie beside it meanwhile.
    master : str
        Address of the cluster (``spark://host:7077``), or ``local[*]``.
    model : str, optional
        Address of a logged model (``models:/…``, ``runs:/…`` or a folder); default: what the policy says, learnt here
        and logged first.
    progress : callable, optional
        Called with the name of each step.

    Returns
    -------
    int
        Number of enterprises.

    Raises
    ------
    InputError
        If something stands at `out` (RM-INP-005), nothing was known on the day (RM-INP-003), the day lies after all
        data (RM-INP-006), or there is no such model (RM-INP-004).
    RunError
        If pyspark or Java is missing (RM-RUN-004).
    """
    from riskmodel.tracking import features_of, score_on_spark

    tick = progress or (lambda step: None)
    if out.exists():
        raise InputError("RM-INP-008", where="--out", found=out)
    if as_of > records.newest:
        raise InputError("RM-INP-006", where="--as-of", found=as_of, expected=f"≤ {records.newest}")
    rules = policy.at(as_of)
    known = records.known(as_of)
    panel = _counting(records.panel([as_of]), rules)
    wanted = standing(known, rules)[["entity_id"]]
    out.parent.mkdir(parents=True, exist_ok=True)
    with spark.session(master) as session, _beside(out) as place:
        address = model or _logged(records, policy, known, wanted, out.parent, tick)
        tick("features")
        store, declared = write_store(panel, features_of(address, out.parent), place / "store")
        features = spark.only(session, spark.features(session, store, panel.day_numbers, declared), wanted)
        scores = score_on_spark(session, features, address, ("entity_id", "as_of"), out.parent)
        tick("write")
        scores.write.parquet((place / "scores").resolve().as_uri())
        (place / "scores").rename(out)
    return len(wanted)


def _counting(panel: Panel, rules: Rules) -> Panel:
    """The records that count under the rules, with their severity and the grade that a rating is read as."""
    return counted(read_grades(graded(panel, rules.severity), rules.grade_words), rules.counting)


def _logged(records: Records, policy: Policy, known: Known, wanted: pd.DataFrame, out: Path, tick: Progress) -> str:
    """Learn what the policy says, on this machine, and log it; returns the address of the model."""
    from riskmodel.tracked_run import TrackedRun
    from riskmodel.tracking import track

    rules = policy.at(known.as_of)
    tick("learn")
    # how high probabilities are is a matter of everybody
    earlier = Earlier()
    features = wanted.merge(earlier.of(records, [known.as_of], rules)[known.as_of], on="entity_id", how="left")
    models = learn(records, known, rules, features, tick=tick, earlier=earlier)
    tick("track")
    facts = {"as_of": str(known.as_of), "policy": f"{policy.id}@{policy.digest}", "data": known.fingerprint}
    card = stored(models.scorecard, models.probability)
    run = TrackedRun(f"{rules.title_zh} {known.as_of}", facts, {}, {"mode": rules.scoring.mode}, card=card)
    return track(run, out).model_uri


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder beside the result, so that all machines see it; gone at the end."""
    place = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent.resolve()))
    place.chmod(0o755)  # workers may run as somebody else
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
