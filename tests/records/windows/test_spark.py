"""Spark gives the kernel's numbers, and a cluster gives the scores of one machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import RunError
from riskmodel.records.windows import spark
from riskmodel.records.windows.compute import window_values
from riskmodel.records.windows.declared import Attribute, Difference, GroupShare, Ratio, Unknown, Window
from riskmodel.records.windows.streams import write

JAVA = shutil.which("java", path=f"{os.environ['JAVA_HOME']}/bin" if os.environ.get("JAVA_HOME") else None)
needs_java = pytest.mark.skipif(JAVA is None, reason="Java is missing, and Spark runs on it (.ci/run installs it)")
MADE = {
    "visits": Window("inspections", "inspected_on", "count", days=730, where={"problem": ("no", "yes")}),
    "found": Window("inspections", "inspected_on", "count", days=730, where={"problem": ("yes",)}),
    "since": Window("penalties", "decided_on", "days_since"),
    "years": Attribute("established_on", "years"),
    "capital": Attribute("registered_capital_yuan", "value"),
    "trend": Difference("found", "visits", 8),
    "pace": Ratio("trend", "capital"),
    "never": Unknown("since"),
    "industry_share": GroupShare(("industry_section", "industry_division"), "found", "visits", 20),
}


@pytest.fixture(scope="module")
def session():
    with spark.session("local[2]", memory="1g") as running:
        yield running


def table_of(frame) -> pd.DataFrame:
    return frame.toArrow().to_pandas().sort_values(["as_of", "entity_id"], ignore_index=True)


@pytest.mark.slow
@needs_java
@pytest.mark.parametrize(("versions", "kinds", "dates"), [(True, 62, 3), (False, 63, 1)])
def test_every_aggregate_is_the_kernels(session, make_store, make_windows, some_days, tmp_path, versions, kinds, dates):
    store, windows, days = make_store(7, versions=versions, kinds=kinds), make_windows((30, None)), some_days[-dates:]
    everybody = store.registry.drop_duplicates("firm").assign(_shown_from=-(2**31), _shown_until=2**31 - 1)
    store = write(replace(store, registry=everybody), tmp_path / "store")
    kernel = window_values(store, windows, days)
    table = table_of(spark.features(session, store, days, windows))
    for number, name in enumerate(windows):
        found = table[name].to_numpy().reshape(dates, -1)
        assert np.array_equal(kernel[number], found, equal_nan=True), windows[name]


@pytest.mark.slow
@needs_java
def test_what_is_made_of_windows_is_the_same(session, make_store, some_days, tmp_path):
    from riskmodel.records.windows.combine import registry_of, windows_of
    from riskmodel.records.windows.compute import finish

    store = make_store(8)
    store = replace(
        store, streams={key: s for key, s in store.streams.items() if key[0] in ("inspections", "penalties")}
    )
    values = window_values(store, windows_of(MADE), some_days)
    expected = finish(registry_of(store.registry, some_days, MADE), values, store, some_days, MADE)
    table = table_of(spark.features(session, write(store, tmp_path / "store"), some_days, MADE))
    pd.testing.assert_frame_equal(table[list(MADE)], expected[list(MADE)], check_exact=True)
    assert table["as_of"].astype("datetime64[s]").tolist() == expected["as_of"].tolist()
    assert table["entity_id"].tolist() == expected["entity_id"].tolist()


def test_without_java_the_error_says_so(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RunError, match=r"RM-RUN-004.*(?s:.)*java"), spark.session():
        pass


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A master and two workers of one core each on the loopback."""

    def __init__(self, folder: Path) -> None:
        self.port, self.page = free_port(), free_port()
        self.address, self.folder = f"spark://127.0.0.1:{self.port}", folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, role: str, *arguments: str) -> None:
        import pyspark

        log = (self.folder / f"{role}-{len(self.processes)}.log").open("wb")
        command = [f"{Path(pyspark.__file__).parent}/bin/spark-class", f"org.apache.spark.deploy.{role}", *arguments]
        environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
        self.processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        log.close()

    def wait(self, workers: int, *, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while self.alive() < workers:
            if time.monotonic() > deadline or any(p.poll() is not None for p in self.processes):
                raise RuntimeError("".join(f.read_text(errors="replace") for f in self.folder.glob("*.log")))
            time.sleep(0.3)

    def alive(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.page}/json/", timeout=5) as answer:
                return int(json.load(answer)["aliveworkers"])
        except (OSError, ValueError):
            return -1

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    try:
        made.start("master.Master", "--host", "127.0.0.1", "--port", str(made.port), "--webui-port", str(made.page))
        made.wait(0)
        for number in (1, 2):
            made.start(
                "worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
                "--work-dir", str(tmp_path / f"worker-{number}"), made.address,
            )  # fmt: skip
        made.wait(2)
        yield made
    finally:
        made.stop()


@pytest.mark.slow
@needs_java
@pytest.mark.skipif(os.name == "nt", reason="the start scripts of a cluster are for Unix")
def test_a_cluster_of_two_workers_gives_the_scores_of_one_machine(cluster, sample, tmp_path):
    def riskmodel(*arguments: str) -> str:
        command = [sys.executable, "-m", "riskmodel.cli", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    there, here = tmp_path / "there/scores.parquet", tmp_path / "here/scores.parquet"
    asked = ("assess", str(sample), "--as-of", "2025-06-30", "--json")
    answer = json.loads(riskmodel(*asked, "--engine", "spark", "--master", cluster.address, "--out", str(there)))
    riskmodel(*asked, "--out", str(here))
    names = ["entity_id", "risk_score", "probability"]
    scores, expected = (pd.read_parquet(p).sort_values("entity_id", ignore_index=True) for p in (there, here))
    pd.testing.assert_frame_equal(scores[names], expected[names], check_exact=True)
    assert answer["enterprises"] == len(scores) > 1000
    assert scores["as_of"].astype("str").unique().tolist() == ["2025-06-30"]
    ran = {p.parent.parent.parent.name for p in tmp_path.glob("worker-*/app-*/*/stderr")}
    assert ran == {"worker-1", "worker-2"}
    assert sorted(p.name for p in there.parent.iterdir()) == ["mlartifacts", "mlflow.db", "scores.parquet"]
