"""What PyYAML makes of each text of a list in JSON: its loader in Python, and the one in C where there is one."""

import json
import sys

import yaml

LOADERS = {"PyYAML": yaml.SafeLoader, "libyaml": getattr(yaml, "CSafeLoader", yaml.SafeLoader)}


def plain(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else repr(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, bool, int, float)) else repr(value)


def attempt(text, loader):
    try:
        return {"value": plain(yaml.load(text, loader))}
    except Exception as error:
        return {"value": None, "error": str(error)}


texts = json.load(sys.stdin)
json.dump([{name: attempt(text, loader) for name, loader in LOADERS.items()} for text in texts], sys.stdout)
