"""Serves one model over HTTP."""
