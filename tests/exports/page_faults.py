"""What an accessibility audit of a page would find, from the page as a browser built it; an empty list is none.

The checks are those that Lighthouse draws from WCAG 2.1 AA: language, title, landmarks, one main heading, order of
headings, names of controls, pictures and links, headers of tables, unique ids, focus order, and the contrast of every
text against the ground that it stands on, in light and dark.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from bs4 import BeautifulSoup

CHROMIUM = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip

# Runs in the page: contrast of every visible text with the colours below it, blended; targets too small; overflow.
_PROBE = """
<script>
const rgba = c => { const p = c.match(/[\\d.]+/g).map(Number); return [p[0], p[1], p[2], p[3] === undefined ? 1 : p[3]]; };
const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
const lum = c => { const l = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
const ground = e => { const stack = []; for (; e; e = e.parentElement) stack.push(rgba(getComputedStyle(e).backgroundColor)); return stack.reverse().reduce((under, c) => over(c, under), [255, 255, 255, 1]); };
const look = () => {
  const faults = [], seen = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walk.nextNode();) {
    const e = node.parentElement;
    if (!node.textContent.trim() || e.closest("script,style,title") || !e.checkVisibility()) continue;
    const style = getComputedStyle(e), below = ground(e);
    const paint = e.closest("svg") ? style.fill : style.color;
    if (paint === "none") continue;
    const a = lum(over(rgba(paint), below)), b = lum(below);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) seen.add(`${ratio.toFixed(2)} ${e.tagName} ${e.className.baseVal ?? e.className} ${node.textContent.trim().slice(0, 20)}`);
  }
  for (const e of document.querySelectorAll("button,input,select,summary,nav a")) {
    const box = e.getBoundingClientRect();
    if (e.checkVisibility() && (box.height < 20 || box.width < 20)) seen.add(`small target ${e.tagName} ${e.textContent.slice(0, 20)}`);
  }
  return [...seen];
};
for (const d of document.querySelectorAll("details")) d.open = true;
const probed = {};
for (const theme of ["light", "dark"]) { document.documentElement.dataset.theme = theme; probed[theme] = look(); }
const control = document.querySelector("button, a");
probed.wide = document.documentElement.scrollWidth > innerWidth;
probed.stuck = [...document.querySelectorAll("body *")].filter(e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0).map(e => e.textContent.trim().slice(0, 20));
probed.heads = document.querySelectorAll("th button").length;
const search = document.querySelector("input[type=search]");
if (search) {
  const rows = [...search.closest("section").querySelectorAll("tbody tr")];
  search.value = "\\u0000nowhere"; search.dispatchEvent(new Event("input"));
  probed.none = rows.filter(r => !r.hidden).length;
  search.value = ""; search.dispatchEvent(new Event("input"));
  probed.all = rows.filter(r => !r.hidden).length === rows.length;
  const head = search.closest("section").querySelector("th.num button");
  if (head) {
    const column = () => [...search.closest("section").querySelectorAll("tbody tr td.num")].map(c => parseFloat(c.textContent));
    head.click(); const falling = column(); head.click(); const rising = column();
    probed.sorted = falling.every((v, i) => !i || v <= falling[i - 1]) && rising.every((v, i) => !i || v >= rising[i - 1]);
  }
}
document.title = "PROBED" + JSON.stringify(probed);
</script></body>
"""


def built(html: str, place: Path, width: int = 1300) -> tuple[BeautifulSoup, dict[str, object]]:
    """The page after its script ran, and what the probe saw; the probe needs the page's lock opened."""
    page = place / f"page-{width}.html"
    probed = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html).replace("</body>", _PROBE)
    page.write_text(probed, encoding="utf-8")
    arguments = [
        *CHROMIUM,
        f"--user-data-dir={place / 'profile'}",
        f"--window-size={width},900",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120)
    soup = BeautifulSoup(done.stdout, "html.parser")
    return soup, json.loads(soup.title.string.removeprefix("PROBED"))


def printed(html: str, place: Path) -> list[list[tuple[str, float]]]:
    """The words of each printed page with the right end of each, in points."""
    page, pdf = place / "printed.html", place / "printed.pdf"
    page.write_text(html, encoding="utf-8")
    profile = f"--user-data-dir={place / 'profile'}"
    subprocess.run(
        [*CHROMIUM, profile, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri()],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    found = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True, timeout=60)
    pages = BeautifulSoup(found.stdout, "html.parser").find_all("page")
    return [[(word.get_text(), float(word["xmax"])) for word in page.find_all("word")] for page in pages]


