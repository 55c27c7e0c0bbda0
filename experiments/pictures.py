"""The pictures of the README, made again from the sample: python experiments/pictures.py [reports/example]

Needs Chromium, LibreOffice and pdftoppm. Runs three months of the sample in a folder of its own, opens the report, a
card and the dashboards in the browser, prints a task book, and keeps the parts that the README shows as WebP.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import websocket
from PIL import Image

import riskmodel as rm
from riskmodel.dashboards import dashboard, pages

SAMPLE = Path(__file__).parents[1] / "data/sample"
DAYS = ("2025-04-30", "2025-05-31", "2025-06-30")
PORT = 5017
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]


def shot(address: str, size: tuple[int, int], place: Path, wait: int = 4000) -> Image.Image:
    """What a browser of a size shows."""
    file = place / "shot.png"
    options = [
        f"--user-data-dir={place / 'profile'}",
        f"--window-size={size[0]},{size[1]}",
        f"--virtual-time-budget={wait}",
    ]
    subprocess.run([*CHROMIUM, *options, f"--screenshot={file}", address], check=True, capture_output=True, timeout=180)
    return Image.open(io.BytesIO(file.read_bytes())).convert("RGB")


def shot_live(address: str, size: tuple[int, int], place: Path, seconds: float) -> Image.Image:
    """What a browser shows after so many real seconds: charts that load by themselves do not heed a virtual clock."""
    options = [
        f"--user-data-dir={place / 'live'}",
        f"--window-size={size[0]},{size[1]}",
        f"--remote-debugging-port={PORT + 1}",
    ]
    browser = subprocess.Popen(
        [*CHROMIUM, *options, "--remote-allow-origins=*", "about:blank"], stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(60):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{PORT + 1}/json") as answer:
                tabs = json.load(answer)
                break
            time.sleep(0.5)
        tab = websocket.create_connection(
            next(t["webSocketDebuggerUrl"] for t in tabs if t["type"] == "page"), timeout=60
        )
        tab.send(json.dumps({"id": 1, "method": "Page.navigate", "params": {"url": address}}))
        time.sleep(seconds)
        tab.send(json.dumps({"id": 2, "method": "Page.captureScreenshot"}))
        while (said := json.loads(tab.recv())).get("id") != 2:
            pass
        return Image.open(io.BytesIO(base64.b64decode(said["result"]["data"]))).convert("RGB")
    finally:
        browser.kill()


def printed(book: Path, place: Path) -> Image.Image:
    """The first page of a workbook as LibreOffice prints it."""
    office = [f"-env:UserInstallation={(place / 'office').as_uri()}", "--headless", "--convert-to", "pdf", "--outdir"]
    subprocess.run(["soffice", *office, str(place), str(book)], check=True, capture_output=True, timeout=180)
    page = place / "page"
    subprocess.run(
        ["pdftoppm", "-r", "110", "-png", "-l", "1", "-singlefile", place / f"{book.stem}.pdf", page], check=True
    )
    return Image.open(f"{page}.png").convert("RGB")


def keep(picture: Image.Image, name: str, out: Path, box: tuple[int, int, int, int] | None = None) -> None:
    """A part of a picture as WebP of at most 1,000 pixels across."""
    part = picture.crop(box) if box else picture
    part.thumbnail((1000, 1400))
    part.save(out / name, "WEBP", quality=82, method=6)
    print(name, part.size, (out / name).stat().st_size)


@contextlib.contextmanager
def server(reports: Path) -> Iterator[None]:
    """The dashboards, until they are no longer needed."""
    command, environment = dashboard(reports, PORT)
    running = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(240):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=5):
                break
            time.sleep(0.5)
        yield
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(timeout=60)


def history_page(reports: Path) -> str:
    """The page of the run of all months."""
    import mlflow

    (address,) = [a for name, a in pages(reports, PORT).items() if name.startswith("01")]
    number = address.split("/experiments/")[1].split("/")[0]
    (run,) = mlflow.MlflowClient().search_runs([number], "tags.role = 'history'")
    return f"http://127.0.0.1:{PORT}/#/experiments/{number}/runs/{run.info.run_id}"


def stacked(above: Image.Image, below: Image.Image) -> Image.Image:
    """Two pictures of one width, one below the other."""
    both = Image.new("RGB", (above.width, above.height + below.height), "white")
    both.paste(above, (0, 0))
    both.paste(below, (0, above.height))
    return both


def main(out: Path) -> None:
    """All pictures."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        reports = place / "reports"
        for day in DAYS:
            done = rm.run(SAMPLE, as_of=day, out=reports)
        page = shot((done.folder / "report.html").as_uri(), (1100, 2600), place)
        keep(page, "report.webp", out, (0, 0, 1100, 880))
        assessment = done.month.assessment
        top = assessment.lookup().frame["entity_id"].iloc[0]
        body = "margin:16px;font-family:'Noto Sans CJK SC','Noto Sans SC',sans-serif"
        (place / "card.html").write_text(
            f'<!DOCTYPE html><meta charset="utf-8"><body style="{body}">{assessment.explain(top).card()}', "utf-8"
        )
        keep(shot((place / "card.html").as_uri(), (960, 760), place), "card.webp", out)
        book = printed(max((done.folder / "检查任务书").glob("*.xlsx"), key=lambda p: p.stat().st_size), place)
        keep(book, "task-book.webp", out, (0, 0, book.width, book.height * 6 // 10))
        with server(reports):
            page = history_page(reports)
            table, charts = (shot_live(page + part, (1980, 1100), place, 40) for part in ("", "/model-metrics"))
            part = stacked(table.crop((200, 0, 1470, 330)), charts.crop((200, 90, 1470, 820)))
            keep(part, "dashboard.webp", out)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/example"))
