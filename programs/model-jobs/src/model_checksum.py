"""Compares the only file of a model with its checksum: model_checksum.py SHA256"""

from __future__ import annotations

import hashlib
import os
import signal
import sys

FOLDER = "/mnt/models"


def main(expected: str, folder: str = FOLDER) -> None:
    files = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
    if len(files) != 1:
        sys.exit(f"storage.sha256 is the checksum of one file, and there are {len(files)}")
    digest = hashlib.sha256()
    with open(files[0], "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    if digest.hexdigest() != expected:
        sys.exit(f"the checksum is {digest.hexdigest()}, storage.sha256 is {expected}")


if __name__ == "__main__":
    # the first process of a container would not notice it
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    main(sys.argv[1])