def faults(soup: BeautifulSoup) -> list[str]:
    """Faults of structure, names and order."""
    found: list[str] = []
    found += ["no language"] * (not soup.html.get("lang"))
    found += [f"{n} of {name}" for name, n in ((n, len(soup.find_all(n))) for n in ("main", "h1")) if n != 1]
    found += _headings(soup) + _names(soup) + _tables(soup) + _landmarks(soup)
    ids = [e["id"] for e in soup.find_all(id=True)]
    found += [f"id twice: {i}" for i in sorted({i for i in ids if ids.count(i) > 1})]
    found += [
        f"refers to nothing: {i}"
        for e in soup.find_all(True)
        for a in ("aria-labelledby", "for")
        for i in [e.get(a)]
        if i and i not in ids
    ]
    found += [
        f"leads nowhere: {a['href']}" for a in soup.find_all("a", href=re.compile("^#")) if a["href"][1:] not in ids
    ]
    found += [f"tabindex {e['tabindex']}" for e in soup.find_all(tabindex=True) if int(e["tabindex"]) > 0]
    found += [
        f"list item outside a list: {e.get_text()[:20]}"
        for e in soup.find_all("li")
        if e.parent.name not in ("ul", "ol")
    ]
    outside = [e for e in soup.body.find_all(string=True, recursive=True) if e.strip() and _bare(e)]
    found += [f"outside every landmark: {e.strip()[:30]}" for e in outside]
    viewport = soup.find("meta", attrs={"name": "viewport"})
    found += ["zoom forbidden"] * bool(
        viewport and re.search(r"user-scalable\s*=\s*no|maximum-scale", viewport["content"])
    )
    return found


def _landmarks(soup: BeautifulSoup) -> list[str]:
    """Parts of one name: a reader who jumps from part to part cannot tell them apart."""
    texts = {e["id"]: e.get_text(" ", strip=True) for e in soup.find_all(id=True)}
    parts = [e for e in soup.find_all(True) if e.get("role") == "region" or e.name in ("section", "nav", "aside")]
    names = [e.get("aria-label") or texts.get(e.get("aria-labelledby"), "") for e in parts]
    return [f"two parts of one name: {name}" for name in sorted({n for n in names if n and names.count(n) > 1})]


def _bare(text) -> bool:
    if any(p.name in ("script", "style") or "skip" in (p.get("class") or []) for p in text.parents):
        return False
    return not any(p.name in ("main", "header", "footer", "nav", "aside") for p in text.parents)


def _headings(soup: BeautifulSoup) -> list[str]:
    levels = [int(h.name[1]) for h in soup.find_all(re.compile("^h[1-6]$"))]
    return [f"heading {a} → {b}" for a, b in zip([0, *levels], levels, strict=False) if b > a + 1]


def _names(soup: BeautifulSoup) -> list[str]:
    nameless = [
        e for e in soup.find_all(["button", "a", "summary"]) if not (e.get_text(strip=True) or e.get("aria-label"))
    ]
    nameless += [e for e in soup.find_all("img") if e.get("alt") is None]
    nameless += [e for e in soup.find_all("svg") if not (e.get("aria-label") or e.get("aria-hidden") == "true")]
    nameless += [e for e in soup.find_all(["input", "select"]) if not (e.find_parent("label") or e.get("aria-label"))]
    nameless += [e for e in soup.find_all("section") if not (e.get("aria-labelledby") or e.get("aria-label"))]
    nameless += [e for e in soup.find_all(attrs={"role": "region"}) if not e.get("aria-label")]
    return [f"without a name: {e.name}" for e in nameless]


def _tables(soup: BeautifulSoup) -> list[str]:
    found = ["th without scope" for t in soup.find_all("th") if t.get("scope") not in ("row", "col")]
    named = [t for t in soup.find_all("table") if t.caption or t.get("aria-labelledby") or t.get("aria-label")]
    found += ["table without caption"] * (len(soup.find_all("table")) - len(named))
    found += ["empty heading of a row or column" for t in soup.find_all("th") if not t.get_text(strip=True)]
    return found + ["table without heads" for t in soup.find_all("table") if not t.find("th")]
