"""Libraries that wait until they are used."""

import subprocess
import sys


def printed(script: str) -> list[str]:
    """The lines that a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_module_is_loaded_when_it_is_used_and_is_itself_then():
    script = """
import sys
from switch.lazily import load_lazily
load_lazily("json")
import json
print("dumps" in vars(json), json.dumps([1]), sys.modules["json"].dumps is json.dumps)
from json import loads
import json.decoder
print(loads("2"), json.decoder.JSONDecodeError.__name__)
"""
    assert printed(script) == ["False [1] True", "2 JSONDecodeError"]


def test_what_is_not_in_it_is_said_as_usual():
    script = """
from switch.lazily import load_lazily
load_lazily("colorsys")
import colorsys
try:
    colorsys.nothing
except AttributeError as error:
    print(error)
"""
    assert printed(script) == ["module 'colorsys' has no attribute 'nothing'"]


def test_what_is_loaded_already_or_not_there_stays():
    script = """
import sys, colorsys
from switch.lazily import load_lazily
load_lazily("colorsys")
load_lazily("no_such_library")
print(sys.modules["colorsys"] is colorsys, "no_such_library" in sys.modules)
"""
    assert printed(script) == ["True False"]


def test_a_hub_is_loaded_without_its_http_client():
    script = """
import sys
from switch.lazily import load_lazily
load_lazily("aiohttp")
import switch.compose
print("aiohttp.connector" in sys.modules)
"""
    assert printed(script) == ["False"]
