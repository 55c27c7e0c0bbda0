"""Whatever the bytes: records, or one clear error; every row counted; nothing left behind."""

import importlib.util
import random
import sys
import tempfile
from pathlib import Path

import pytest

from riskmodel.errors import RiskModelError
from riskmodel.records import load
from riskmodel.records.readers import SUFFIXES

_spec = importlib.util.spec_from_file_location("corpus_for_fuzz", Path(__file__).parent / "corpus/corpus.py")
corpus = importlib.util.module_from_spec(_spec)
sys.modules["corpus_for_fuzz"] = corpus
_spec.loader.exec_module(corpus)

ROUNDS = 12
SKIP = {"ZIP bomb", "first Chinese character after a megabyte"}  # large: their mutants would only be slow


def mutant(content: bytes, pick: random.Random) -> bytes:
    """Bytes changed, cut out, doubled, moved, or cut off."""
    data = bytearray(content)
    for _ in range(pick.randint(1, 4)):
        at = pick.randrange(len(data) + 1)
        length = pick.randint(1, max(1, len(data) // 4))
        how = pick.randrange(6)
        if how == 0 and data:
            data[at % len(data)] = pick.randrange(256)
        elif how == 1:
            del data[at : at + length]
        elif how == 2:
            data[at:at] = bytes(pick.randrange(256) for _ in range(pick.randint(1, 20)))
        elif how == 3:
            data[at:at] = data[at : at + length]
        elif how == 4:
            del data[at:]
        else:
            data[at:at] = pick.choice([b'"', b"\x00", b",", b"\n", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"\r"])
    return bytes(data)


def survives(folder: Path) -> None:
    try:
        records = load(folder)
    except RiskModelError:
        return
    intake = records.intake
    assert (intake["rows"] == intake["accepted"] + intake["quarantined"] + intake["superseded"]).all()
    assert len(records.quarantine) == intake["quarantined"].sum()


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in corpus.CASES if not c.error and c.name not in SKIP], ids=lambda c: c.name)
def test_mutants_of_the_corpus_break_nothing(case, tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    pick = random.Random(case.name)
    folder = corpus.prepare(tmp_path / "source", case)
    for name in (p.name for p in folder.iterdir() if p.name not in ("企业.csv", "source.yaml")):
        whole = (folder / name).read_bytes()
        for _ in range(ROUNDS // 4):
            (folder / name).write_bytes(mutant(whole, pick))
            survives(folder)
        (folder / name).write_bytes(whole)
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_random_bytes_under_every_suffix_break_nothing(suffix, tmp_path):
    pick = random.Random(suffix)
    folder = corpus.prepare(tmp_path / "source", corpus.CASES[0])
    starts = [
        b"",
        b"PK\x03\x04",
        b"PAR1",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"{",
        b"[",
        b"\xff\xfe",
        "文号,统一社会信用代码\n".encode(),
    ]
    for start in starts:
        (folder / f"x{suffix}").write_bytes(start + bytes(pick.randrange(256) for _ in range(pick.randint(0, 400))))
        survives(folder)
