"""One hub for all tests of this folder; each module brings its own participants."""

from collections.abc import Iterator

import pytest

from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub, running_hub


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
