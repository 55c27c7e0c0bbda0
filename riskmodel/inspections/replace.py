"""Substitution: who comes in for an enterprise that is closed or has moved, by the tickets of the draw itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from riskmodel.errors import DrawError
from riskmodel.inspections.proof_file import Proof
from riskmodel.sampling.by_stratum import STRATIFIED
from riskmodel.sampling.rounding import UNIT, shift_of
from riskmodel.sampling.tickets import texts, ticket, words


@dataclass(frozen=True)
class StratumTickets:
    """All that decides over one enterprise.

    Attributes
    ----------
    entity_id : str
        The enterprise.
    seed : str
        Public seed.
    shift : int
        Shift in millionths, from the ticket "numbers".
    before, millionths : int
        Expected millionths of all strata named before its own, and of its own.
    tickets : list of (ticket, entity_id)
        Its stratum by ticket.
    number : int
        How many of the stratum are drawn.
    alone : bool
        Whether that follows from shift and millionths; if not, it depends on other strata (`by_stratum`).
    """

    entity_id: str
    seed: str
    shift: int
    before: int
    millionths: int
    tickets: list[tuple[str, str]]
    number: int
    alone: bool


def stratum_of(proof: Proof, entity_id: str) -> StratumTickets:
    """The stratum of an enterprise, with the tickets of all its members.

    Raises
    ------
    DrawError
        If the enterprise is not in the frame (RM-DRW-009).
    """
    own = dict(proof.frame).get(entity_id)
    if own is None:
        raise DrawError("RM-DRW-009", where="ID", found=entity_id)
    members = [entity for entity, stratum in proof.frame if stratum == own]
    made = sorted(zip(texts(words(proof.seed, members)), members, strict=True))
    before, parts = sum(s.millionths for name, s in proof.strata.items() if name < own), proof.strata[own].millionths
    shift, alone = shift_of(ticket(proof.seed, "numbers", purpose="round")), proof.design == STRATIFIED
    drawn = {entity for entity, _ in proof.drawn}
    together = sum(entity in drawn for entity in members)
    number = (before + parts + shift) // UNIT - (before + shift) // UNIT if alone else together
    return StratumTickets(entity_id, proof.seed, shift, before, parts, made, number, alone)


def next_ticket(proof: Proof, entity_id: str, earlier: Sequence[tuple[str, str]]) -> str:
    """Who comes in for an enterprise: the smallest ticket of its stratum that was not drawn and has not come in yet.

    Parameters
    ----------
    proof : Proof
        The draw.
    entity_id : str
        Who goes out; drawn, or come in for somebody.
    earlier : sequence of (out, in)
        Replacements of this draw so far, from the log.

    Returns
    -------
    str
        The enterprise, or '' where the stratum has nobody left.

    Raises
    ------
    DrawError
        If the enterprise is not visited by this draw (RM-DRW-009).
    """
    used = {entity for entity, _ in proof.drawn} | {into for _, into in earlier}
    gone = {out for out, _ in earlier}
    if entity_id not in used or entity_id in gone:
        raise DrawError("RM-DRW-009", where="ID", found=entity_id)
    stratum = stratum_of(proof, entity_id)
    if not stratum.millionths:
        return ""
    return next((entity for _, entity in stratum.tickets if entity not in used), "")
