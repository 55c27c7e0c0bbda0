"""Tickets: the specification by hand, uniformity, independence of seeds and purposes."""

import hashlib
import unicodedata

import numpy as np
import pytest
from scipy import stats

from riskmodel.errors import DrawError
from riskmodel.sampling.tickets import Purpose, normal_seed, ticket, tickets, uniform

IDS = [f"91370306MA{k:08d}" for k in range(4000)]


def hmac_sha256_by_hand(key: bytes, message: bytes) -> str:
    """RFC 2104 written out, so that the test does not trust the module that it tests."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).hexdigest()


@pytest.mark.parametrize("purpose", ["draw", "team", "visit"])
@pytest.mark.parametrize("seed", ["第2025075期", "x" * 100, " with spaces "])
def test_a_ticket_is_the_hmac_of_the_specification(seed: str, purpose: Purpose) -> None:
    message = f"riskmodel/{purpose}/v1|91370306MA3C000014".encode()
    assert ticket(seed, "91370306MA3C000014", purpose=purpose) == hmac_sha256_by_hand(seed.encode(), message)


def test_the_literal_vector_holds() -> None:
    # Computed with: printf 'riskmodel/draw/v1|91370306MA3C000014' | openssl dgst -sha256 -hmac '<seed>'
    seed = "lottery 2025-075: 03 08 11 19 25 30 + 07"
    expected = "86a9fdc4a943fcd45a8c451822a9d95bbb4fafa326117b5b0c98357e9e4901fe"
    assert ticket(seed, "91370306MA3C000014") == expected


def test_many_tickets_are_the_single_ones_in_order() -> None:
    assert tickets("s", IDS[:3], "team").tolist() == [ticket("s", i, purpose="team") for i in IDS[:3]]
    assert tickets("s", []).tolist() == []


def test_composed_and_decomposed_seeds_give_the_same_ticket() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert composed != decomposed
    assert ticket(composed, "a") == ticket(decomposed, "a")
    assert normal_seed(decomposed) == composed == unicodedata.normalize("NFC", decomposed)


@pytest.mark.parametrize("seed", ["", "  \n", "\ud800"])
def test_a_blank_or_broken_seed_is_refused(seed: str) -> None:
    with pytest.raises(DrawError) as fault:
        tickets(seed, ["a"])
    assert (fault.value.code, fault.value.where) == ("RM-DRW-010", "seed")


def test_display_numbers_lie_strictly_between_0_and_1_and_keep_the_order() -> None:
    assert 0 < uniform(["0" * 64])[0] < uniform(["f" * 64])[0] < 1
    texts = tickets("order", IDS)
    assert (np.argsort(texts) == np.argsort(uniform(texts))).all()


def test_tickets_are_uniform_over_enterprises_and_over_seeds() -> None:
    over_ids = uniform(tickets("uniformity", IDS))
    over_seeds = uniform([ticket(f"seed {k}", IDS[0]) for k in range(4000)])
    for sample in (over_ids, over_seeds):
        assert stats.kstest(sample, "uniform").pvalue > 0.001
        counts = np.histogram(sample, bins=20, range=(0, 1))[0]
        assert stats.chisquare(counts).pvalue > 0.001


def test_other_seeds_and_other_purposes_give_independent_tickets() -> None:
    first = uniform(tickets("seed 1", IDS))
    for other in (uniform(tickets("seed 2", IDS)), uniform(tickets("seed 1", IDS, "team"))):
        # Under independence r * sqrt(n) is standard normal.
        assert abs(np.corrcoef(first, other)[0, 1]) * np.sqrt(len(IDS)) < 4
        table = np.histogram2d(first, other, bins=5, range=[[0, 1], [0, 1]])[0]
        assert stats.chi2_contingency(table).pvalue > 0.001
