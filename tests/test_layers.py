"""The structure is held by a test: imports point downward only, third parties stay behind their fences."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from importer.cli.main import cli
from tests.each import each

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "importer"

LAYERS = {
    "core": 0,
    "paths": 1,
    "sockets": 1,
    "graph": 2,
    "languages": 2,
    "sandbox": 2,
    "tables": 2,
    "ledger": 2,
    "locks": 2,
    "doctor": 3,
    "invitations": 3,
    "notify": 3,
    "report": 3,
    "schedule": 3,
    "template": 3,
    "console": 4,
    "cli.config": 5,
    "cli.run": 6,
    "cli.commands": 7,
    "cli": 8,
}
"""Every package, from the inside out. None imports one of its own layer, not for a type either."""

FENCES = {
    "pandas": {"core.rules"},
    "pandera": {"core.rules"},
    "python_calamine": {"tables.xlsx"},
    "openpyxl": {"template"},
    "httpx": {"graph.http"},  # 1.0 is another API: one module is all that would change
    "httpcore": {"graph.http"},
    "babel": {"core.times", "languages"},
    "idna": {"core.web"},
    "icalendar": {"invitations"},
    "jinja2": {"report", "schedule"},
    "msal": {"graph.auth"},
    "msal_extensions": {"graph.auth"},
    "click": {"cli"},
    "rich": {"console"},
    "tzlocal": {"core.times.zones", "template"},
    "filelock": {"locks", "ledger"},
    "platformdirs": {"paths"},
}
"""Which part may import which third party."""

WORLD = {"os", "io", "pathlib", "socket", "subprocess", "tempfile", "shutil", "signal", "time", "random", "sqlite3"}
"""What the core has no business with: files, sockets, clocks, the environment."""

HEAVY = {
    "babel",
    "pandas",
    "pandera",
    "openpyxl",
    "httpcore",
    "httpx",
    "icalendar",
    "jinja2",
    "msal",
    "python_calamine",
    "rich",
    "cryptography",
    "requests",
}
READING = {"importer.core.rows", "importer.core.readings", "importer.core.times"}
"""What reads a sheet, which takes longer to load than all that --help says."""


@cache
def modules() -> dict[str, Path]:
    """Return every module's dotted name below `importer`, with its file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


@cache
def imports(path: Path) -> set[str]:
    """Return every module that a file imports at run time, wherever the import stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def subjects(folder: Path) -> set[str]:
    """Return what the tests in a folder can be about: a module of that package, a command, or one of their helpers."""
    inside = {path.stem for path in (PACKAGE / folder.relative_to(TESTS)).rglob("*") if path.suffix in {".py", ""}}
    helpers = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("test_")}
    return inside | helpers | {folder.name} | (set(cli.commands) if "cli" in folder.parts else set())


def package_of(module: str) -> str:
    """Return the package that a module belongs to, the innermost that is named."""
    return max((name for name in LAYERS if f"{module}.".startswith(f"{name}.")), key=len)


@each({path.relative_to(TESTS).as_posix(): path for path in TESTS.rglob("test_*.py") if path.parent != TESTS})
def test_a_test_file_has_the_name_of_its_subject(path: Path) -> None:
    """The module's or the command's name comes first, the aspect behind it; or a folder has the module's name."""
    if not (PACKAGE / path.parent.relative_to(TESTS)).with_suffix(".py").exists():
        name = path.stem.removeprefix("test_")
        assert [subject for subject in subjects(path.parent) if f"{name}_".startswith(f"{subject}_")], path


def test_every_package_is_named() -> None:
    folders = {path.parent.relative_to(PACKAGE).as_posix().replace("/", ".") for path in PACKAGE.rglob("*.py")}
    outermost = {name.partition(".")[0] for name in modules()} - {"", "__main__"}
    assert outermost | {name for name in folders if name.startswith("cli")} == set(LAYERS)


def test_a_public_name_is_defined_once() -> None:
    places: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(module)

    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def needed(path: Path) -> set[str]:
    """Return the modules of ours that a file needs, for types too: of `from importer.core import body`, `body`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("importer.") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}".removeprefix("importer.") for alias in node.names}
            found |= {name if name in modules() else node.module.removeprefix("importer.") for name in inside}
    return found & modules().keys()


def test_there_is_no_circle_not_for_types_either() -> None:
    left = {name: needed(path) for name, path in modules().items() if name}
    while free := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in free}

    assert left == {}


@each({name: name for name in modules() if name not in {"", "__main__"}})
def test_imports_point_downward(name: str) -> None:
    own = package_of(name)
    for target in needed(modules()[name]):
        other = package_of(target) if target else own
        assert other == own or LAYERS[other] < LAYERS[own], f"{name} imports {target}"


@each({name: name for name in modules()})
def test_third_parties_stay_behind_their_fences(name: str) -> None:
    for target in imports(modules()[name]):
        allowed = FENCES.get(target.partition(".")[0])
        if allowed is not None:
            assert any(name == place or name.startswith(place + ".") for place in allowed), f"{name} imports {target}"


@each({name: name for name in modules() if name.startswith("core")})
def test_the_core_knows_no_world(name: str) -> None:
    assert not WORLD & {target.partition(".")[0] for target in imports(modules()[name])}


@pytest.mark.parametrize(
    ("fact", "place"),
    [
        (r"0-9a-f[^]]*\]\{8\}\(?.*\{4\}", "core.cells"),  # what an ID of Entra ID looks like
        (r"\b750\b(?! people)", "core.model"),  # attendees that Graph shows
        (r"Status\.EXISTING, Status\.DIFFERS", "core.model"),  # statuses of rows whose meeting is known
        (r"get_close_matches\(", "core.suggestions"),
        (r"and \{count\} more\"", "core.wording"),
        (r"def \w+_in_words\(seconds", "core.wording"),  # lengths of time
        (r"New-CsApplicationAccessPolicy", "core.catalogue.service"),
        (r"\"\.xlsx\"", "paths"),
        (r"finished but rows need", "core.catalogue.words"),  # exit codes, in a few words each
        (r"Status\.EXISTING, Status\.UPDATED, Status\.UNCHANGED\)", "core.model"),  # statuses that are good
        (r"\.strerror or type", "core.wording"),  # why the system does not let a file be used
        (r"indent=2", "core.wording"),  # JSON to read
    ],
)
def test_a_fact_stands_in_one_place(fact: str, place: str) -> None:
    found = [
        name for name, path in modules().items() if re.search(fact, path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]

    assert [name for name in found if not name.startswith(place)] == []
    assert len(found) == 1


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["explain"], ["explain", "required"], ["run", "--help"]]
)
def test_quick_commands_load_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys; from importer.cli.main import main; code = main(sys.argv[1:]);"
        "print('\\n'.join(sorted(sys.modules)), file=sys.stderr); sys.exit(code)"
    )

    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert not HEAVY & {name.partition(".")[0] for name in done.stderr.split()}
    assert not READING & set(done.stderr.split())
