r"""A rolling evaluation with triage 6.0.0 on the food inspections of Chicago; prints what it is made of and seconds.

Usage, with the Python of the peer's own environment (`backtest.py` calls it, in turn with ours)::

    OMP_NUM_THREADS=1 TRIAGE-PYTHON experiments/benchmarks/triage_run.py CHICAGO-FOLDER \
        postgresql://USER@127.0.0.1:PORT/DATABASE

Rows, labels and test days are those of `backtest.py`. triage looks at what was known *before* an as-of day, so that its
day is the next one; in training stands who has a label, on test days everybody; the label is that of the first graded
canvass of the 60 days. Training days reach two months nearer to the test day than ours, for nothing is kept apart to
calibrate on. Features are what collate can make that comes nearest, 49 columns in four blocks; models are the rule that
orders by problems of two years, triage's own logistic regression on scaled inputs, and histogram gradient boosting of
the size of our challenger. There is neither calibration nor an interval; AUC is left out, which triage writes as NULL
as soon as a test row lacks a label. Two processes wherever triage takes a number of them. Time begins when records are
in the database, indexed, and the schema of results stands; every turn starts from a database without results, and ends
before the summary report. Left out in favour of triage: validation of the file, figures on training rows, reports.

The environment: Python 3.11, PostgreSQL 15, ``triage==6.0.0`` with ``pyarrow==14.0.2`` (with later pyarrow it does not
start), each installed without what it asks for, then what the imports miss. Its fairness library brings torch, of which
a build for the processor will do, and fairgbm, which triage never imports. The database is this script's own: schemas in it are dropped.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import text
from triage import create_engine
from triage.component.results_schema import upgrade_db
from triage.experiments import MultiCoreExperiment

CORES = 2
TEST_DAYS = ("2014-02-01", "2014-03-01", "2014-04-01", "2014-05-01")
OWN = "features", "test_results", "train_results", "triage_metadata", "triage_production", "public"
TABLES = {
    "places": "select enterprise_id::int as entity_id, established_date::date as start_day from enterprises",
    "visits": """select enterprise_id::int as entity_id, date::date as known, (result <> 'Pass')::int as problem,
        (result = 'Pass')::int as clean, inspection_id as id from inspections
        where purpose_class = 'canvass' and result in ('Pass', 'Pass w/ Conditions', 'Fail')""",
    "found": """select enterprise_id::int as entity_id, decided_date::date as known,
        (severity = 'critical')::int as serious, (severity = 'serious')::int as general,
        (severity = 'minor')::int as minor from penalties""",
    "received": """select enterprise_id::int as entity_id, date::date as known,
        (join_method = 'exact_licence')::int as verified from complaints where enterprise_id is not null""",
    "listed": "select enterprise_id::int as entity_id, listed_date::date as known from abnormal_listings",
}  # fmt: skip
LABELLED = """select distinct on (entity_id) entity_id, problem as outcome from records.visits
    where known >= '{as_of_date}'::date and known < '{as_of_date}'::date + interval '60 days'
    order by entity_id, known, id"""
COHORT = f"""select p.entity_id from records.places p left join ({LABELLED}) l using (entity_id)
    where start_day < '{{as_of_date}}'::date
    and (l.entity_id is not null or '{{as_of_date}}'::date in {TEST_DAYS})"""
SINCE = "('{collate_date}'::date - known)"


def load(folder: Path, engine: Any) -> None:
    """Records into a schema of their own, with the index that triage's documentation asks for."""
    with engine.begin() as conn:
        conn.execute(text("drop schema if exists records cascade"))
        conn.execute(text("create schema records"))
        for name in ("enterprises", "inspections", "penalties", "complaints", "abnormal_listings"):
            file = folder / f"{name}.csv"
            names = pd.read_csv(file, nrows=0).columns
            conn.execute(text(f"create table records.{name} ({', '.join(f'{column} text' for column in names)})"))
            with file.open() as rows:
                conn.connection.cursor().copy_expert(f"copy records.{name} from stdin csv header", rows)
    with engine.begin() as conn:
        conn.execute(text("set local search_path to records"))
        for name, query in TABLES.items():
            conn.execute(text(f"create table {name} as {query}"))
            conn.execute(text(f"create index on {name} (entity_id{', known' if name != 'places' else ''})"))
            conn.execute(text(f"analyze {name}"))


def aggregation(table: str, sums: dict[str, str], intervals: list[str]) -> dict[str, Any]:
    """One block of features, sums and days since the last record; who has no record has 0, or ten years."""
    never = {"min": {"type": "constant", "value": 3650}}
    since = {"quantity": {"days": SINCE}, "metrics": ["min"], "imputation": never}
    return {
        "prefix": table, "from_obj": f"records.{table}", "knowledge_date_column": "known", "intervals": intervals,
        "aggregates_imputation": {"all": {"type": "zero_noflag"}},
        "aggregates": [*({"quantity": {name: sql}, "metrics": ["sum"]} for name, sql in sums.items()), since],
    }  # fmt: skip


