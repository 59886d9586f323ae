#!/usr/bin/env python3
"""Draw a random sample of the repository's prose, to rate how easy it is to read.

    python3 python/sample_prose.py --seed 1 > sample.tsv     # 200 lines, reproducible
    python3 python/sample_prose.py --count                   # number of prose lines per area

A prose line is a line of a tracked file with at least four words, excluding code. Comments, string
literals, Markdown, notebook cells, HTML text and names of tests count as prose. The sample contains
the same number of lines from every area. If an area has fewer lines than this number, the sample
contains all of its lines, and more lines from the other areas.

The sample shows complete sentences. In a paragraph (adjacent comment lines, a Markdown paragraph or
a list item), the text of a line consists of all sentences that the line contains in whole or in
part. A string literal is shown completely, unless it contains line breaks. No text is drawn twice.

The sample excludes licences, third-party code, generated pages (docs/reference), snapshots and lock
files. The output is tab-separated: number, area, file:line, text. The script requires only Python's
standard library.
"""

import argparse
import io
import json
import random
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = re.compile(r"(^|/)vendor/|^docs/(reference|notebooks)/|^tests/snapshots/|LICENSE|\.license\.txt$"
                      r"|^THIRD-PARTY|\.lock$|\.(png|ttf|tsv|csv|snap)$|^proptest-regressions/|\.schema\.json$")
WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
CLAP = re.compile(r"^\s*#\[derive\(.*\b(Args|Parser|Subcommand|ValueEnum)\b")


def is_prose(text):
    """Return whether the text has at least four words, excluding code and placeholders."""
    text = re.sub(r"`[^`]*`|\{[^{}]*\}|https?://\S+", " ", text)
    words = [word.strip(".,;:!?()[]\"'*_|<>“”‘’=") for word in text.split()]
    return sum(bool(WORD.fullmatch(word)) for word in words) >= 4


def tidy(text):
    return re.sub(r"\s+", " ", text).strip()


def paragraphs(lines):
    """Group adjacent lines (number, text); a gap, list item, heading or table row begins a group."""
    group = []
    for number, text in lines:
        starts = re.match(r"\s*([-*+] |\d+[.)] |#|\||>|<!--|```)", text)
        if group and (starts or group[-1][1].startswith("#") or number != group[-1][0] + 1 or not text.strip()):
            yield group
            group = []
        if text.strip():
            group.append((number, text))
    if group:
        yield group


def sentences(lines):
    """Yield (number, text) of each prose line; the text is the sentences that it belongs to."""
    for group in paragraphs(lines):
        whole, spans = "", []
        for number, text in group:
            text = tidy(text)
            spans.append((number, len(whole), len(whole) + len(text), text))
            whole += text + " "
        ends = [match.end() for match in re.finditer(r"[.!?:][)\"”*]*\s+(?=[A-Z`*\"“(])", whole)]
        bounds = [0, *ends, len(whole)]
        for number, start, end, text in spans:
            if is_prose(text):
                first = max(bound for bound in bounds if bound <= start)
                last = min(bound for bound in bounds if bound >= end)
                yield number, whole[first:last]


def c_tokens(text, quotes='"', rust=True):
    """Yield (kind, line, text) of comments and string literals in Rust and JavaScript."""
    chars = r"'(?:\\u\{[0-9a-fA-F_]*\}|\\x..|\\.|[^\\'\n])'" if rust else r"(?!)"
    raw = r'\bb?r(?P<hashes>#*)"(?P<raw>.*?)"(?P=hashes)' if rust else r"(?!)"
    plain = "|".join(rf"{q}(?:\\.|[^\\{q}])*{q}" for q in quotes)
    pattern = re.compile(
        rf"(?P<line>//[^\n]*)|(?P<block>/\*.*?\*/)|(?P<rawall>{raw})|(?P<text>{plain})|{chars}",
        re.S)
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["line"]:
            comment = match["line"]
            kind = "doc" if re.match(r"//[/!](?!/)", comment) and rust else "comment"
            column = match.start() - (text.rfind("\n", 0, match.start()) + 1)
            alone = not text[match.start() - column:match.start()].strip()
            yield (kind, line, comment.lstrip("/!").strip() if alone else comment[2:].strip())
        elif match["block"]:
            for offset, one in enumerate(match["block"].strip("/*").split("\n")):
                yield "comment", line + offset, one.strip(" *")
        elif match["rawall"]:
            yield "string", line, match["raw"]
        elif match["text"]:
            body = match["text"][1:-1]
            body = re.sub(r"\\\n\s*", "", body).replace('\\"', '"')
            yield "string", line, body.replace("\\n", "\n") if "\n" not in body else body


