"""Tests of the report page in headless Chromium, driven by Playwright.

`CMGSIM` names the binary (default: target/release/cmgsim), `CHROMIUM` the browser.
"""

import os
import pathlib
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CMGSIM", str(ROOT / "target" / "release" / "cmgsim"))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SHORT = ["--set", 'duration="2h"', "--set", "disruption.patching.at=\"30min\""]
BYTES_MAX = 3_000_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def cmgsim(*arguments, code=0):
    """Run the program and return its output."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return the results of a short quickstart with replications, and its report."""
    out = tmp_path_factory.mktemp("results") / "run"
    cmgsim("run", *SHORT, "--replications", 2, "--report", "--quiet", "--out", out)
    return out


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page, with all errors and requests to the network that it caused."""

    def __init__(self, browser, path, **options):
        self.wrong = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        self.page = self.context.new_page()
        self.page.on("console", lambda said: self.wrong.append(said.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self.asked)
        self.page.goto(path.resolve().as_uri())

    def asked(self, request):
        if not request.url.startswith("file:"):
            self.wrong.append(f"the page asked for {request.url}")

    def draw_all(self):
        """Scroll to each chart: the page draws a chart when it becomes visible."""
        plots = self.page.locator(".plot")
        for place in range(plots.count()):
            plots.nth(place).scroll_into_view_if_needed()
            plots.nth(place).locator("canvas").wait_for()
        return plots

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


# Whether a canvas shows more than one colour.
IS_DRAWN = """canvas => {
    const context = canvas.getContext("2d");
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 4).join());
    return seen.size > 20;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_and_nothing_is_wrong(browser, folder, scheme):
    path = folder / "report.html"
    assert path.stat().st_size < BYTES_MAX
    with Visit(browser, path, color_scheme=scheme) as visit:
        plots = visit.draw_all()
        assert plots.count() >= 7
        for place in range(plots.count()):
            assert plots.nth(place).locator("canvas").evaluate(IS_DRAWN), place
        assert visit.page.locator("html").get_attribute("data-theme") == scheme
        assert visit.wrong == []


def test_hovering_tells_values_in_civil_time(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        plot = visit.draw_all().first
        plot.scroll_into_view_if_needed()
        over = plot.locator(".u-over")
        box = over.bounding_box()
        over.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
        told = plot.locator(".u-legend").inner_text()
        assert "Mon 2026-11-23 06:59:45" in told, told


def test_a_line_can_be_hidden_and_a_chart_zoomed(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        plot = visit.draw_all().first
        plot.scroll_into_view_if_needed()
        label = plot.locator(".u-legend th[role=button]").first
        label.focus()
        visit.page.keyboard.press("Enter")
        assert label.get_attribute("aria-pressed") == "false"
        before = plot.evaluate("it => it.plot.scales.x.max - it.plot.scales.x.min")
        box = plot.locator(".u-over").bounding_box()
        middle = box["y"] + box["height"] / 2
        visit.page.mouse.move(box["x"] + 0.25 * box["width"], middle)
        visit.page.mouse.down()
        visit.page.mouse.move(box["x"] + 0.5 * box["width"], middle, steps=4)
        visit.page.mouse.up()
        after = plot.evaluate("it => it.plot.scales.x.max - it.plot.scales.x.min")
        assert 0.2 * before < after < 0.3 * before
        assert visit.wrong == []


def test_the_keyboard_reads_values(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        plot = visit.draw_all().first
        plot.focus()
        for key in ["Home", "ArrowRight"]:
            visit.page.keyboard.press(key)
        read = visit.page.locator(".reading").first.inner_text()
        assert read.startswith("Mon 2026-11-23 06:00:45: attempts"), read


def test_tables_can_be_searched(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        search = visit.page.locator("#assumptions .search")
        all_rows = search.locator("tbody tr").count()
        search.locator("input").fill("handshake")
        shown = search.locator("tbody tr:visible").count()
        assert 0 < shown < all_rows
        assert search.locator(".count").inner_text() == f"{shown} of {all_rows}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_used_without_seeing_it(browser, folder, scheme):
    """axe finds no violation of WCAG."""
    with Visit(browser, folder / "report.html", color_scheme=scheme) as visit:
        visit.draw_all()
        found = Axe().run(visit.page)
        told = [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]
        assert told == []


def test_it_prints_light_with_all_charts(browser, folder, tmp_path):
    with Visit(browser, folder / "report.html", color_scheme="dark") as visit:
        visit.page.pdf(path=tmp_path / "report.pdf", format="A4")
        assert (tmp_path / "report.pdf").stat().st_size > 100_000
        # Sticky headers would cover rows at the end of a page.
        visit.page.emulate_media(media="print")
        position = "[...document.querySelectorAll('thead th')].map(it => getComputedStyle(it).position)"
        assert set(visit.page.evaluate(position)) == {"static"}
        assert visit.wrong == []


def test_without_javascript_everything_but_charts_is_there(browser, folder):
    with Visit(browser, folder / "report.html", java_script_enabled=False) as visit:
        text = visit.page.locator("main").inner_text()
        assert "Do two VM instances carry" in visit.page.locator("h1").inner_text()
        assert "In numbers" in text and "Assumptions" in text


def test_the_verb_writes_what_the_run_wrote(folder, tmp_path):
    cmgsim("report", folder, "--out", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == (folder / "report.html").read_bytes()


def test_runs_stand_side_by_side(browser, folder, tmp_path):
    other = tmp_path / "other"
    cmgsim("run", *SHORT, "--set", "gateway.main.instances=3", "--quiet", "--out", other)
    cmgsim("report", folder, other, "--out", tmp_path / "both.html")
    with Visit(browser, tmp_path / "both.html") as visit:
        assert visit.draw_all().count() >= 5
        header = visit.page.locator("#figures thead").inner_text()
        differs = visit.page.locator("#what-differs tbody").inner_text().split()
        assert differs[:3] == ["gateway.main.instances", "2", "3"]
        assert "quickstart (1)" in header and "quickstart (2)" in header
        assert visit.wrong == []


STUDIES = {
    "compare": ["--set-b", "gateway.main.instances=3", "--replications", "3"],
    "sweep": ["--vary", "gateway.main.instances=2..3", "--replications", "2"],
    "sensitivity": ["--replications", "2", "--only", "gateway.*.demand.handshake"],
    "size": ["--find", "gateway.main.instances=2..3", "--set", 'slo.latency_p95_s="5s"'],
}


@pytest.mark.parametrize("verb", STUDIES)
def test_studies_have_a_page(browser, tmp_path, verb):
    out = tmp_path / verb
    cmgsim(verb, "quickstart", *SHORT, *STUDIES[verb], "--quiet", "--out", out)
    cmgsim("report", out)
    with Visit(browser, out / "report.html") as visit:
        assert visit.page.locator("main table").count() >= 1
        assert visit.wrong == []
