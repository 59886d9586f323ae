"""Render the notebooks as pages of the book, with their results.

Usage: python python/render_notebooks.py [--check] [NAME...]

The script executes each notebook in `notebooks/` and writes a page and its charts to
`docs/notebooks/`. NAME selects notebooks, for example `01-first-look`.

With `--check`, the script writes nothing. It fails if a notebook contains outputs, or if a stored
page differs from the fresh one:

- Cells, printed text and tables must be equal.
- Charts must have the same elements, texts and colours. Coordinates may differ by 0.1 units,
  because the last digits of floating-point numbers differ between processors.
"""

import argparse
import difflib
import html
import html.parser
import os
import pathlib
import re
import sys
import time

import nbclient
import nbformat

ROOT = pathlib.Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
PAGES = ROOT / "docs" / "notebooks"
COMMAND = "python python/render_notebooks.py"

# A cell that runs before the cells of each notebook. Charts of matplotlib become SVG documents that
# are equal in each execution: without a date, with reproducible ids, and with text instead of
# outlines of letters.
SETUP = """\
import matplotlib
import pandas

%config InlineBackend.figure_formats = ["svg"]
%config InlineBackend.print_figure_kwargs = {"metadata": {"Date": None, "Creator": None}}
matplotlib.rcParams.update({"svg.hashsalt": "cmgsim", "svg.fonttype": "none"})
pandas.set_option("display.max_rows", 20)
"""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
CHART_TITLE = re.compile(r'font-weight="bold">([^<\[\]]+)<')
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")
MATPLOTLIB_ID = re.compile(r"\b[a-zA-Z][0-9a-f]{10}\b")
COORDINATE_TOLERANCE = 0.1


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the stored pages")
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks without .ipynb")
    arguments = parser.parse_args()
    every = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    names = arguments.names or every
    if unknown := sorted(set(names) - set(every)):
        parser.error(f"unknown notebooks: {', '.join(unknown)}")
    # The debugger of the kernel warns about an option that the notebooks do not need.
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    problems = [] if arguments.names else superfluous(every, arguments.check)
    for name in names:
        problems += one_notebook(name, arguments.check)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


def superfluous(names, check):
    """Remove the files of notebooks that no longer exist; with `check`, return them as problems."""
    problems = []
    for path in sorted(PAGES.glob("*")):
        if not any(belongs_to(path, name) for name in names):
            if check:
                problems.append(f"{relative(path)} does not belong to a notebook; run `{COMMAND}`")
            else:
                path.unlink()
    return problems


def one_notebook(name, check):
    """Write the page of a notebook, or return the problems of the stored page."""
    path = NOTEBOOKS / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    if problem := unclean(notebook):
        return [f"{relative(path)}: {problem}"]
    start = time.monotonic()
    try:
        fresh = page(name, executed(notebook))
    except nbclient.exceptions.CellExecutionError as error:
        return [f"{relative(path)}: {COLOUR.sub('', str(error))}"]
    print(f"{relative(path)}: executed in {time.monotonic() - start:.0f} s", flush=True)
    stored = {one.name: one for one in PAGES.glob("*") if belongs_to(one, name)}
    if check:
        return differences(stored, fresh)
    PAGES.mkdir(exist_ok=True)
    for old in stored.keys() - fresh.keys():
        stored[old].unlink()
    for file, text in fresh.items():
        is_same = file in stored and is_current(file, read(stored[file]), text)
        if not is_same:
            (PAGES / file).write_text(text, encoding="utf-8", newline="\n")
    return []


