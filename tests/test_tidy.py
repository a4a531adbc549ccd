"""The house rules hold over the whole tree, and each rule catches what it is there to catch."""

import ast
import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "iso", "fspiop", "translator", "settlement", "switch")
FILE_LINES_MAX = 400
FILE_LINES_MEDIAN = 120
FUNCTION_LINES_MAX = 60

# Money is integers from the wire to the table; nothing in these places counts in floats.
MONEY = ("schemas/", "translator/", "settlement/", "iso/messages/", "fspiop/messages/")
PURE_STEPS = (
    "switch/access.py", "switch/cap_shares.py", "switch/clearing.py", "switch/fees.py", "switch/hops.py",
    "switch/conversions.py", "switch/dialogues.py", "switch/engine.py", "switch/fulfilments.py",
    "switch/journeys/", "switch/json_path.py", "switch/lookup.py", "switch/participants.py",
    "switch/profile.py", "switch/quote_rules.py", "switch/quotes.py", "switch/state.py",
    "switch/bulk.py", "switch/bulk_items.py", "switch/names.py", "switch/payments.py", "switch/system.py",
    "switch/verification.py", "switch/balances.py", "switch/bookings.py", "switch/business_day.py",
    "switch/calendar.py", "switch/liquidity.py", "switch/movements.py", "switch/reporting.py",
    "switch/transfer_answers.py", "switch/transfer_checks.py", "switch/transfer_table.py",
    "switch/transfer_ties.py", "switch/transfers.py",
)  # fmt: skip
PURE = ("schemas/", "translator/", "settlement/", *PURE_STEPS)
IMPURE_MODULES = {
    "aiohttp", "asyncio", "fastapi", "logging", "nats", "psycopg", "random", "secrets", "socket", "sqlalchemy",
    "subprocess", "tempfile", "threading", "time",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "uuid1", "uuid4", "read_text", "write_text", "read_bytes", "write_bytes"}
# The catalogue reads the schemas it compiles, the code tables their data; each once. Only the first needs a lock.
READS_ITS_DATA = ("schemas/catalogue.py", "schemas/codes/", "schemas/xsd/")
SHELLS = {
    "admin", "api", "bus", "client", "clock", "commands", "compose", "delivery", "demo", "embedded", "http", "intake",
    "dispatcher", "keys", "migrate", "observe", "outbox", "relay", "sandbox", "store", "worker", "writer",
}  # fmt: skip
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
PARSERS = {"fromstring", "iterparse", "XMLParser", "XMLPullParser", "HTMLParser", "fromstringlist", "XMLID"}
# The gate parses what comes in; the catalogue compiles schemas it wrote itself or the operator put into a folder.
MAY_PARSE_XML = ("iso/gate.py", "schemas/catalogue.py")
TRANSLATOR_MAY_IMPORT = ("translator", "schemas", "iso.messages", "fspiop.messages", "fspiop.isojson")
# Written in pieces, so that this file does not contain them.
OPEN_WORK = re.compile("|".join(rf"\b{word}\b" for word in ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")))
MACHINE = re.compile(
    "|".join(
        (
            r"(?<![A-Za-z0-9_])/" + r"(?:work|farm)/",
            "/root" + "/",
            "/home" + r"/[a-z]",
            "pypi" + r"\.org",
            "python" + "hosted",
            r"file:///opt" + "/",
        )
    )
)

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
Rule = Callable[[str, str, ast.Module], Iterator[str]]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, FUNCTION))


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def is_product(path: str) -> bool:
    return path.startswith(tuple(f"{package}/" for package in PACKAGES))


