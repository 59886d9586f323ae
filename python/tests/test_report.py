"""Test the report page in headless Chromium through Playwright.

Set `CMGSIM` to the path of cmgsim (default: target/release/cmgsim) and `CHROMIUM` to the path of
Chromium (default: /usr/bin/chromium).
"""

import os
import pathlib
import re
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
    """Run the program and return its standard output."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Run a short quickstart with replications and return the results folder."""
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
    """An open page that records its errors and network requests."""

    def __init__(self, browser, path, width=1280, **options):
        self.wrong = []
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self.asked)
        self.page.goto(path.resolve().as_uri())

    def asked(self, request):
        if not request.url.startswith("file:"):
            self.wrong.append(f"the page requested {request.url}")

    def draw_all(self):
        """Draw all charts outside collapsed sections by scrolling to each one."""
        plots = self.page.locator(".plot:visible")
        for place in range(plots.count()):
            plots.nth(place).scroll_into_view_if_needed()
            plots.nth(place).locator("canvas").wait_for()
        return plots

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


# JavaScript function that returns whether a canvas has more than 20 colours.
IS_DRAWN = """canvas => {
    const context = canvas.getContext("2d");
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 4).join());
    return seen.size > 20;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_without_errors(browser, folder, scheme):
    path = folder / "report.html"
    assert path.stat().st_size < BYTES_MAX
    with Visit(browser, path, color_scheme=scheme) as visit:
        plots = visit.draw_all()
        assert plots.count() >= 6
        for place in range(plots.count()):
            assert plots.nth(place).locator("canvas").evaluate(IS_DRAWN), place
        assert visit.page.locator("html").get_attribute("data-theme") == scheme
        assert visit.wrong == []


def test_the_legend_shows_values_only_at_the_pointer(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        plot = visit.draw_all().first
        plot.scroll_into_view_if_needed()
        values = plot.locator(".u-legend .u-value").all_inner_texts()
        assert len(values) > 3 and set(values) == {""}, values
        over = plot.locator(".u-over")
        box = over.bounding_box()
        over.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
        values = plot.locator(".u-legend .u-value").all_inner_texts()
        assert values[0].startswith("Mon 2026-11-23 0"), values
        assert all(values), values


def test_a_button_zooms_all_charts_over_time_to_the_disruption(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        plots = visit.draw_all()
        buttons = visit.page.locator(".zoom:visible")
        assert buttons.count() >= 4
        span = "it => it.plot.scales.x.max - it.plot.scales.x.min"
        before = [plots.nth(place).evaluate(span) for place in (0, 1)]
        buttons.first.focus()
        visit.page.keyboard.press("Enter")
        after = [plots.nth(place).evaluate(span) for place in (0, 1)]
        assert all(now < 0.8 * then for now, then in zip(after, before)), (before, after)
        assert buttons.first.inner_text() == "Show the whole period"
        buttons.first.click()
        whole = plots.first.evaluate(span)
        assert abs(whole - before[0]) < 0.02 * before[0], (before, whole)
        assert visit.wrong == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_the_width_of_the_window(browser, folder, width):
    with Visit(browser, folder / "report.html", width=width) as visit:
        visit.draw_all()
        assert visit.page.evaluate("document.documentElement.scrollWidth") == width
        # Boxes with wide tables scroll only horizontally.
        height = "[...document.querySelectorAll('.scroll')].every(it => it.scrollHeight <= it.clientHeight + 1)"
        assert visit.page.evaluate(height)


def test_lines_can_be_hidden_and_charts_zoomed(browser, folder):
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


def test_values_can_be_read_with_the_keyboard(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        plot = visit.draw_all().first
        plot.focus()
        for key in ["Home", "ArrowRight"]:
            visit.page.keyboard.press(key)
        read = visit.page.locator(".reading").first.inner_text()
        assert read.startswith("Mon 2026-11-23 06:00:45: attempts"), read


def test_tables_can_be_searched(browser, folder):
    with Visit(browser, folder / "report.html") as visit:
        visit.page.locator("nav a[href='#assumptions']").click()
        search = visit.page.locator("#assumptions .search")
        search.locator("input").wait_for()
        all_rows = search.locator("tbody tr").count()
        search.locator("input").fill("handshake")
        shown = search.locator("tbody tr:visible").count()
        assert 0 < shown < all_rows
        assert search.locator(".count").inner_text() == f"{shown} of {all_rows}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_of_wcag(browser, folder, scheme):
    with Visit(browser, folder / "report.html", color_scheme=scheme) as visit:
        visit.draw_all()
        found = Axe().run(visit.page)
        violations = [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]
        assert violations == []


def test_the_page_prints_on_at_most_eight_pages(browser, folder, tmp_path):
    with Visit(browser, folder / "report.html", color_scheme="dark") as visit:
        visit.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
        document = (tmp_path / "report.pdf").read_bytes()
        assert len(document) > 100_000
        pages = len(re.findall(rb"/Type\s*/Page\b", document))
        assert 3 <= pages <= 8, pages
        # Sections that are collapsed on the screen are not printed.
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("#assumptions").is_visible()
        assert visit.page.locator("#published-limits").is_visible()
        assert visit.wrong == []


def test_without_javascript_only_interactive_charts_are_missing(browser, folder):
    with Visit(browser, folder / "report.html", java_script_enabled=False) as visit:
        text = visit.page.locator("main").inner_text()
        assert "Can two VM instances serve" in visit.page.locator("h1").inner_text()
        assert "Published limits" in text and "Result tables" in text
        assert "need JavaScript" in text
        assert not visit.page.locator(".plot:visible, .zoom:visible, #theme:visible").count()


def test_the_report_command_writes_the_page_of_the_run(folder, tmp_path):
    cmgsim("report", folder, "--out", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == (folder / "report.html").read_bytes()


def test_runs_side_by_side_are_named_by_their_differences(browser, folder, tmp_path):
    other = tmp_path / "other"
    cmgsim("run", *SHORT, "--set", "gateway.main.instances=3", "--quiet", "--out", other)
    cmgsim("report", folder, other, "--out", tmp_path / "both.html")
    with Visit(browser, tmp_path / "both.html") as visit:
        assert visit.draw_all().count() >= 5
        header = visit.page.locator("#metrics thead").inner_text()
        differences = visit.page.locator("#differences-of-the-scenarios tbody").inner_text()
        assert differences.split()[:3] == ["gateway.main.instances", "2", "3"]
        assert "2 instances" in header and "3 instances" in header
        assert visit.wrong == []


STUDIES = {
    "compare": ["--set-b", "gateway.main.instances=3", "--replications", "3"],
    "sweep": ["--vary", "gateway.main.instances=2..3", "--replications", "2"],
    "sensitivity": ["--replications", "2", "--only", "gateway.*.demand.handshake"],
    "size": ["--find", "gateway.main.instances=2..3", "--set", 'slo.latency_p95_s="5s"'],
}


@pytest.mark.parametrize("verb", STUDIES)
def test_the_page_of_a_study_begins_with_the_verdict(browser, tmp_path, verb):
    out = tmp_path / verb
    cmgsim(verb, "quickstart", *SHORT, *STUDIES[verb], "--quiet", "--out", out)
    cmgsim("report", out)
    with Visit(browser, out / "report.html") as visit:
        assert visit.page.locator("main > :first-child .answer").inner_text().endswith(".")
        assert visit.page.locator("main table").count() >= 1
        assert visit.wrong == []
