"""Bodies drawn from the schemas of an OpenAPI definition, and bodies with one thing wrong."""

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st

Schemas = dict[str, Any]
TEXT = st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_characters='"\\')
# What the definitions spell for engines that know Unicode properties, for generators that do not.
NAME = r"^[A-Za-zÅéñ0-9_.,'-][A-Za-zÅéñ0-9_ .,'-]{0,40}\Z"
MOST = 3
DEEPEST = 6
"""Below this only what is needed."""


class Drawing:
    """The schemas of one definition; `leave` names elements whose insides are not changed."""

    def __init__(self, schemas: Schemas, leave: str = "") -> None:
        self._schemas = schemas
        self._leave = leave
        self._made: dict[tuple[int, int], st.SearchStrategy[dict[str, Any]]] = {}

    def flat(self, schema: Schemas) -> Schemas:
        """The schema behind references and descriptions."""
        for part in schema.get("allOf", [schema]):
            if "$ref" in part:
                return self.flat(self._schemas[part["$ref"].rpartition("/")[2]])
        return schema

    def bodies(self, schema: Schemas, depth: int = 0) -> st.SearchStrategy[Any]:
        """Values that the schema takes."""
        schema = self.flat(schema)
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "pattern" in schema:
            return matching(schema["pattern"], schema.get("minLength", 0), schema.get("maxLength"))
        if "properties" in schema:
            return self._objects(schema, depth)
        if "anyOf" in schema:
            return st.one_of([self.bodies(option, depth) for option in schema["anyOf"]])
        kind = schema.get("type")
        if kind == "array":
            least = schema.get("minItems", 0)
            return st.lists(self.bodies(schema["items"], depth + 1), min_size=least, max_size=max(least, MOST - 1))
        if kind == "boolean":
            return st.booleans()
        if kind == "object":
            return st.dictionaries(st.text("abc", min_size=1), st.text("abc"), max_size=2)
        return st.text(TEXT, min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 20), 20))

    def _objects(self, schema: Schemas, depth: int) -> st.SearchStrategy[dict[str, Any]]:
        found = self._made.get((id(schema), depth))
        if found is None:
            inside = {name: self.bodies(inner, depth + 1) for name, inner in schema["properties"].items()}
            found = self._made[id(schema), depth] = self._object(schema, inside, depth)
        return found

    def _object(
        self, schema: Schemas, inside: dict[str, st.SearchStrategy[Any]], depth: int
    ) -> st.SearchStrategy[dict[str, Any]]:
        needed, options = set(schema.get("required", [])), schema.get("anyOf", [])

        @st.composite
        def drawn(draw: st.DrawFn) -> dict[str, Any]:
            wanted = needed | (set(draw(st.sampled_from(options))["required"]) if options else set())
            if depth < DEEPEST:
                wanted |= {name for name in inside if draw(st.integers(0, 3)) == 0}
            return {name: draw(one) for name, one in inside.items() if name in wanted}

        return drawn()

    def places(self, value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Every way into a body."""
        yield way
        if isinstance(value, dict):
            for name, inner in value.items():
                if name != self._leave:
                    yield from self.places(inner, (*way, name))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from self.places(inner, (*way, index))

    def mutants(self, body: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        """The body with one thing changed."""

        @st.composite
        def drawn(draw: st.DrawFn) -> dict[str, Any]:
            changed = copy.deepcopy(body)
            ways = [way for way in self.places(changed) if way]
            if not ways:
                return {"Unknwn": "x"}
            way = draw(st.sampled_from(ways))
            holder: Any = changed
            for step in way[:-1]:
                holder = holder[step]
            value = holder[way[-1]]
            match draw(st.integers(0, 4)):
                case 0:
                    del holder[way[-1]]
                case 1 if isinstance(value, dict):
                    value["Unknwn"] = "x"
                case 2 if isinstance(value, str):
                    holder[way[-1]] = value + draw(st.sampled_from(["!", "0", " ", "x" * 400]))
                case 3:
                    holder[way[-1]] = draw(
                        st.sampled_from(["", "x", 1, True, None, [], {}, [[]], "ABCD", "2026-02-30"])
                    )
                case _:
                    holder[way[-1]] = [value]
            return changed

        return drawn()


@cache
def matching(pattern: str, least: int = 0, most: int | None = None) -> st.SearchStrategy[str]:
    """Texts of a pattern and of a length; none has the one sign that no edge takes."""

    def fits(text: str) -> bool:
        return "\0" not in text and least <= len(text) and (most is None or len(text) <= most)

    # As in the engines of the definitions a digit is one of ten.
    spelled = NAME if "\\p{" in pattern else pattern.replace("[\\d]", "[0-9]").replace("\\d", "[0-9]")
    return st.from_regex(spelled.replace("$", "\\Z")).filter(fits)
