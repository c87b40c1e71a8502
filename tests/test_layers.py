"""The structure is held by a test: imports point downward only, third parties stay behind their fences."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "importer"

LAYERS = {"core": 0, "graph": 1, "sandbox": 1, "tables": 1, "ledger": 1, "places": 1}
"""Everything that is not named here is the outer layer. Edges don't import each other."""
OUTER = 2

FENCES = {
    "pandas": {"core.rules"},
    "pandera": {"core.rules"},
    "python_calamine": {"tables.xlsx"},
    "openpyxl": {"template"},
    "httpx": {"graph.http"},  # 1.0 is another API: one module is all that would change
    "idna": {"core.web"},
    "icalendar": {"invitations"},
    "msal": {"graph.auth"},
    "msal_extensions": {"graph.auth"},
    "click": {"cli"},
    "rich": {"console"},
    "tzlocal": {"core.zones", "template"},
    "filelock": {"places", "ledger"},
    "platformdirs": {"graph.auth", "ledger", "cli"},
}
"""Which part may import which third party."""

WORLD = {"os", "io", "pathlib", "socket", "subprocess", "tempfile", "shutil", "signal", "time", "random", "sqlite3"}
"""What the core has no business with: files, sockets, clocks, the environment."""

HEAVY = {
    "pandas",
    "pandera",
    "openpyxl",
    "httpx",
    "icalendar",
    "msal",
    "python_calamine",
    "rich",
    "cryptography",
    "requests",
}


def modules() -> dict[str, Path]:
    """Gives every module's dotted name below `importer`, with its file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imports(path: Path) -> set[str]:
    """Gives every module that a file imports at run time, wherever in it the import stands."""
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


def layer(module: str) -> int:
    return LAYERS.get(module.partition(".")[0], OUTER)


@pytest.mark.parametrize("name", modules())
def test_imports_point_downward(name: str) -> None:
    own = name.partition(".")[0]
    for target in imports(modules()[name]):
        if not target.startswith("importer."):
            continue
        other = target.removeprefix("importer.")
        if other.partition(".")[0] == own or other.startswith("__"):
            continue
        assert layer(other) < layer(name) or layer(name) == layer(other) == OUTER, f"{name} imports {other}"


@pytest.mark.parametrize("name", modules())
def test_third_parties_stay_behind_their_fences(name: str) -> None:
    for target in imports(modules()[name]):
        allowed = FENCES.get(target.partition(".")[0])
        if allowed is not None:
            assert any(name == place or name.startswith(place + ".") for place in allowed), f"{name} imports {target}"


@pytest.mark.parametrize("name", [name for name in modules() if layer(name) == 0])
def test_the_core_knows_no_world(name: str) -> None:
    assert not WORLD & {target.partition(".")[0] for target in imports(modules()[name])}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["explain"], ["explain", "required"], ["run", "--help"]]
)
def test_quick_commands_load_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys; from importer.cli.main import main; code = main(sys.argv[1:]);"
        "print('\\n'.join(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr); sys.exit(code)"
    )

    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert not HEAVY & set(done.stderr.split())
