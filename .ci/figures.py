"""Figures of the package's shape: how much there is, how it is cut, and how far one row travels.

Run `python .ci/figures.py [CHECKOUT]` with the Python of an environment that has the dependencies. With two checkouts
their figures stand side by side, which is how a larger change is judged.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median

JOURNEY = """
import sys, threading
from collections import Counter
package = sys.argv[1]
files, functions, hops, last = set(), set(), 0, {}
def is_import(frame):
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None
def watch(frame, event, _argument):
    global hops
    if event != "call" or not frame.f_code.co_filename.startswith(package) or is_import(frame):
        return
    here, thread = frame.f_code.co_filename, threading.get_ident()
    files.add(here)
    functions.add((here, frame.f_code.co_qualname))
    hops += last.get(thread, here) != here
    last[thread] = here
from importer.cli.main import main
threading.setprofile(watch)
sys.setprofile(watch)
main(["run", sys.argv[2], "--sandbox", "--state-dir", sys.argv[3], "-q", "-o", "none"])
sys.setprofile(None)
print(len(files), len(functions), hops)
"""
"""Counts what runs of the package while one row goes from its cell to the copy; imports are not counted."""

ROSTER = "External ID,Subject,Start,Time zone,Organizer\nA-1,One,2031-03-03 09:00,Europe/Berlin,ana@contoso.com\n"

SHORT = 3
"""Lines of a function that may be no more than a name for its one line."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Defined = Function | ast.ClassDef


def shape(checkout: Path) -> dict[str, str]:
    """Return the figures of one checkout, each as the text to show."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted((checkout / "importer").rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in sources.items()}
    lengths = {path: len(text.splitlines()) for path, text in sources.items()}
    total = sum(lengths.values())
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, Function)]
    sizes = [_body_length(node) for node in functions]
    public = [node for tree in trees.values() for node in tree.body if isinstance(node, Defined) and _is_public(node)]
    names = Counter(node.name for node in public)
    imports = sum(_length(node) for tree in trees.values() for node in ast.walk(tree) if _is_import(node))
    largest = max(lengths, key=lambda path: lengths[path])
    files, executed, hops = journey(checkout)
    return {
        "files": str(len(sources)),
        "lines": str(total),
        "median file": f"{median(lengths.values()):.0f} lines",
        "largest file": f"{lengths[largest]} lines ({largest.relative_to(checkout).as_posix()})",
        "functions": str(len(functions)),
        "of one to three lines": f"{sum(size <= SHORT for size in sizes)}",
        "median / longest function": f"{median(sizes):.0f} / {max(sizes)} lines",
        "public names defined twice": str(sum(count > 1 for count in names.values())),
        "imports' share": f"{100 * imports / total:.1f} %",
        "public docstrings": f"{100 * sum(ast.get_docstring(node) is not None for node in public) / len(public):.1f} %",
        "a one-row run": f"{files} files, {executed} functions, {hops} hops from file to file",
    }


def journey(checkout: Path) -> tuple[int, int, int]:
    """Return how many files and functions one row's run executes, and how often it goes from one file to another."""
    with tempfile.TemporaryDirectory() as folder:
        roster = Path(folder) / "one.csv"
        roster.write_text(ROSTER, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", JOURNEY, str(checkout.resolve() / "importer"), str(roster), str(Path(folder) / "s")],
            cwd=checkout,
            capture_output=True,
            text=True,
            check=True,
        )
    files, functions, hops = map(int, done.stdout.split())
    return files, functions, hops


def _is_public(node: Defined) -> bool:
    return not node.name.startswith("_")


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _length(node: ast.AST) -> int:
    return (getattr(node, "end_lineno", 0) or 0) - getattr(node, "lineno", 0) + 1


def _body_length(function: Function) -> int:
    """Return the lines of a function's body, its docstring not among them."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def main() -> None:
    """Print the figures of the named checkouts side by side; without any, of this one."""
    checkouts = [Path(name) for name in sys.argv[1:]] or [Path(__file__).parents[1]]
    columns = [shape(checkout) for checkout in checkouts]
    for figure in columns[0]:
        print(f"{figure:28}", " | ".join(f"{column[figure]:44}" for column in columns).rstrip())


if __name__ == "__main__":
    main()
