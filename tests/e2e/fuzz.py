"""A port driven from its own OpenAPI document: requests that this allows and requests that it forbids."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, openapi
from schemathesis.checks import CheckContext, CheckFunction, not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import scale
from tests.e2e.hub import WAIT_S

DESCRIBED = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What the operator API says of a defect, beside the refusals that tools expect as 2001 with status 500.
DEFECT = re.compile(r" - (?:GET|POST|PUT|PATCH|DELETE) /")
NOT_PYTHON = re.compile(r"\\p\{")
NAME = "^[A-Za-z0-9_.,'-][A-Za-z0-9_ .,'-]*$"
Excused = Callable[[str], bool]
"""Whether the text of a refusal gives a reason that no schema can tell."""


class Session(requests.Session):
    """Sends what the case says and no more: no headers of its own, no Accept that nobody asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.headers.clear()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """One call."""
        if request.headers.get("Accept") == "*/*":
            del request.headers["Accept"]
        return super().send(request, **options)


class Api:
    """One port, with the operations its document names."""

    def __init__(self, url: str, sound: CheckFunction = not_a_server_error) -> None:
        """Read the document from the port itself; `sound` says whether an answer shows no failure of the hub."""
        self.url = url
        self._checks = [sound, *DESCRIBED]
        document = requests.get(f"{url}/openapi.json", timeout=WAIT_S).json()
        # The edge says which texts it never takes; beyond that whatever the document allows is tried.
        self._generation = GenerationConfig(allow_x00=False)
        project = ProjectConfig(generation=self._generation)
        config = SchemathesisConfig(projects=ProjectsConfig(default=project))
        self.schema = openapi.from_dict(speakable(document), config=config)
        self.operations = {found.ok().label: found.ok() for found in self.schema.get_all_operations()}
        self._session = Session()

    def send(self, case: Case) -> schemathesis.Response:
        """Send a request; its answer, which is as documented."""
        response = case.call(base_url=self.url, session=self._session, timeout=WAIT_S)
        case.validate_response(response, checks=self._checks)
        return response

    def allowed(self, label: str, most: int, excused: Excused, **fixed: Any) -> int:
        """Requests that the document allows are taken; how many were."""
        taken = 0

        def check(case: Case) -> None:
            nonlocal taken
            response = self.send(case)
            done = response.status_code < requests.codes.bad_request
            assert done or excused(response.text), f"{response.text}\n{case.as_curl_command()}"
            taken += done

        self._draw(label, most, check, GenerationMode.POSITIVE, **fixed)
        return taken

    def forbidden(self, label: str, most: int) -> None:
        """Requests that the document forbids are refused."""

        def check(case: Case) -> None:
            response = self.send(case)
            case.validate_response(response, checks=[negative_data_rejection])

        self._draw(label, most, check, GenerationMode.NEGATIVE)

    def at_the_limits(self, label: str, most: int) -> None:
        """The shortest, the longest, the missing and the odd of each part of a request: answered as documented."""
        cases = self.schema.iter_coverage_cases(
            self.operations[label], generation_modes=list(GenerationMode), generation_config=self._generation
        )
        for case in islice(cases, most * scale()):
            self.send(case)

    def _draw(self, label: str, most: int, check: Callable[[Case], None], mode: GenerationMode, **fixed: Any) -> None:
        strategy = self.operations[label].as_strategy(mode, **fixed)

        @settings(
            max_examples=most * scale(), derandomize=scale() == 1, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy)
        def run(case: Case) -> None:
            check(case)

        run()


def no_defect(_: CheckContext, response: schemathesis.Response, case: Case) -> None:
    """An answer with a status of 5xx is a refusal that the operator API words so."""
    refused = response.status_code == requests.codes.server_error and not DEFECT.search(response.text)
    assert response.status_code < requests.codes.server_error or refused, f"{response.text}\n{case.as_curl_command()}"


def speakable(value: Any) -> Any:
    """The document with patterns of Unicode properties made narrower, for generators that write Python's only."""
    if isinstance(value, list):
        return [speakable(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: NAME if name == "pattern" and isinstance(each, str) and NOT_PYTHON.search(each) else speakable(each)
        for name, each in value.items()
    }


def bodies_of(media: str, bodies: st.SearchStrategy[bytes]) -> None:
    """Bodies of that media type are drawn from there."""
    openapi.media_type(media, bodies)
