"""The published description of the Settlement API v2, as a tool would use it: it checks what is asked and answered."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import requests

from tests.e2e.hub import WAIT_S, Hub

# Published mistakes: a list of lists of windows, and codes that every hub and tool in the field has as texts.
_WINDOWS = {"type": "array", "items": {"$ref": "#/definitions/SettlementWindow"}}
_CODE = {"type": "string", "pattern": "^[1-9][0-9]{3}$"}


class Swagger:
    """Calls operations by their operationId; every answer must have the shape that is told for its status."""

    def __init__(self, hub: Hub, file: Path) -> None:
        self.hub = hub
        self._text: dict[str, Any] = json.loads(file.read_text())
        definitions = self._text["definitions"]
        definitions["Settlement"]["properties"]["settlementWindows"] = _WINDOWS
        definitions["Error"]["properties"]["errorInformation"]["properties"]["errorCode"] = _CODE
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in self._text["paths"].items()
            for method, operation in methods.items()
        }
        self.called: set[str] = set()
        self.asked: set[tuple[str, str]] = set()

    def parameters(self, name: str, place: str) -> dict[str, Any]:
        """What an operation takes in its path, query or body, by name."""
        _, _, operation = self.operations[name]
        return {one["name"]: one for one in operation.get("parameters", []) if one["in"] == place}

    def call(self, name: str, body: Any = None, *, raw: bytes | None = None, **given: Any) -> requests.Response:
        """One call with exactly the parameters that are told; a body that is told must have its shape."""
        method, path, operation = self.operations[name]
        places, queries = self.parameters(name, "path"), self.parameters(name, "query")
        assert set(places) <= set(given) <= set(places) | set(queries), (name, given)
        for told in self.parameters(name, "body").values():
            if raw is None:
                self._fits(told["schema"], body)
        url = self.hub.admin + str(self._text["basePath"]) + re.sub(r"{(\w+)}", lambda one: str(given[one[1]]), path)
        query = {key: value for key, value in given.items() if key in queries}
        response = requests.request(
            method, url, params=query, data=raw, json=body if raw is None else None, timeout=WAIT_S
        )
        self.called.add(name)
        self.asked |= {(name, key) for key in query}
        told = operation["responses"].get(str(response.status_code))
        assert told is not None, (name, response.status_code, response.text)
        if "schema" in told:
            self._fits(told["schema"], response.json())
        return response

    def ok(self, name: str, body: Any = None, **given: Any) -> Any:
        """The answer of a call that succeeds."""
        response = self.call(name, body, **given)
        assert response.status_code == 200, (name, given, response.text)
        return response.json()

    def refused(self, name: str, body: Any = None, *, raw: bytes | None = None, **given: Any) -> str:
        """Code and text of a call that is refused."""
        response = self.call(name, body, raw=raw, **given)
        assert response.status_code == 400, (name, given, response.status_code, response.text)
        told = response.json()["errorInformation"]
        return f"{told['errorCode']} {told['errorDescription']}"

    def _fits(self, schema: dict[str, Any], value: Any) -> None:
        whole = {**schema, "definitions": self._text["definitions"]}
        found = [str(one) for one in jsonschema_rs.validator_for(whole).iter_errors(value)]
        assert found == [], (found, value)
