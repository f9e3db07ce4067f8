"""Where a model comes from and what is asked of it before it is loaded: checksums, signatures, sizes, archives that attack."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import http.server
import io
import json
import os
import stat
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import MLMODEL, Start
from inference_service.artifact.prepare import Artifact, prepare
from inference_service.artifact.sources import shown
from inference_service.errors import FetchError, StartError
from inference_service.settings import Settings


def prepared(folder: Path, uri: str | Path, **options: object) -> Artifact:
    given = {"max_artifact": 10 * 1024 * 1024, "fetch_timeout": 1.0, **options}
    return prepare(Settings("iris", "1", uri=str(uri), **given), folder / "work")  # type: ignore[arg-type]


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class Keys:
    """A key pair as `cosign generate-key-pair` makes it, and signatures as `cosign sign-blob` does."""

    def __init__(self, folder: Path) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = folder / "cosign.pub"
        self.public.write_bytes(_pem(self.private.public_key()))

    def sign(self, file: Path) -> Path:
        signature = file.with_name(file.name + ".sig")
        signature.write_bytes(base64.b64encode(self.private.sign(file.read_bytes(), ec.ECDSA(hashes.SHA256()))) + b"\n")
        return signature


def _pem(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def model(models: Path, tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes((models / "iris.onnx").read_bytes())
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_the_checksum_is_compared(tmp_path: Path, model: Path) -> None:
    found = prepared(tmp_path, model, sha256=sha256(model))
    assert found.sha256 == sha256(model)
    # what is loaded is a copy that nobody else can change
    assert found.path != model
    with pytest.raises(StartError, match="and MODEL_SHA256 is 0000"):
        prepared(tmp_path, model, sha256="0" * 64)


def test_the_signature_is_compared(tmp_path: Path, model: Path, keys: Keys) -> None:
    keys.sign(model)
    assert prepared(tmp_path, model, public_key=keys.public).is_signed
    # as cosign writes it since its version 3
    signature = tmp_path / "model.onnx.sig"
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "x"}},
    }
    value = {"messageDigest": {"algorithm": "SHA2_256"}, "signature": signature.read_text().strip()}
    signature.write_text(json.dumps({**bundle, "messageSignature": value}))
    assert prepared(tmp_path, model, public_key=keys.public).is_signed


def test_what_is_not_signed_by_the_key_is_refused(tmp_path: Path, model: Path, keys: Keys) -> None:
    with pytest.raises(StartError, match="signature .*model.onnx.sig is not there"):
        prepared(tmp_path, model, public_key=keys.public)
    signature = keys.sign(model)
    good = signature.read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    for wrong in (
        Keys(other).sign(model).read_bytes(),
        b"",
        b"not base64!",
        good[:40],
        base64.b64encode(b"\x30\x06\x02\x01\x00\x02\x01\x00"),
        base64.b64encode(bytes(72)),
        b"A" * 5000,
        b"A" * 70_000,
        b"{",
        b"{}",
        b'{"messageSignature": []}',
        b'{"messageSignature": {"signature": 1}}',
        b'{"messageSignature": {"signature": "AAAA"}}',
    ):
        signature.write_bytes(wrong)
        with pytest.raises(StartError, match="signature|bytes"):
            prepared(tmp_path, model, public_key=keys.public)
    signature.write_bytes(good)
    with model.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(StartError, match="not one of the key"):
        prepared(tmp_path, model, public_key=keys.public)


def test_only_keys_of_cosign_are_keys(tmp_path: Path, model: Path, keys: Keys) -> None:
    keys.sign(model)
    wrong = tmp_path / "wrong.pub"
    for content in (
        b"",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        _pem(rsa.generate_private_key(65537, 2048).public_key()),
        _pem(ec.generate_private_key(ec.SECP384R1()).public_key()),
    ):
        wrong.write_bytes(content)
        with pytest.raises(StartError, match="MODEL_PUBLIC_KEY_FILE"):
            prepared(tmp_path, model, public_key=wrong)
    with pytest.raises(StartError, match="cannot be read"):
        prepared(tmp_path, model, public_key=tmp_path / "none.pub")


def test_a_forged_model_is_never_loaded(start: Start, tmp_path: Path, model: Path, keys: Keys) -> None:
    keys.sign(model)
    model.write_bytes(model.read_bytes().replace(b"LinearClassifier", b"LinearClassifie_"))
    service = start(model, ready=False, MODEL_PUBLIC_KEY_FILE=str(keys.public))
    status, message = service.ended()
    assert (status, message) == (1, "the signature of the model is not one of the key in MODEL_PUBLIC_KEY_FILE")
    assert not any("loaded" in line["message"] and line["level"] == "info" for line in service.lines)


def test_a_signed_model_is_served(start: Start, model: Path, keys: Keys) -> None:
    keys.sign(model)
    service = start(model, MODEL_PUBLIC_KEY_FILE=str(keys.public), MODEL_SHA256=sha256(model))
    assert service.get("/model/info").json["signed"] is True


def test_a_folder_has_one_model(tmp_path: Path, models: Path) -> None:
    assert prepared(tmp_path, models / "packed").mlmodel == models / "packed" / "MLmodel"
    with pytest.raises(StartError, match="must have one model, and has"):
        prepared(tmp_path, models)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(StartError, match="has no model"):
        prepared(tmp_path, empty)
    (empty / "model.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(StartError, match="model.pkl is not loaded: pickle and its like run code"):
        prepared(tmp_path, empty)


def test_a_checksum_is_of_one_file(tmp_path: Path, models: Path) -> None:
    with pytest.raises(StartError, match="MLmodel lies beside the model"):
        prepared(tmp_path, models / "packed", sha256=sha256(models / "packed" / "model.onnx"))


def test_a_link_out_of_the_folder_is_no_model(tmp_path: Path, model: Path) -> None:
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "model.onnx").symlink_to(model)
    with pytest.raises(StartError, match="has no model"):
        prepared(tmp_path, folder)


@pytest.mark.parametrize(
    "uri", ["model.onnx", "ftp://host/model.onnx", "gs://bucket/model.onnx", "/nowhere/model.onnx", "/dev/zero", "/usr"]
)
def test_other_places_are_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(StartError):
        prepared(tmp_path, uri)


def test_no_more_is_read_than_may_be(tmp_path: Path, model: Path) -> None:
    for options in ({}, {"sha256": sha256(model)}):
        with pytest.raises(StartError, match=r"at most INFERENCE_MAX_ARTIFACT_BYTES \(100\)"):
            prepared(tmp_path, model, max_artifact=100, **options)


# archives


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


@pytest.mark.parametrize("ending", ["tar.gz", "tar", "zip"])
def test_an_archive_of_a_folder_is_unpacked(tmp_path: Path, model: Path, keys: Keys, ending: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "MLmodel").write_text(json.dumps(MLMODEL))
    (folder / "model.onnx").write_bytes(model.read_bytes())
    archive = tmp_path / f"model.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            for one in folder.iterdir():
                file.write(one, one.name)
    else:
        with tarfile.open(archive, "w:gz" if ending == "tar.gz" else "w") as file:
            file.add(folder, "model")
    keys.sign(archive)
    found = prepared(tmp_path, archive, public_key=keys.public, sha256=sha256(archive))
    assert (found.path.name, found.sha256, found.is_signed) == ("model.onnx", sha256(archive), True)
    assert found.mlmodel is not None


@pytest.mark.parametrize(
    "name", ["../escaped.onnx", "/tmp/escaped.onnx", "a/../../escaped.onnx", "a\\..\\..\\escaped.onnx"]
)
def test_no_archive_writes_outside_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartError, match="outside its folder"):
        prepared(tmp_path, tar(tmp_path / "a.tar.gz", (member(name), b"x")))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("MLmodel", "{}")
        archive.writestr(name.replace("\\", "/") if "\\" in name else name, "x")
    with pytest.raises(StartError, match="outside its folder"):
        prepared(tmp_path, tmp_path / "a.zip")
    assert not list(tmp_path.rglob("escaped.onnx")) and not Path("/tmp/escaped.onnx").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_archives_have_plain_files_only(tmp_path: Path, kind: bytes) -> None:
    target = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    archive = tar(tmp_path / "a.tar.gz", (member("model.onnx", kind, target), b""))
    with pytest.raises(StartError, match="no plain file"):
        prepared(tmp_path, archive)


def test_zips_have_plain_files_only(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("model.onnx")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("MLmodel", "{}")
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(StartError, match="which is no file"):
        prepared(tmp_path, tmp_path / "a.zip")


def test_bombs_do_not_go_off(tmp_path: Path) -> None:
    zeros = bytes(64 * 1024 * 1024)
    bomb = tar(tmp_path / "bomb.tar.gz", (member("model.onnx"), zeros))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(StartError, match="must have at most"):
        prepared(tmp_path, bomb)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("MLmodel", "{}")
        archive.writestr("model.onnx", zeros)
    with pytest.raises(StartError, match="must have at most"):
        prepared(tmp_path, tmp_path / "bomb.zip")
    # a header that is all zeros but its size: it would be read into memory at once
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 512 * 1024 * 1024
    (tmp_path / "pax.tar.gz").write_bytes(gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + zeros))
    with pytest.raises(StartError):
        prepared(tmp_path, tmp_path / "pax.tar.gz")
    many = tar(tmp_path / "many.tar.gz", *((member(f"{at}"), b"") for at in range(2000)))
    with pytest.raises(StartError, match="at most 1000 files"):
        prepared(tmp_path, many)
    assert sum(file.stat().st_size for file in (tmp_path / "work").rglob("*") if file.is_file()) < 11 * 1024 * 1024


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    whole = tar(tmp_path / "a.tar.gz", (member("model.onnx"), os.urandom(100_000))).read_bytes()
    for content in (whole[:1000], whole[:-200], b"\x1f\x8b" + os.urandom(500), whole[:40] + bytes(40) + whole[80:]):
        (tmp_path / "cut.tar.gz").write_bytes(content)
        with pytest.raises(StartError):
            prepared(tmp_path, tmp_path / "cut.tar.gz")


# HTTP

Handle = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def web(handle: Handle) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def send(request: http.server.BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    request.send_response(status)
    for name, value in {"content-length": str(len(body)), **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def test_http_needs_a_checksum(tmp_path: Path, model: Path) -> None:
    with web(lambda request: send(request, model.read_bytes())) as address:
        with pytest.raises(StartError, match="must be https"):
            prepared(tmp_path, address + "/model.onnx")
        assert prepared(tmp_path, address + "/model.onnx", sha256=sha256(model)).sha256 == sha256(model)


def test_a_server_is_asked_again_when_it_fails(tmp_path: Path, model: Path) -> None:
    asked: list[str] = []

    def handle(request: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        body = model.read_bytes()
        if len(asked) == 1:
            send(request, b"", 503)
        elif len(asked) == 2:
            # cut off
            send(request, body[:100], content_length=str(len(body)))
        else:
            send(request, body)

    with web(handle) as address:
        prepared(tmp_path, address + "/model.onnx", sha256=sha256(model), fetch_timeout=30.0)
    assert len(asked) == 3


def test_a_server_that_says_no_is_not_asked_again(tmp_path: Path) -> None:
    for status in (401, 403, 404):
        with (
            web(functools.partial(send, body=b"", status=status)) as address,
            pytest.raises(StartError, match=str(status)),
        ):
            prepared(tmp_path, address + "/model.onnx", sha256="0" * 64, fetch_timeout=30.0)
    with web(lambda request: send(request, b"", 500)) as address, pytest.raises(FetchError, match="500"):
        prepared(tmp_path, address + "/model.onnx", sha256="0" * 64)


def test_a_download_has_an_end(tmp_path: Path) -> None:
    def endless(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(1000):
            request.wfile.write(bytes(1024 * 1024))

    with web(endless) as address, pytest.raises(StartError, match="must have at most"):
        prepared(tmp_path, address + "/model.onnx", sha256="0" * 64)


def test_redirects_are_followed_a_little(tmp_path: Path, model: Path) -> None:
    seen: list[str | None] = []

    def other(request: http.server.BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["authorization"])
        send(request, model.read_bytes())

    with web(other) as target, web(lambda request: send(request, b"", 302, location=target + "/model.onnx")) as address:
        with_password = address.replace("http://", "http://user:hunter2@")
        prepared(tmp_path, with_password + "/model.onnx", sha256=sha256(model))
    # another server is not told the password
    assert seen == [None]
    with (
        web(lambda request: send(request, b"", 302, location="/again.onnx")) as address,
        pytest.raises(StartError, match="more than 3"),
    ):
        prepared(tmp_path, address + "/model.onnx", sha256="0" * 64)


def test_the_signature_is_fetched_too(tmp_path: Path, model: Path, keys: Keys) -> None:
    signature = keys.sign(model)
    with web(
        lambda request: send(request, (signature if request.path.endswith(".sig") else model).read_bytes())
    ) as address:
        assert prepared(tmp_path, address + "/model.onnx", public_key=keys.public).is_signed


def test_secrets_of_an_address_are_told_to_nobody(start: Start, tmp_path: Path) -> None:
    assert shown("https://user:hunter2@host/m.onnx?X-Amz-Signature=abc#d") == "https://host/m.onnx"
    with web(lambda request: send(request, b"", 404)) as address:
        uri = address.replace("http://", "http://user:hunter2secret@") + "/m.onnx?token=verysecretvalue"
        service = start(uri, ready=False, MODEL_SHA256="0" * 64)
        status, message = service.ended()
    said = message + json.dumps(service.lines)
    assert status == 1 and "answers 404" in message
    assert "hunter2secret" not in said and "verysecretvalue" not in said
