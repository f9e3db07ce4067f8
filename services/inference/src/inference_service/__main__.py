"""Serves the model that the environment names, until SIGTERM: `python -m inference_service`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Iterator, NoReturn

import uvicorn

from . import logs
from .app import create_app
from .errors import StartError
from .redaction import guard, redact
from .service import Service
from .settings import Settings

# what a kubelet shows of the end of a container
LONGEST_MESSAGE = 4096
# of a thread that wants the lock of the interpreter: the one that runs the model would wait for as long as five milliseconds each time
SWITCH_SECONDS = 0.0005


class Server(uvicorn.Server):
    """A server whose readiness ends before it does."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service
        service.on_failure = self._end

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # unlike Uvicorn's own, it does not raise the signal again when all is done: the end that was asked for is a success
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        if self.should_exit:
            # asked a third time, it waits for nobody
            self.force_exit = True
        elif self._service.stopping:
            self._end()
        else:
            self._service.stopping = True
            self._service.metrics.ready.set(0)
            logs.info("stopping: requests that came are answered")
            # until all have noticed that it is not ready, some still send requests
            asyncio.get_running_loop().call_later(self._service.settings.drain, self._end)

    def _end(self) -> None:
        self.should_exit = True


class _Handler(logging.Handler):
    """Lines of libraries in the form of the service's own."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is not None and record.exc_info[1] is not None:
            logs.error(record.getMessage(), record.exc_info[1], logger=record.name)
        else:
            logs.log(record.levelname.lower(), redact(record.getMessage()), logger=record.name)


def main() -> None:
    guard()
    logging.basicConfig(level=logging.WARNING, handlers=[_Handler()])
    try:
        settings = Settings.read()
    except StartError as error:
        logs.error(str(error))
        _refuse(error)
    sys.setswitchinterval(SWITCH_SECONDS)
    service = Service(settings)
    config = uvicorn.Config(
        create_app(service),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # longer than those who keep connections open to it
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(settings.stop_timeout)),
    )
    # what was imported stays: it need not be looked at again
    gc.freeze()
    logs.info("starting", model=settings.model_name, version=settings.model_version, port=settings.port)
    Server(config, service).run()
    if service.failure is not None:
        _refuse(service.failure)
    logs.info("stopped")
    _leave(0)


def _refuse(error: Exception) -> NoReturn:
    """Ends the process, with the reason where a kubelet looks for it."""
    log = Path(os.environ.get("TERMINATION_LOG", "/dev/termination-log"))
    with contextlib.suppress(OSError):
        if log.exists():
            log.write_text(redact(str(error) or type(error).__name__)[:LONGEST_MESSAGE], "utf-8")
    _leave(1)


def _leave(status: int) -> NoReturn:
    # threads of the model's libraries need not end first
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
