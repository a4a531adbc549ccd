"""The demo: the hub and its sandbox counterparties run the main job, every case of it, and prove the books."""

from switch.demo.runner import main

__all__ = ["main"]
