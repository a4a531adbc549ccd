"""Orchestration: steps, workers, journeys, stores, bus and composition."""
