"""Synthetic documents with known facts: support threads, incident logs and meeting minutes."""