def file_is_short(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if (lines := text.count("\n")) > FILE_LINES_MAX:
        yield f"{path}: {lines} lines"


def functions_are_short(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    """A function that only holds others, as a router holds its routes, is as long as what is its own."""
    for node in functions(tree):
        lines = _length(node) - sum(_length(inner) for inner in node.body if isinstance(inner, FUNCTION))
        if lines > FUNCTION_LINES_MAX:
            yield f"{path}:{node.lineno}: {node.name} has {lines} lines"


def files_tell_what_they_are(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if not ast.get_docstring(tree):
        yield f"{path}: no docstring"


def public_things_are_documented(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if is_product(path) and "/migrations/" not in path:  # upgrade and downgrade are Alembic's words
        yield from _undocumented(path, tree)


def _undocumented(path: str, scope: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in scope.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not _is_overload(node):
            yield f"{path}:{node.lineno}: {node.name} has no docstring"
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(path, node)


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any("overload" in ast.unparse(decorator) for decorator in node.decorator_list)


def money_knows_no_floats(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if path.startswith((*MONEY, *PURE_STEPS)):
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == "float":
                yield f"{path}:{node.lineno}: float"
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield f"{path}:{node.lineno}: {node.value}"


def only_shells_read_the_clock(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if not is_product(path) or SHELLS & set(path.removesuffix(".py").split("/")):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (ast.unparse(node.value).split(".")[-1], node.attr) in CLOCKS:
            yield f"{path}:{node.lineno}: {ast.unparse(node)}"


def only_config_reads_the_environment(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if path == "switch/config.py" or not is_product(path):
        return
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name in {"environ", "environb", "getenv"}:
            yield f"{path}:{getattr(node, 'lineno', 0)}: {name}"


def only_the_gate_parses_xml(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if path in MAY_PARSE_XML or not is_product(path):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            node.attr in PARSERS or (node.attr in {"parse", "XML"} and "etree" in ast.unparse(node.value).lower())
        ):
            yield f"{path}:{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.ImportFrom) and "etree" in (node.module or ""):
            wrong = [each.name for each in node.names if each.name in PARSERS | {"parse", "XML"}]
            yield from (f"{path}:{node.lineno}: {name}" for name in wrong)


def pure_code_does_nothing_but_decide(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if not path.startswith(PURE):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{path}:{node.lineno}: async"
        for module in _imported(node):
            if module.split(".")[0] in IMPURE_MODULES and (path, module) != ("schemas/catalogue.py", "threading"):
                yield f"{path}:{getattr(node, 'lineno', 0)}: import {module}"
        if isinstance(node, ast.Call) and not path.startswith(READS_ITS_DATA):
            name = ast.unparse(node.func).split(".")[-1]
            if name in IMPURE_CALLS:
                yield f"{path}:{node.lineno}: {name}()"


def translators_see_only_values(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    if not path.startswith("translator/"):
        return
    for node in ast.walk(tree):
        for module in _imported(node):
            ours = module.split(".")[0] in PACKAGES
            if ours and not any(module == may or module.startswith(f"{may}.") for may in TRANSLATOR_MAY_IMPORT):
                yield f"{path}:{getattr(node, 'lineno', 0)}: import {module}"


def nothing_is_left_open(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if OPEN_WORK.search(line):
            yield f"{path}:{number}: {line.strip()}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        # `from iso import gate` names a module as well as `from iso.gate import read`.
        below = [f"{node.module}.{each.name}" for each in node.names]
        return below if node.module in PACKAGES else [node.module]
    return []


# One row per rule: the rule, a path it watches, a line it must catch there, and one it must let pass.
RULES: list[tuple[Rule, str, str, str]] = [
    (file_is_short, "iso/x.py", "a = 1\n" * 401, "a = 1\n" * 400),
    (functions_are_short, "tests/x.py", "def f():\n" + "    a = 1\n" * 60, "def f():\n" + "    a = 1\n" * 59),
    (functions_are_short, "a/api.py", "def r():\n def f():\n" + "  a\n" * 60, "def r():\n def f():\n" + "  a\n" * 59),
    (files_tell_what_they_are, "tests/x.py", "a = 1", "'''What.'''"),
    (public_things_are_documented, "iso/x.py", "class A:\n  'A.'\n  def f(self): ...", "def _f(): ..."),
    (money_knows_no_floats, "settlement/x.py", "rate = 0.5", "rate = 5"),
    (money_knows_no_floats, "schemas/canonical/x.py", "def f(a: float): ...", "def f(a: int): ..."),
    (only_shells_read_the_clock, "switch/engine.py", "a = datetime.now(UTC)", "a = datetime(2026, 1, 1)"),
    (only_shells_read_the_clock, "iso/x.py", "a = time.time()", "a = lane.now()"),
    (only_config_reads_the_environment, "switch/x.py", "a = os.environ['A']", "a = settings.a"),
    (only_config_reads_the_environment, "switch/x.py", "from os import getenv\ngetenv('A')", "a = environment"),
    (only_the_gate_parses_xml, "iso/signature.py", "a = etree.fromstring(b)", "a = gate.read(b)"),
    (only_the_gate_parses_xml, "switch/x.py", "from lxml.etree import parse", "from lxml.etree import QName"),
    (pure_code_does_nothing_but_decide, "translator/x.py", "async def f(): ...", "def f(): ..."),
    (pure_code_does_nothing_but_decide, "switch/engine.py", "import logging", "import hashlib"),
    (pure_code_does_nothing_but_decide, "switch/journeys/x.py", "a = uuid.uuid4()", "a = uuid.UUID(b)"),
    (translators_see_only_values, "translator/iso/x.py", "from iso.gate import read", "from iso.messages import a"),
    (translators_see_only_values, "translator/x.py", "from fspiop import jws", "import schemas.canonical.money"),
    (nothing_is_left_open, "iso/x.py", "# TO" + "DO later", "# to do this, that is needed"),
]  # fmt: skip


def sources() -> list[tuple[str, str, ast.Module]]:
    paths = [path for folder in (*PACKAGES, "tests", "deploy") for path in sorted((ROOT / folder).rglob("*.py"))]
    texts = [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]
    return [(path, text, ast.parse(text)) for path, text in texts]


SOURCES = sources()
DISTINCT = list(dict.fromkeys(rule for rule, *_ in RULES))


@pytest.mark.parametrize("rule", DISTINCT, ids=lambda rule: rule.__name__)
def test_the_tree_is_tidy(rule: Rule) -> None:
    assert [breach for source in SOURCES for breach in rule(*source)] == []


@pytest.mark.parametrize(("rule", "path", "wrong", "right"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_each_rule_catches_its_breach(rule: Rule, path: str, wrong: str, right: str) -> None:
    assert list(rule(path, wrong, ast.parse(wrong))) != []
    assert list(rule(path, right, ast.parse(right))) == []


def test_the_watched_places_exist() -> None:
    """A renamed module would slip out of the lists above unnoticed."""
    places = {*MONEY, *READS_ITS_DATA, *MAY_PARSE_XML, *PURE_STEPS, "settlement/ledger.py", "settlement/limits.py"}

    assert [place for place in sorted(places) if not (ROOT / place).exists()] == []


def test_files_are_small_as_a_rule() -> None:
    lengths = [text.count("\n") for path, text, _ in SOURCES if is_product(path)]

    assert statistics.median(lengths) <= FILE_LINES_MEDIAN


def test_no_file_names_this_machine() -> None:
    """Paths of the machine it was written on and hosts of package registries have no place in the repository."""
    kinds = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".lock", ".sql", ".mako", ".cfg", ".txt"}
    folders = [ROOT / name for name in (*PACKAGES, "tests", "docs", "deploy", ".ci")]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    paths += [path for path in ROOT.iterdir() if path.is_file()]
    texts = [path for path in paths if path.suffix in kinds or path.name in ("Makefile", "run")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE.search(line)
    ]

    assert found == []
