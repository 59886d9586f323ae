"""Test what notebooks show, and files of charts."""

from __future__ import annotations

import html.parser
import pathlib
import xml.etree.ElementTree

import cmgsim
import pytest
from conftest import SMALL

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Checked(html.parser.HTMLParser):
    """Check that all elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(text: str) -> set[str]:
    """Check an HTML fragment and return its tags."""
    parser = Checked()
    parser.feed(text)
    parser.close()
    assert not parser.open
    assert "script" not in parser.tags
    return parser.tags


def test_a_run_is_shown_with_verdict_and_charts() -> None:
    found = cmgsim.run("quickstart", {**SMALL, "question": "Is <b>this</b> & that enough?"})
    text = found._repr_html_()
    assert {"svg", "strong", "ul"} <= checked(text)
    assert found.verdict.answer.capitalize() in text
    assert found.verdict.reasons[0].split("<")[0][:20] in text
    assert "<b>this" not in text


def test_studies_are_shown() -> None:
    scenario = cmgsim.Scenario("quickstart", SMALL)
    change = {"gateway.main.instances": 3}
    for found in (
        cmgsim.compare(scenario, values=change, replications=2),
        cmgsim.sweep(scenario, {"gateway.main.instances": [2, 3]}, replications=2),
    ):
        assert {"svg", "strong"} <= checked(found._repr_html_())


def test_charts_are_svg_and_png(tmp_path: pathlib.Path) -> None:
    found = cmgsim.run("quickstart", SMALL)
    assert len(found.charts) > 5
    for name, chart in found.charts.items():
        root = xml.etree.ElementTree.fromstring(chart._repr_svg_())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not [one for one in root.iter() if one.tag.endswith("script")]
        assert name in repr(chart)
    chart = found.charts["latency"]
    image = chart.png(900, 600)
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(image[16:20], "big"), int.from_bytes(image[20:24], "big")) == (1200, 800)
    chart.save(tmp_path / "latency.svg")
    chart.save(str(tmp_path / "latency.png"))
    assert (tmp_path / "latency.svg").read_text(encoding="utf-8") == chart.svg
    assert (tmp_path / "latency.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"\.svg or \.png"):
        chart.save(tmp_path / "latency.gif")
    with pytest.raises(KeyError):
        found.charts["nothing"]
    for size in ((0, 0), (-1, 600), (10, 10), (10**9, 10**9)):
        with pytest.raises(ValueError, match="."):
            chart.png(*size)