def literals(tokens):
    """Yield (line, text) of each prose line in string literals."""
    for _, line, text in tokens:
        for offset, one in enumerate(text.split("\n")):
            if is_prose(one):
                yield line + (offset if text.count("\n") > 1 else 0), tidy(one)


def help_lines(text):
    """Return the line numbers of types from which clap generates help texts."""
    lines, found = text.split("\n"), set()
    for number, line in enumerate(lines):
        if CLAP.match(line):
            start = number
            while start and re.match(r"\s*(///|#\[)", lines[start - 1]):
                start -= 1
            indent = len(line) - len(line.lstrip())
            end = number
            while end + 1 < len(lines) and not lines[end].startswith(" " * indent + "}"):
                end += 1
            found.update(range(start + 1, end + 2))
    return found


def rust(name, text):
    tests = "tests" if not name.startswith("benches/") else "benches"
    strings, docs, comments = {
        "tests": (None, "tests", "tests"), "benches": ("benches",) * 3,
        "examples": ("doc comments", "doc comments", "code comments"),
    }.get(name.split("/")[0], ("errors and warnings", "doc comments", "code comments"))
    if name.startswith("src/cli/"):
        strings = "command line"
    elif re.match(r"src/(report|study|results|analysis|terms)/", name):
        strings = "report and tables"
    if name.endswith("/tests.rs"):
        strings, comments = None, "tests"
    start = re.search(r"#\[cfg\(test\)\]\nmod tests \{", text)
    own_tests = text.count("\n", 0, start.start()) + 1 if start else sys.maxsize
    is_help = help_lines(text) if name.startswith("src/") else set()
    tokens = list(c_tokens(text))
    for kind, area in (("doc", docs), ("comment", comments)):
        lines = [(line, one) for what, line, one in tokens if what == kind]
        for line, one in sentences(lines):
            here = "command line" if kind == "doc" and line in is_help else area
            yield tests if line > own_tests else here, line, one
    if strings:
        found = [token for token in tokens if token[0] == "string" and token[1] < own_tests]
        for line, one in literals(found):
            yield strings, line, one
    for match in re.finditer(r"#\[test\]\s+(?:#\[.*\]\s+)*fn (\w+)", text):
        if is_prose(match[1].replace("_", " ")):
            yield tests, text.count("\n", 0, match.start(1)) + 1, match[1].replace("_", " ")


def markdown(text):
    lines, is_code = [], False
    for number, line in enumerate(text.split("\n"), 1):
        fence = line.lstrip().startswith("```")
        is_code ^= fence
        if not is_code and not fence:
            lines.append((number, line))
    yield from sentences(lines)


def hashed(text):
    """Yield comments and string values of TOML and shell files."""
    comments, found, is_long = [], [], False
    for number, line in enumerate(text.split("\n"), 1):
        strings = re.findall(r'"((?:\\.|[^"\\])*)"', line)
        outside = re.sub(r'"(?:\\.|[^"\\])*"', lambda match: "x" * len(match[0]), line)
        if line.count('"""') == 1:
            is_long = not is_long
        elif is_long:
            found.append((number, line))
        elif "#" in outside and not line.startswith("#!") and not re.search(r"\S#", outside[:outside.index("#") + 1]):
            comments.append((number, line[outside.index("#"):].lstrip("# ")))
        if not is_long:
            found.extend((number, one) for one in strings if is_prose(one))
    yield from sentences(comments)
    for number, one in found:
        if is_prose(one):
            yield number, tidy(one)


