"""The OpenAPI definitions of FSPIOP and of the hubs in use: every call that has a body, with what its body may be."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs
import yaml

from fspiop.api.app import RESOURCES
from fspiop.api.resource import Operation
from tests.conftest import SHARED
from tests.oracle.drawing import Drawing

FOLDER = SHARED / "fspiop"
PUBLISHED = {"fspiop-v1.1-openapi3": "1.1", "fspiop-v2.0-openapi3": "2.0"}
"""The specification's own definitions, open to further elements, and their version."""
SERVED = ("als-api-v2-openapi3", "hub-quotes-fx-openapi3", "hub-transfers-fx-openapi3")
"""What the hubs in use take, to the letter."""
LOOSE = {"fspiop-v1.0-openapi3": "1.0", "hub-bulktransfers": "2.0", "hub-transactionrequests-openapi3": "1.1"}
"""Definitions that tell the forms of texts in words only, and the version they are of."""
ID, OTHER = "b51ec534-ee48-4575-b6a9-ead2955b8069", "MSISDN"
_IDS = {"{Type}": OTHER, "{ID}": ID, "{id}": ID, "{SubId}": "x", "{SourceCurrency}": "USD", "{TargetCurrency}": "KES"}
# Nobody serves the first; the second is the hub's to send.
_NOT_SERVED = {("post", "/interface"), ("patch", "/transfers/{ID}"), ("patch", "/fxTransfers/{ID}")}


class Call(NamedTuple):
    """One call of a definition, and what our edge makes of it."""

    file: str
    method: str
    path: str
    schema: dict[str, Any]

    @property
    def resource(self) -> str:
        """The first segment of its path."""
        return self.path.split("/")[1]

    @property
    def operation(self) -> Operation:
        """The edge's own operation."""
        resource = next(each for each in RESOURCES if each.name == self.resource)
        found = resource.find(tuple(_IDS.get(part, part) for part in self.path.split("/")[2:]))
        assert found is not None, self.path
        return found.operations[self.method.upper()]

    @property
    def version(self) -> str:
        """The version it is of."""
        return (PUBLISHED | LOOSE).get(self.file, "2.0")

    def __str__(self) -> str:
        return f"{self.file} {self.method} {self.path}"


class Definition:
    """One file."""

    def __init__(self, file: str) -> None:
        self._whole = yaml.safe_load((FOLDER / f"{file}.yaml").read_text())
        self._file = file
        self.schemas = self._whole.get("definitions") or self._whole["components"]["schemas"]
        # Identifiers in paths have rules of their own by their type; only one definition has this for bodies too.
        self.schemas.get("PartyIdentifier", {}).pop("pattern", None)
        self.drawing = Drawing(self.schemas)

    def calls(self) -> Iterator[Call]:
        """Every call with a body that a hub serves."""
        for path, operations in self._whole["paths"].items():
            for method, operation in operations.items():
                schema = self._body(operation) if isinstance(operation, dict) else None
                if schema is not None and not self._elsewhere(method, path):
                    yield Call(self._file, method, path, schema)

    def _elsewhere(self, method: str, path: str) -> bool:
        """Whether nobody serves it, or hubs take fewer codes of errors than the specification has."""
        quotes = path.split("/")[1] in {"quotes", "bulkQuotes", "fxQuotes"} and path.endswith("/error")
        return (method, path) in _NOT_SERVED or (quotes and self._file in PUBLISHED)

    def _body(self, operation: dict[str, Any]) -> dict[str, Any] | None:
        for parameter in operation.get("parameters", ()):
            if parameter.get("in") == "body":
                return dict(parameter["schema"])
        body = operation.get("requestBody")
        if body is None:
            return None
        if "$ref" in body:
            body = self._whole["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
        return dict(next(iter(body["content"].values()))["schema"])

    @cache  # noqa: B019 - one definition a file, for the life of the run
    def judge(self, name: str) -> jsonschema_rs.Draft202012Validator:
        """What judges bodies by one of its schemas."""
        place = "definitions" if "definitions" in self._whole else "components/schemas"
        inside = {"definitions": self.schemas, "components": {"schemas": self.schemas}}
        return jsonschema_rs.Draft202012Validator({"$ref": f"#/{place}/{name}", **inside})


@cache
def definition(file: str) -> Definition:
    """The definition in a file."""
    return Definition(file)


def calls(*files: str) -> list[Call]:
    """The calls of these files, none where the files are not beside this repository."""
    return [call for file in files for call in definition(file).calls()] if FOLDER.is_dir() else []
