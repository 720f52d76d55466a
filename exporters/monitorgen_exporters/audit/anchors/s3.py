"""S3 Object Lock as an anchor: an object for each checkpoint that not even the account's root can remove.

Any store that speaks S3 with Object Lock will do. The mode is compliance: governance can be lifted by whoever
has the right to. A delete marker hides an object and removes nothing, so versions are read, not names.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from monitorgen.vocabulary.audit import AuditAnchors
from monitorgen_exporters.audit.anchors.base import AnchorConflictError, AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.anchors.planning import Planned
from monitorgen_exporters.audit.checkpoint import Checkpoint, claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError

__all__ = ["S3Anchor", "planned"]

_LARGEST_NOTE: Final = 2**20
_READERS: Final = 8  # objects read at the same time; each is one round trip
_PAGE: Final = 1000


class S3Anchor:
    """A bucket with Object Lock, reached with the credentials that the AWS SDK finds.

    Each object is locked for the time `retention`. `endpoint_url` names a server other than AWS.
    Raises AnchorError when the SDK is not installed or not configured.
    """

    def __init__(
        self,
        name: str,
        bucket: str,
        *,
        prefix: str = "",
        retention: timedelta = timedelta(days=400),
        region: str | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise AnchorError("the S3 anchor needs the AWS SDK: pip install 'monitorgen[aws]'") from None
        self.name = name
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._retention = retention
        self.place = f"s3://{bucket}/{self._prefix}" + (f" at {endpoint_url}" if endpoint_url else "")
        self._refusal: type[Exception] = ClientError
        self._failures: tuple[type[Exception], ...] = (BotoCoreError, ClientError, ValueError)
        settings = Config(
            connect_timeout=10, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"}
        )
        with self._told():
            self._client: Any = boto3.session.Session().client(
                "s3", region_name=region, endpoint_url=endpoint_url, config=settings
            )

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:
        """Writes one locked object, and returns once the store says that it is locked in compliance mode.

        Raises AnchorConflictError when another root is there for this size.
        """
        key = self._key(checkpoint)
        try:
            self._write(key, note)
        except self._refusal as problem:
            if _code(problem) != "PreconditionFailed":
                raise
            held = self._checkpoint_at(key)
            if held.root != checkpoint.root:
                raise AnchorConflictError(
                    f"{self.place}: {key} holds the root {held.root.hex()}, "
                    f"and the log {checkpoint.root.hex()}"
                ) from None
        return b""

    def recorded(self) -> Iterator[Sighting | Unusable]:
        """Every version of every object below the prefix, in the order of their keys."""
        with self._told(), ThreadPoolExecutor(_READERS) as readers:
            for page in self._pages():
                for marker in page.get("DeleteMarkers", ()):
                    where = f"s3://{self._bucket}/{marker['Key']}"
                    yield Unusable(self.name, where, f"somebody hid it with a delete marker, {_day(marker)}")
                yield from readers.map(self._sighting, page.get("Versions", ()))

    def _write(self, key: str, note: bytes) -> None:
        with self._told(but="PreconditionFailed"):
            written = self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=note,
                ContentType="text/plain; charset=utf-8",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=datetime.now(UTC) + self._retention,
            )
            # A store that does not know Object Lock may ignore those headers without a word.
            kept = self._client.head_object(Bucket=self._bucket, Key=key, VersionId=written.get("VersionId"))
        if why := _not_locked(kept):
            raise AnchorError(f"{self.place}: {key} was written and {why}")

    def _checkpoint_at(self, key: str) -> Checkpoint:
        with self._told():
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            note: bytes = answer["Body"].read(_LARGEST_NOTE + 1)
        try:
            return claimed_checkpoint(note)
        except NoteError as problem:
            raise AnchorConflictError(f"{self.place}: {key} holds no checkpoint: {problem}") from problem

    def _pages(self) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            page: dict[str, Any] = self._client.list_object_versions(
                Bucket=self._bucket, Prefix=self._prefix, MaxKeys=_PAGE, **more
            )
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def _sighting(self, version: dict[str, Any]) -> Sighting | Unusable:
        key = version["Key"]
        where = f"s3://{self._bucket}/{key}"
        if version["Size"] > _LARGEST_NOTE:
            return Unusable(self.name, where, "larger than 1 MiB")
        answer = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version["VersionId"])
        note = answer["Body"].read()
        if why := _not_locked(answer):
            return Unusable(self.name, where, why)
        try:
            said = claimed_checkpoint(note)
        except NoteError as problem:
            return Unusable(self.name, where, str(problem))
        seen = version["LastModified"].astimezone(UTC)
        return Sighting(self.name, where, said.origin, said.size, said.root, seen=seen, note=note)

    def _key(self, checkpoint: Checkpoint) -> str:
        origin = hashlib.sha256(checkpoint.origin.encode()).hexdigest()
        return f"{self._prefix}{origin}/{checkpoint.size:020d}.checkpoint"

    @contextmanager
    def _told(self, but: str = "") -> Iterator[None]:
        """Turns what the SDK raises into an AnchorError; a refusal with the code `but` goes through."""
        try:
            yield
        except self._failures as problem:
            if but and _code(problem) == but:
                raise
            hint = ""
            if "Object" in str(problem) and "Lock" in str(problem):
                hint = " (make the bucket with Object Lock; it cannot be added by this program)"
            raise AnchorError(f"{self.place}: {problem}{hint}") from problem


def planned(settings: AuditAnchors) -> Iterator[Planned]:
    """The bucket that the settings name, if they do."""
    s3 = settings.s3
    if s3 is not None:
        yield Planned(
            "s3",
            timedelta(seconds=s3.every),
            lambda _: S3Anchor(
                "s3",
                s3.bucket,
                prefix=s3.prefix,
                retention=timedelta(seconds=s3.retain),
                region=s3.region,
                endpoint_url=s3.endpoint,
            ),
        )


def _code(problem: Exception) -> str:
    response = getattr(problem, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _not_locked(answer: dict[str, Any]) -> str:
    """Why an object can be removed before its time; nothing when it cannot, or when its time is over."""
    mode = answer.get("ObjectLockMode")
    if mode != "COMPLIANCE":
        return (
            f"is not locked in compliance mode (its mode: {mode or 'none'}): whoever may write may replace it"
        )
    return ""


def _day(marker: dict[str, Any]) -> str:
    return f"{marker['LastModified']:%Y-%m-%d %H:%M}"
