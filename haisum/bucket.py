"""The media store of several machines: a bucket of S3's kind, which readers never hear of."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class Bucket(S3Storage):
    """Behaves as a folder does: readers get its files from this site, nothing is overwritten, and
    what fails is an `OSError`."""

    def __init__(
        self,
        addressing_style: str = "auto",
        read_timeout: int = 10,
        attempts: int = 2,
        **options: Any,
    ) -> None:
        client = Config(
            s3={"addressing_style": addressing_style},
            # A store that does not answer holds a thread for seconds.
            connect_timeout=3,
            read_timeout=read_timeout,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            max_pool_connections=settings.WEB_THREADS,
            # Only Amazon's own store knows the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # Ten threads with 8 MiB each, unless told.
        transfer = TransferConfig(use_threads=False)
        super().__init__(
            client_config=client, transfer_config=transfer, file_overwrite=False, **options
        )
        self._connections = SimpleNamespace()  # Of all threads.

    @property
    def connection(self) -> Any:
        """Threads may not share a resource, so each use has its own. But they may share its client,
        which takes megabytes, and a while to make."""
        shared = super().connection
        return type(shared)(client=shared.meta.client)

    @property
    def bucket(self) -> Any:
        return self.connection.Bucket(self.bucket_name)

    def url(self, name: str, *_: Any, **__: Any) -> str:
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name))

    def exists(self, name: str) -> bool:
        with _as_folders_fail():
            return super().exists(name)

    def size(self, name: str) -> int:
        with _as_folders_fail():
            return super().size(name)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _as_folders_fail():
            return super().listdir(name)

    def delete(self, name: str) -> None:
        with _as_folders_fail():
            super().delete(name)

    def _save(self, name: str, content: File) -> str:
        with _as_folders_fail():
            return super()._save(name, content)

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError(f"Files of the media store are read as bytes, not as {mode!r}.")
        with _as_folders_fail():
            stored = super()._open(name).obj
        return File(_Stream(stored), name)  # type: ignore[arg-type]


class _Stream(io.RawIOBase):
    """A stored file, of which only what is read is fetched, and while it is read."""

    def __init__(self, stored: Any) -> None:
        self.size: int = stored.content_length
        self._stored = stored
        self._position = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if start + offset != self._position:
            self._hang_up()
            self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position >= self.size:
            return 0
        with _as_folders_fail():
            if self._body is None:
                self._body = self._stored.get(Range=f"bytes={self._position}-")["Body"]
            piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._hang_up()
        super().close()

    def _hang_up(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextmanager
def _as_folders_fail() -> Iterator[None]:
    """Whoever can do without a full disk can do without a store that does not answer."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"The media store: {error}") from error