def config(models: list[str]) -> dict[str, Any]:
    """The experiment."""
    found = {n: n for n in ("serious", "general", "minor")} | {"all": "1", "decayed": f"exp(-{SINCE} / 365.0)"}
    grid = {
        "rule": ("triage.component.catwalk.baselines.rankers.BaselineRankMultiFeature",
                 {"rules": [[{"feature": "visits_entity_id_2y_problem_sum", "low_value_high_score": False}]]}),
        "logistic": ("triage.component.catwalk.estimators.classifiers.ScaledLogisticRegression",
                     {"penalty": ["l2"], "C": [1.0]}),
        "trees": ("sklearn.ensemble.HistGradientBoostingClassifier",
                  {"learning_rate": [0.05], "max_iter": [150], "max_leaf_nodes": [12], "min_samples_leaf": [30],
                   "l2_regularization": [5.0], "max_depth": [8], "early_stopping": [False]}),
        "tree": ("sklearn.tree.DecisionTreeClassifier", {"max_depth": [5], "min_samples_leaf": [30]}),
    }  # fmt: skip
    return {
        "config_version": "v8", "random_seed": 1, "model_comment": "rolling",
        "temporal_config": {
            "feature_start_time": "2010-01-01", "feature_end_time": "2014-07-01",
            "label_start_time": "2011-02-01", "label_end_time": "2014-07-01", "model_update_frequency": "1month",
            "training_as_of_date_frequencies": ["1month"], "max_training_histories": ["34month"],
            "training_label_timespans": ["2month"], "test_durations": ["0d"], "test_as_of_date_frequencies": ["1month"],
            "test_label_timespans": ["2month"],
        },
        "label_config": {"query": LABELLED, "name": "problem"}, "cohort_config": {"query": COHORT, "name": "frame"},
        "feature_aggregations": [
            aggregation("visits", {"all": "1", "problem": "problem", "clean": "clean"}, ["2y", "5y"]),
            aggregation("found", found, ["180d", "1y", "2y", "5y"]),
            aggregation("received", {"verified": "verified", "all": "1"}, ["1y", "2y"]),
            aggregation("listed", {"all": "1"}, ["2y"]),
        ],
        "grid_config": {grid[name][0]: grid[name][1] for name in models},
        "scoring": {
            "testing_metric_groups": [
                {"metrics": ["precision@", "recall@"], "thresholds": {"percentiles": [5.0, 10.0, 20.0], "top_n": []}},
            ],
            "training_metric_groups": [],
        },
    }  # fmt: skip


def run(url: str, engine: Any, models: list[str], predictions: bool) -> dict[str, float]:
    """One evaluation in an empty database: seconds, and what it was made of."""
    with engine.begin() as conn:
        for schema in OWN:
            conn.execute(text(f"drop schema if exists {schema} cascade"))
        conn.execute(text("create schema public"))
    upgrade_db(dburl=url)
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        experiment = MultiCoreExperiment(
            config(models), engine, project_path=place, n_processes=CORES, n_db_processes=CORES,
            n_bigtrain_processes=CORES, save_predictions=predictions,
        )  # fmt: skip
        # test days a month apart begin as early as labels do; ours are the last four
        experiment.split_definitions = experiment.split_definitions[-len(TEST_DAYS) :]
        experiment.generate_matrices()
        middle = time.perf_counter()
        experiment.train_and_test_models()
        end = time.perf_counter()
        return {"seconds": end - start, "matrices": middle - start, "models": end - middle} | made(engine, experiment)


def made(engine: Any, experiment: Any) -> dict[str, float]:
    """Counts, read back from what triage wrote."""
    counts = {
        "days": f"select count(distinct as_of_date) from {experiment.cohort_table_name}",
        "rows": f"select count(*) from {experiment.cohort_table_name}",
        "labelled": f"select count(*) from {experiment.cohort_table_name} c "
        f"join {experiment.labels_table_name} l on c.entity_id = l.entity_id and c.as_of_date = l.as_of_date",
        "train rows": "select sum(num_observations) from triage_metadata.matrices where matrix_type = 'train'",
        "fitted": "select count(*) from triage_metadata.models",
        "figures": "select count(distinct (metric, parameter)) from test_results.evaluations",
        "judged": "select count(distinct model_id) from test_results.evaluations where stochastic_value is not null",
        "precision@10%": "select avg(stochastic_value) from test_results.evaluations "
        "where metric = 'precision@' and parameter = '10.0_pct'",
        "labelled@10%": "select avg(num_labeled_above_threshold) from test_results.evaluations "
        "where metric = 'precision@' and parameter = '10.0_pct'",
    }
    features = sum(len(names) for names in experiment.master_feature_dictionary.values())
    with engine.connect() as conn:
        found = {name: conn.execute(text(query)).scalar() for name, query in counts.items()}
    return {"features": float(features)} | {name: float(value or 0) for name, value in found.items()}


def main() -> None:
    """Load once, run, print one line a turn and the median; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("--repeat", type=int, default=3, help="0: load only")
    parser.add_argument("--loaded", action="store_true", help="records are in the database already")
    parser.add_argument("--models", nargs="+", default=["rule", "logistic", "trees"])
    parser.add_argument("--no-predictions", action="store_true", help="triage shall not keep its predictions")
    options = parser.parse_args()
    logging.disable(35)  # its level "success"
    warnings.simplefilter("ignore")
    engine = create_engine(options.url)
    if not options.loaded:
        load(options.folder, engine)
    runs = [run(options.url, engine, options.models, not options.no_predictions) for _ in range(options.repeat)]
    for found in runs:
        print(", ".join(f"{key} {value:,.2f}".removesuffix(".00") for key, value in found.items()))
    if runs:
        print(json.dumps(runs[0] | {"seconds": statistics.median(found["seconds"] for found in runs)}))


if __name__ == "__main__":
    main()