def unclean(notebook):
    """Return what a stored notebook must not contain, or `None`."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.get("outputs") or cell.get("execution_count") is not None:
            return f"cell {number} contains outputs; clear all outputs"
        if cell.metadata:
            return f"cell {number} contains metadata; remove them"
    if set(notebook.metadata) != {"kernelspec"}:
        return "the metadata of the notebook contain more than its kernel; remove them"
    return None


def executed(notebook):
    """Return the notebook with the outputs of a fresh execution."""
    notebook.cells.insert(0, nbformat.v4.new_code_cell(SETUP))
    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    client.execute()
    del notebook.cells[0]
    return notebook


def page(name, notebook):
    """Return the files of a page: Markdown and charts, by file name."""
    comment = f"<!-- Generated from notebooks/{name}.ipynb by `{COMMAND}`; do not edit. -->"
    parts, charts = [], {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(links_of_page(cell.source))
            continue
        parts.append(fenced("python", cell.source))
        heading = [line for part in parts for line in part.split("\n") if line.startswith("#")][-1]
        for output in cell.outputs:
            parts += result(output, name, heading.lstrip("# "), charts)
    title, _, rest = "\n\n".join(parts).partition("\n")
    return {f"{name}.md": f"{title}\n\n{comment}\n{rest}\n", **charts}


def result(output, name, heading, charts):
    """Return an output as parts of a page, and add its charts to `charts`."""
    if output.output_type == "stream":
        if output.name == "stderr":
            print(f"{name}: not shown in the page: {output.text}", file=sys.stderr)
            return []
        return [fenced("text", output.text)]
    data = output.data
    if "image/svg+xml" in data:
        content = data["image/svg+xml"]
    elif "text/html" in data:
        content = data["text/html"]
    else:
        return [fenced("text", data["text/plain"])]
    parts, end = [], 0
    for chart in SVG.finditer(content):
        parts += markdown(content[end:chart.start()])
        end = chart.end()
        file = f"{name}-{len(charts) + 1}.svg"
        charts[file] = "\n".join(line.rstrip() for line in chart[0].split("\n")) + "\n"
        title = CHART_TITLE.search(chart[0])
        parts.append(f"![{html.unescape(title[1]) if title else heading}]({file})")
    return parts + markdown(content[end:])


def links_of_page(text):
    """Return Markdown in which links from `notebooks/` are links from `docs/notebooks/`."""
    return re.sub(r"\]\(([\w-]+)\.ipynb\)", r"](\1.md)", text.replace("](../docs/", "](../"))


def fenced(language, text):
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    return "\n".join([f"```{language}", *lines, "```"])


def markdown(content):
    """Return HTML of a result as Markdown paragraphs, lists and tables."""
    reader = Reader()
    reader.feed(content)
    reader.close()
    return reader.parts


class Reader(html.parser.HTMLParser):
    """Reads the HTML elements that results and data frames use."""

    def __init__(self):
        super().__init__()
        self.parts = []
        self.items = []
        self.head, self.body = [], []
        self.rows = self.body
        self.text, self.is_strong = "", False

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("thead", "tbody"):
            self.rows = self.head if tag == "thead" else self.body
        if tag in ("p", "li", "th", "td", "style"):
            self.text, self.is_strong = "", False

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        text = re.sub(r"([*<|\[`])", r"\\\1", " ".join(self.text.split()))
        if tag == "strong":
            self.is_strong = True
        elif tag == "p" and text:
            self.parts.append(f"**{text}**" if self.is_strong else text)
        elif tag == "li":
            self.items.append(f"- {text}")
        elif tag == "ul":
            self.parts.append("\n".join(self.items))
            self.items = []
        elif tag in ("th", "td"):
            self.rows[-1].append(text)
        elif tag == "table":
            self.parts.append(table(self.head, self.body))
            self.head, self.body = [], []


def table(head, body):
    """Return a table. A second row of a head has the names of the index columns."""
    names = [next(filter(None, reversed(cells)), "") for cells in zip(*head, strict=True)]
    is_number = [all(map(NUMBER.fullmatch, cells)) for cells in zip(*body, strict=True)]
    rules = ["---:" if right else "---" for right in is_number]
    return "\n".join(f"| {' | '.join(row)} |" for row in [names, rules, *body])


def differences(stored, fresh):
    """Return the differences between the stored files of a page and the fresh ones."""
    problems = []
    for file in sorted(stored.keys() | fresh.keys()):
        path = relative(PAGES / file)
        if file not in fresh:
            problems.append(f"{path} is superfluous; run `{COMMAND}`")
        elif file not in stored:
            problems.append(f"{path} is missing; run `{COMMAND}`")
        elif not is_current(file, read(stored[file]), fresh[file]):
            problems.append(f"{path} is out of date; run `{COMMAND}`")
            if file.endswith(".md"):
                lines = (read(stored[file]).split("\n"), fresh[file].split("\n"))
                problems += difflib.unified_diff(*lines, "stored", "fresh", n=1, lineterm="")
    return problems


def is_current(file, stored, fresh):
    return is_same_chart(stored, fresh) if file.endswith(".svg") else stored == fresh


def is_same_chart(stored, fresh):
    """Return whether two charts differ at most by the tolerance of coordinates."""
    one, other = (MATPLOTLIB_ID.sub("id", text) for text in (stored, fresh))
    if NUMBER.split(one) != NUMBER.split(other):
        return False
    numbers = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= COORDINATE_TOLERANCE for a, b in numbers)


def belongs_to(path, name):
    return path.stem == name or re.fullmatch(rf"{re.escape(name)}-\d+", path.stem) is not None


def read(path):
    return path.read_text(encoding="utf-8")


def relative(path):
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    main()
