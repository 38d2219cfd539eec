"""Buckets: made once, their settings kept as declared, never deleted."""

import json
from collections.abc import Iterator

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.minioadmin import MinioAdmin
from minio.versioningconfig import SUSPENDED, VersioningConfig

from minio_state import Bucket, ExpiryRule, SetupError


def bucket_changes(s3: Minio, admin: MinioAdmin, bucket: Bucket) -> Iterator[str]:
    """Change what differs, and say each change."""
    name = bucket.name
    if not s3.bucket_exists(bucket_name=name):
        s3.make_bucket(bucket_name=name, object_lock=bucket.object_locking)
        yield f"bucket {name}: created{' with object locking' if bucket.object_locking else ''}"
    elif bucket.object_locking and not has_object_lock(s3, name):
        raise SetupError("exists without object locking, which only a new bucket can have; declare a new name and copy")
    if bucket.versioning is not None:
        yield from versioning_changes(s3, name, bucket.versioning)
    if bucket.quota_bytes is not None:
        quota = json.loads(admin.bucket_quota_get(bucket=name)).get("quota", 0)
        if quota != bucket.quota_bytes:
            admin.bucket_quota_set(bucket=name, size=bucket.quota_bytes)
            yield f"bucket {name}: quota {bucket.quota_bytes or 'lifted'}{' bytes' if bucket.quota_bytes else ''}"
    if bucket.lifecycle is not None:
        yield from lifecycle_changes(s3, name, bucket.lifecycle)


def has_object_lock(s3: Minio, name: str) -> bool:
    """Whether the bucket was made with object locking."""
    try:
        s3.get_object_lock_config(bucket_name=name)
    except S3Error as error:
        if error.code == "ObjectLockConfigurationNotFoundError":
            return False
        raise
    return True


def versioning_changes(s3: Minio, name: str, wanted: bool) -> Iterator[str]:
    """A bucket that never had versions needs no suspension."""
    enabled = s3.get_bucket_versioning(bucket_name=name).status == ENABLED
    if enabled != wanted:
        s3.set_bucket_versioning(bucket_name=name, config=VersioningConfig(ENABLED if wanted else SUSPENDED))
        yield f"bucket {name}: versioning {'enabled' if wanted else 'suspended; older versions stay'}"


def lifecycle_changes(s3: Minio, name: str, wanted: tuple[ExpiryRule, ...]) -> Iterator[str]:
    """The bucket's rules are the declared ones and no others."""
    current = s3.get_bucket_lifecycle(bucket_name=name)
    rules = [server_rule(rule) for rule in wanted]
    if sorted(map(rule_key, rules)) == sorted(map(rule_key, current.rules if current else [])):
        return
    if rules:
        s3.set_bucket_lifecycle(bucket_name=name, config=LifecycleConfig(rules))
    else:
        s3.delete_bucket_lifecycle(bucket_name=name)
    yield f"bucket {name}: lifecycle set, {len(rules)} rules"


def server_rule(rule: ExpiryRule) -> Rule:
    """A noncurrent rule also drops the delete markers that hide nothing any more."""
    if rule.expire_noncurrent_after_days is not None:
        return Rule(
            status=ENABLED,
            rule_filter=Filter(prefix=rule.prefix),
            rule_id=f"noncurrent:{rule.prefix}",
            expiration=Expiration(expired_object_delete_marker=True),
            noncurrent_version_expiration=NoncurrentVersionExpiration(rule.expire_noncurrent_after_days),
        )
    return Rule(
        status=ENABLED,
        rule_filter=Filter(prefix=rule.prefix),
        rule_id=f"current:{rule.prefix}",
        expiration=Expiration(days=rule.expire_after_days),
    )


def rule_key(rule: Rule) -> tuple[str, str, int, int]:
    """What makes two rules the same."""
    prefix = rule.rule_filter.prefix if rule.rule_filter else None
    current = rule.expiration.days if rule.expiration else None
    noncurrent = rule.noncurrent_version_expiration
    return rule.status, prefix or "", current or 0, (noncurrent.noncurrent_days if noncurrent else None) or 0
