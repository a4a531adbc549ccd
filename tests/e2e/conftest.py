"""One hub for all tests of this folder; each module brings its own participants."""

from collections.abc import Iterator

import pytest

from tests.conftest import SHARED
from tests.e2e.bank_side import Bank, problems
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub, running_hub
from tests.proofs import PROOFS


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a running hub with the scheme's accounts and no participants but the hub itself."""
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture
def scheme(hub: Hub) -> Iterator[Scheme]:
    """Return a maker of DFSPs whose listeners are hung up after the test."""
    found = Scheme(hub)
    yield found
    found.close()


@pytest.fixture(autouse=True)
def books_hold_after_every_test() -> Iterator[None]:
    """Prove the books of every hub that runs, whatever the test did to them."""
    yield
    for hub in Hub.running:
        PROOFS.ask(hub.data)


@pytest.fixture(scope="module", autouse=True)
def messages_to_banks_keep_their_schemas() -> Iterator[None]:
    """Hold everything a module's banks got against the official schemas, where these are beside the repository."""
    Bank.made.clear()
    yield
    schemas = SHARED / "iso20022" / "xsd"
    if schemas.is_dir():
        wrong = [found for bank in Bank.made for each in bank.listener.got for found in problems(each.body, schemas)]
        assert wrong == []
    for bank in Bank.made:
        bank.listener.close()
