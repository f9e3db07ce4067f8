"""Errors that a person can do something about."""

from __future__ import annotations


class StartError(Exception):
    """The service cannot serve: a setting is wrong, or the artifact is not what it should be. Trying again does not help."""


class FetchError(Exception):
    """The artifact could not be fetched now. Trying again may help."""
