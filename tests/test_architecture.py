"""The floors of the house, and a web process that starts without torch."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kits.processes import own_environment

ROOT = Path(__file__).resolve().parent.parent

# What the site may use of ml: plain values and the decoder.
TORCH_FREE = (
    "ml.contracts",
    "ml.crops",
    "ml.labels",
    "ml.errors",
    "ml.cards",
    "ml.images",
    "ml.simulator",
    "ml.metrics",
    "ml.published",
)

HEAVY = ("torch", "torchvision")

# Needed by the analysis of studies alone, which imports them when it is called.
STATISTICS = ("statsmodels", "pandas", "scipy.stats")


def run_python(code: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter in which no setting is set but the place of the data."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=own_environment(WBCWEB_DATA_DIR=str(tmp_path / "data"), PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_floors_hold():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_web_process_starts_and_knows_its_addresses_without_torch_and_statistics(tmp_path):
    code = f"""
import sys
import wbcweb.wsgi
from django.urls import URLResolver, get_resolver

def count(resolver):
    return sum(count(entry) if isinstance(entry, URLResolver) else 1 for entry in resolver.url_patterns)

assert count(get_resolver()) > 20
loaded = sorted(set({HEAVY + STATISTICS}) & set(sys.modules))
assert not loaded, loaded
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", TORCH_FREE)
def test_this_part_of_ml_needs_no_torch(module, tmp_path):
    done = run_python(f"import sys, {module}; assert not set({HEAVY}) & set(sys.modules)", tmp_path)
    assert done.returncode == 0, done.stderr


def _imported(path: Path) -> set[str]:
    """Return the dotted names a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _allowed(name: str) -> bool:
    return name == "ml" or any(name == free or name.startswith(f"{free}.") for free in TORCH_FREE)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_only_handlers_import_the_learning_parts_of_ml():
    """They, or a module that handlers alone import."""
    imports = {
        _module(path): _imported(path)
        for path in [*(ROOT / "apps").rglob("*.py"), *(ROOT / "wbcweb").rglob("*.py")]
    }
    assert len(imports) > 50
    learning = {
        module
        for module, names in imports.items()
        if any(name.split(".")[0] == "ml" and not _allowed(name) for name in names)
    }
    helpers = {module for module in learning if not module.endswith(".handlers")}
    reached = {
        module: sorted(helpers & names)
        for module, names in imports.items()
        if helpers & names and not module.endswith(".handlers")
    }
    unused = sorted(helper for helper in helpers if not any(helper in names for names in imports.values()))
    assert (reached, unused) == ({}, [])


def test_every_room_is_installed_and_named_in_the_floors():
    from django.apps import apps

    rooms = {module.name for module in pkgutil.iter_modules([str(ROOT / "apps")]) if module.ispkg}
    installed = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}
    assert rooms == installed
    floors = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert [
        room
        for room in sorted(rooms)
        if f'"{room}"' not in floors and f"{room} |" not in floors and f"| {room}" not in floors
    ] == []


def test_no_migration_is_missing(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
