"""The closed loop: an office that visits, learns from what it saw, and visits again, in a world that answers.

Every quarter the office assesses everybody with the real path (`assess`: standing, features, models learnt anew, tiers,
overrides), follows repeat offenders by the real course of early warning, and chooses by its strategy. Then the world
goes on, and what comes to light is filed in the real tables, known as late as such things are. The office sees a
finding only where it looked.

The tiers of the months between two quarters are taken to be those of the quarter before, so that they need not be found
again. Teams are by chance, not by `assign`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.assessment import Assessment, Kept, assess
from riskmodel.inspections.rounds import Round, with_drawn
from riskmodel.records import Records
from riskmodel.simulation import counters
from riskmodel.simulation.calibrate import Calibrated
from riskmodel.simulation.ledger import Ledger
from riskmodel.simulation.measures import COLUMNS, measured
from riskmodel.simulation.office import Moment, detection, rows_of, teams
from riskmodel.simulation.reminders import Reminders
from riskmodel.simulation.strategies import Choice, Strategy, View, left_alone
from riskmodel.simulation.world import QUARTERS, State, begin, deter, quarter_keys, step, turn_year
from riskmodel.values import AsOf

_MONTHS = 3


@dataclass(frozen=True)
class Setting:
    """What all strategies of a study share.

    Attributes
    ----------
    records : Records
        What the office knows on the first day.
    calibrated : Calibrated
        The world and the assumptions.
    years : int
        How long.
    seed : int
        Of the study; replicate r of every strategy meets the same world.
    effort : int
        Visits a quarter of strategies that want no number of their own.
    capacity : int or None
        Most visits a quarter of every strategy; None: a policy makes as many as it wants.
    """

    records: Records
    calibrated: Calibrated
    years: int
    seed: int
    effort: int
    capacity: int | None = None

    @property
    def quarters(self) -> int:
        """Number of quarters."""
        return self.years * QUARTERS

    def first_day(self, quarter: int) -> date:
        """First day of a quarter; quarters begin on the day after the records end."""
        start = pd.Timestamp(self.records.newest.day) + pd.Timedelta(days=1)
        return (start + pd.DateOffset(months=_MONTHS * quarter)).date()


def replicate(
    setting: Setting, strategy: Strategy, number: int, *, progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """One run of a strategy through all quarters.

    Parameters
    ----------
    setting : Setting
    strategy : Strategy
    number : int
        Of the replicate: the world is the same for the same number.
    progress : callable, optional
        Called with quarters done and quarters in all.

    Returns
    -------
    DataFrame
        One row a quarter, the columns of `measures.COLUMNS`.
    """
    office = _Office(setting, strategy, number)
    rows = []
    for quarter in range(setting.quarters):
        rows.append(office.quarter(quarter))
        if progress:
            progress(quarter + 1, setting.quarters)
    return pd.DataFrame(rows)


class _Office:
    """An office in a world, quarter by quarter."""

    def __init__(self, setting: Setting, strategy: Strategy, number: int) -> None:
        self.setting, self.strategy, self.number = setting, strategy, number
        self.world = setting.calibrated.world
        self.state: State = begin(self.world, setting.seed, number, setting.years)
        years = [setting.first_day(year * QUARTERS) for year in range(int(self.world.enters.max()) + 1)]
        self.ledger = Ledger(setting.records, self.world, years)
        self.place = pd.Series(np.arange(self.world.size), index=self.world.registry["entity_id"].to_numpy())
        self.kept = Kept()
        self.reminders = Reminders()
        self.drawn = pd.DataFrame({"entity_id": pd.Series(dtype="str"), "drawn_on": pd.Series(dtype="datetime64[s]")})

    def quarter(self, quarter: int) -> dict[str, object]:
        """Assess, warn, choose, let the world go on, file what came to light, and count."""
        setting = self.setting
        moment = Moment(setting.seed, self.number, quarter, setting.first_day(quarter))
        if quarter % QUARTERS == 0:
            before = self.state.live
            turn_year(self.world, self.state, setting.seed, self.number, quarter // QUARTERS)
            if quarter:
                self.ledger.close(np.flatnonzero(before & ~self.state.live), moment.first)
        assessment = self._assess(quarter)
        reminded = self._remind(assessment)
        where = self.place.reindex(assessment.decided["entity_id"]).to_numpy()
        decided = assessment.decided[~np.isnan(where)]
        places = where[~np.isnan(where)].astype(np.int64)
        choice = self._choose(assessment, decided.reset_index(drop=True), places, moment)
        unscheduled = self._unscheduled(assessment, decided, places, moment)
        visited, pi = np.zeros(self.world.size, bool), np.full(self.world.size, np.nan)
        visited[places] = choice.visited | unscheduled
        pi[places[choice.visited]] = choice.pi[choice.visited]
        pair, strictness = teams(self.world, self.state.lane, moment)
        season = self.world.dynamics.season[(moment.first.month - 1) // _MONTHS]
        keys = quarter_keys(setting.seed, self.number, quarter)
        now = step(self.world, self.state, keys, season, visited=visited, detects=detection(self.world, strictness))
        rows = rows_of(self.world, setting.calibrated.traces, self.state.lane, now, moment, pi=pi, pair=pair)
        self.ledger.add(rows, _day_before(setting.first_day(quarter + 1)))
        figures = measured(setting.calibrated, now, decided.reset_index(drop=True), places, choice)
        key: dict[str, object] = {"strategy": self.strategy.name, "replicate": self.number, "quarter": quarter}
        return {**key, **{name: figures.get(name, reminded) for name in COLUMNS}}

    def _assess(self, quarter: int) -> Assessment:
        """The real assessment as of the day before the quarter."""
        records = self.ledger.now()
        made = assess(records, self.strategy.policy, as_of=AsOf(self.ledger.newest), kept=self.kept, bare=True)
        now = pd.Series(made.decided["score_tier"].to_numpy(), index=made.decided["entity_id"].to_numpy())
        months = made.rules.tiers.stability.look_back_months
        before = list(made.origin.before)[_MONTHS:] if quarter == 0 else made.origin.before
        self.kept.tiers = [*before, *([now] * _MONTHS)][-months:] if months else []
        return made

    def _remind(self, assessment: Assessment) -> int:
        """Reminders that were given since the last look deter; how many."""
        given = self.reminders.given(assessment.events, assessment.rules.warning, assessment.provenance.as_of)
        reminded = self.place.reindex(given).dropna().astype("int64").to_numpy()
        deter(self.state, reminded, self.world.dynamics.deterred_by_reminder)
        return len(reminded)

    def _choose(self, assessment: Assessment, decided: pd.DataFrame, places: np.ndarray, moment: Moment) -> Choice:
        part = Round.of_day(moment.first, QUARTERS)
        known = with_drawn(decided, self.drawn[(self.drawn["drawn_on"].dt.year == moment.first.year).to_numpy()])
        view = View(
            known, assessment.rules.inspections, part, assessment.provenance, self.setting.capacity,
            self.setting.effort, f"simulation {moment.seed}/{moment.replicate}/{moment.quarter}",
            moment.uniform(self.state.lane, counters.EXPLORE)[places].astype(float),
            self.ledger.seen(decided["entity_id"]),
        )  # fmt: skip
        choice = self.strategy.choose(view)
        new = pd.DataFrame({"entity_id": decided["entity_id"][choice.visited], "drawn_on": pd.Timestamp(moment.first)})
        self.drawn = pd.concat([self.drawn, new], ignore_index=True)
        return choice

    def _unscheduled(
        self, assessment: Assessment, decided: pd.DataFrame, places: np.ndarray, moment: Moment
    ) -> np.ndarray:
        """Who gets a visit that no draw decided; nobody whom the policy leaves alone."""
        chance = self.setting.calibrated.assumptions.unscheduled_a_year.value / QUARTERS
        u = moment.uniform(self.state.lane, counters.UNSCHEDULED)[places]
        return np.asarray((u < chance) & ~left_alone(decided, assessment.rules.inspections), dtype=bool)


def _day_before(day: date) -> date:
    return (pd.Timestamp(day) - pd.Timedelta(days=1)).date()
