"""Buckets: made once, their settings kept as declared, never deleted."""

from collections.abc import Iterator

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.lifecycleconfig import (
    Expiration,
    LifecycleConfig,
    NoncurrentVersionExpiration,
    Rule,
)
from minio.versioningconfig import SUSPENDED, VersioningConfig
from minio.xml import marshal
from minio_state import Bucket


def bucket_changes(s3: Minio, bucket: Bucket) -> Iterator[str]:
    """Change what differs, and say each change."""
    if not s3.bucket_exists(bucket_name=bucket.name):
        s3.make_bucket(bucket_name=bucket.name)
        yield f"bucket {bucket.name}: created"
    if bucket.versioning is not None:
        yield from versioning_changes(s3, bucket.name, bucket.versioning)
    if bucket.lifecycle is not None:
        yield from lifecycle_changes(s3, bucket.name, bucket.lifecycle)


def versioning_changes(s3: Minio, name: str, wanted: bool) -> Iterator[str]:
    """A bucket that never had versions needs no suspension."""
    enabled = s3.get_bucket_versioning(bucket_name=name).status == ENABLED
    if enabled != wanted:
        s3.set_bucket_versioning(bucket_name=name, config=VersioningConfig(ENABLED if wanted else SUSPENDED))
        yield f"bucket {name}: versioning {'enabled' if wanted else 'suspended; older versions stay'}"


def lifecycle_changes(s3: Minio, name: str, wanted: tuple[int, ...]) -> Iterator[str]:
    """The bucket's rules are the declared ones and no others."""
    current = s3.get_bucket_lifecycle(bucket_name=name)
    if not wanted:
        if current:
            s3.delete_bucket_lifecycle(bucket_name=name)
            yield f"bucket {name}: noncurrent versions stay"
        return
    rules = LifecycleConfig([noncurrent_rule(days) for days in wanted])
    if not current or marshal(current) != marshal(rules):
        s3.set_bucket_lifecycle(bucket_name=name, config=rules)
        yield f"bucket {name}: noncurrent versions expire after {wanted[0]} days"


def noncurrent_rule(days: int) -> Rule:
    """It also drops the delete markers that hide nothing any more."""
    return Rule(
        status=ENABLED,
        rule_filter=Filter(prefix=""),
        rule_id="noncurrent",
        expiration=Expiration(expired_object_delete_marker=True),
        noncurrent_version_expiration=NoncurrentVersionExpiration(days),
    )
