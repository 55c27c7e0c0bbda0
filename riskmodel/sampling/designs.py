"""All sampling designs, by the words that plans and policies use.

Each module of a design opens with its specification: which number decides what. `protocol` says what they offer;
`stratified.Stratified` applies any of them by strata.

Examples
--------
>>> BY_WORD["conditional-poisson"].joint([0.5] * 4, 0, 1).round(6).tolist()
0.166667
>>> [word for word, design in BY_WORD.items() if design.moves != "many"]
['simple-random', 'poisson', 'sequential-poisson', 'pareto']
"""

from __future__ import annotations

from collections.abc import Mapping

from riskmodel.sampling.brewer import Brewer
from riskmodel.sampling.conditional import ConditionalPoisson
from riskmodel.sampling.cube import Cube
from riskmodel.sampling.local import LocalPivotal
from riskmodel.sampling.ordered import Pareto, SequentialPoisson, SimpleRandom
from riskmodel.sampling.pivotal import OrderedPivotal
from riskmodel.sampling.poisson import Poisson
from riskmodel.sampling.protocol import Design, Fitted
from riskmodel.sampling.sampford import Sampford
from riskmodel.sampling.stratified import Stratified
from riskmodel.sampling.systematic import Systematic

__all__ = ["BY_WORD", "Cube", "Design", "Fitted", "LocalPivotal", "OrderedPivotal", "Stratified", "Systematic"]

# `LocalPivotal` and `Cube` know more of a unit than its probability, and are made with that.
BY_WORD: Mapping[str, Design] = {
    "simple-random": SimpleRandom(),
    "poisson": Poisson(),
    "sequential-poisson": SequentialPoisson(),
    "pareto": Pareto(),
    "systematic": Systematic(),
    "ordered-pivotal": OrderedPivotal(),
    "conditional-poisson": ConditionalPoisson(),
    "brewer": Brewer(),
    "sampford": Sampford(),
}