def python(text):
    comments, found = [], []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments.append((token.start[0], token.string.lstrip("#! ")))
        elif token.type == tokenize.STRING:
            body = re.sub(r'^\w*("""|\'\'\'|"|\')|("""|\'\'\'|"|\')$', "", token.string)
            lines = body.split("\n")
            found.extend((token.start[0] + at, one) for at, one in enumerate(lines))
    yield from sentences(comments)
    yield from sentences(found)


def html(text):
    text = re.sub(r"<(style|script)\b.*?</\1>", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " … ", text, flags=re.S)
    text = re.sub(r"<(?!!--)[^>]*>", lambda m: "\n" * m[0].count("\n") or " ", text)
    yield from sentences(list(enumerate(re.sub(r"\{#|#\}|<!--|-->", " ", text).split("\n"), 1)))


def javascript(text):
    tokens = list(c_tokens(text, "\"'`", rust=False))
    yield from sentences([(line, one) for kind, line, one in tokens if kind == "comment"])
    yield from literals([token for token in tokens if token[0] == "string"])


def notebook(text):
    """Yield lines of Markdown cells and comments of code cells, with line numbers in the file."""
    raw, at = text.split("\n"), 0
    for cell in json.loads(text)["cells"]:
        lines = []
        for one in cell["source"]:
            encoded = json.dumps(one, ensure_ascii=False)[1:-1]
            while at < len(raw) and encoded not in raw[at]:
                at += 1
            at += 1
            code = cell["cell_type"] == "code"
            if not code or one.lstrip().startswith("#"):
                lines.append((at, one.lstrip("# ") if code else one))
        yield from sentences(lines)


def of_file(name, text):
    ending = name.rsplit(".", 1)[-1] if "." in name.split("/")[-1] else ""
    folder = name.split("/")[0]
    if ending == "rs":
        yield from rust(name, text)
        return
    readers = {"md": markdown, "toml": hashed, "py": python, "html": html, "js": javascript,
               "ipynb": notebook, "css": javascript, "": hashed}
    reader = readers.get(ending)
    if reader is None:
        return
    if folder in ("benches", "notebooks", "scenarios", "tests"):
        area = folder
    elif ending in ("html", "js", "css"):
        area = "HTML and JavaScript"
    elif ending == "md":
        area = "book" if folder in ("docs", "src") else "README and project"
    elif folder == "src":
        area = "catalogue"
    else:
        area = "code comments"
    for line, one in reader(text):
        yield area, line, one


def collect():
    """Return all prose: (file, line, text) by area, in the order of the files."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    areas = {}
    for name in sorted(listed.stdout.decode().split("\0")):
        if not name or LEFT_OUT.search(name) or not (ROOT / name).is_file():
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            continue
        for area, line, one in of_file(name, text):
            areas.setdefault(area, []).append((name, line, one.strip()))
    return areas


def draw(areas, count, seed):
    """Divide the sample equally; if an area has too few lines, draw more lines from the others."""
    shuffled = {}
    for area in sorted(areas):
        unique = list({text: (name, line, text) for name, line, text in areas[area]}.values())
        random.Random(f"{seed} {area}").shuffle(unique)
        shuffled[area] = unique
    shares = dict.fromkeys(shuffled, 0)
    while sum(shares.values()) < count:
        open_areas = [area for area in shares if shares[area] < len(shuffled[area])]
        if not open_areas:
            break
        for area in open_areas[:count - sum(shares.values())]:
            shares[area] += 1
    return [(area, *one) for area, share in shares.items() for one in shuffled[area][:share]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=200, help="number of lines (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample (default: 1)")
    parser.add_argument("--count", action="store_true", help="print number of prose lines per area and exit")
    arguments = parser.parse_args()
    areas = collect()
    if arguments.count:
        for area in sorted(areas):
            print(f"{area}\t{len(areas[area])}")
        print(f"total\t{sum(map(len, areas.values()))}")
        return
    for number, (area, name, line, text) in enumerate(draw(areas, arguments.n, arguments.seed), 1):
        print(f"{number}\t{area}\t{name}:{line}\t{text}")


if __name__ == "__main__":
    main()
