"""Compares an artifact with its checksum, and with its signature as `cosign sign-blob` makes it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from ..errors import StartError
from .sources import LARGEST_SIGNATURE

LARGEST_KEY = 64 * 1024


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(actual: str, expected: str) -> None:
    if actual != expected:
        raise StartError(f"the checksum of the model is {actual}, and MODEL_SHA256 is {expected}")


def check_signature(sha256: str, signature: Path, public_key: Path) -> None:
    """Raises StartError unless the signature (base64 of ECDSA over SHA-256, P-256) is one of the key."""
    key = _key(public_key)
    if not signature.is_file():
        raise StartError(f"the model must have its signature beside it as {signature.name}: cosign sign-blob makes it")
    if signature.stat().st_size > LARGEST_SIGNATURE:
        raise StartError(f"{signature.name} is no signature: it has {signature.stat().st_size} bytes")
    try:
        value = base64.b64decode(_value(signature.read_bytes().strip()), validate=True)
        key.verify(value, bytes.fromhex(sha256), ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise StartError(f"{signature.name} must be a signature in base64, or a bundle of cosign") from error
    except InvalidSignature as error:
        raise StartError("the signature of the model is not one of the key in MODEL_PUBLIC_KEY_FILE") from error


def _value(content: bytes) -> bytes | str:
    """The signature itself, also of a bundle (`--bundle`), whose other parts are about transparency logs."""
    if not content.startswith(b"{"):
        return content
    message = json.loads(content).get("messageSignature")
    value = message.get("signature") if isinstance(message, dict) else None
    if not isinstance(value, str):
        raise ValueError("no messageSignature")
    return value


def _key(file: Path) -> ec.EllipticCurvePublicKey:
    try:
        if file.stat().st_size > LARGEST_KEY:
            raise StartError(f"MODEL_PUBLIC_KEY_FILE {file} is too large for a key")
        key = serialization.load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise StartError(f"MODEL_PUBLIC_KEY_FILE {file} cannot be read: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise StartError(f"MODEL_PUBLIC_KEY_FILE {file} must be a public key in PEM") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise StartError(f"MODEL_PUBLIC_KEY_FILE {file} must be a key of the curve P-256, as cosign makes it")
    return key
