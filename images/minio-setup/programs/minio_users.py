"""Consumers: one user each, with one policy of its own and nothing else."""

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from minio import Minio
from minio.error import MinioAdminException, S3Error
from minio.minioadmin import MinioAdmin
from minio_state import POLICY_PREFIX, SetupError, User


def user_changes(user_client: Minio, admin: MinioAdmin, user: User) -> Iterator[str]:
    """Change what differs, and say each change; the policy goes first, so no credential is ever without its bounds."""
    key, policy = user.access_key, user.policy_name
    if normal_policy(current_policy(admin, policy)) != normal_policy(user.policy):
        admin.policy_add(policy_name=policy, policy=user.policy)
        yield f"user {key}: policy {policy} set"
    info = user_info(admin, key)
    if info is None:
        admin.user_add(access_key=key, secret_key=user.secret_key)
        yield f"user {key}: created"
        info = {}
    elif info.get("status") != "enabled" or not accepts(user_client):
        replace_secret(admin, user)
        yield f"user {key}: secret key replaced"
    attached = policy_names(info)
    if policy not in attached:
        admin.attach_policy(policies=[policy], user=key)
        yield f"user {key}: policy {policy} attached"
    if extra := sorted(attached - {policy}):
        admin.detach_policy(policies=extra, user=key)
        yield f"user {key}: undeclared policies detached: {', '.join(extra)}"
    if groups := info.get("memberOf"):
        raise SetupError(f"is in group {', '.join(groups)}, whose policies widen its own; take it out of the group")


def stale_user_changes(admin: MinioAdmin, declared: set[str]) -> Iterator[str]:
    """Disable the users of ours that are no longer declared; that ends their session tokens too."""
    for key, info in sorted(json.loads(admin.user_list()).items()):
        ours = POLICY_PREFIX + key in policy_names(info)
        if ours and key not in declared and info.get("status") == "enabled":
            admin.user_disable(access_key=key)
            yield f"user {key}: disabled, since it is no longer declared"


def accepts(user_client: Minio) -> bool:
    """Whether the server signs the user in with the declared secret key; what it may do then is beside the point."""
    try:
        user_client.list_buckets()
    except S3Error as error:
        if error.code == "SignatureDoesNotMatch":
            return False
        if error.code != "AccessDenied":
            raise
    return True


def replace_secret(admin: MinioAdmin, user: User) -> None:
    """Disabled until its tokens are gone: a run that stops half-way leaves a shut door, and the next one goes on."""
    admin.user_disable(access_key=user.access_key)
    revoke_session_tokens(admin, user.access_key)
    admin.user_add(access_key=user.access_key, secret_key=user.secret_key)


def revoke_session_tokens(admin: MinioAdmin, access_key: str) -> None:
    """End the user's AssumeRole tokens, which outlive a change of the secret key.

    Only the server that answers forgets them at once; the others of a cluster may honour one until it expires, so a
    leaked key is better replaced by a new user, the old one left undeclared. The package has no method for the call.
    """
    command: Any = SimpleNamespace(value="revoke-tokens/builtin")
    admin._url_open(method="POST", command=command, query_params={"user": access_key, "fullRevoke": "true"})


def policy_names(info: dict[str, Any]) -> set[str]:
    """The policies attached to a user."""
    return {name for name in (info.get("policyName") or "").split(",") if name}


def user_info(admin: MinioAdmin, access_key: str) -> dict[str, Any] | None:
    """What the server knows of a user; None when there is none."""
    try:
        info: dict[str, Any] = json.loads(admin.user_info(access_key=access_key))
    except MinioAdminException as error:
        if admin_error(error)[0] == "XMinioAdminNoSuchUser":
            return None
        raise
    return info


def current_policy(admin: MinioAdmin, name: str) -> dict[str, Any]:
    """The policy on the server; empty when there is none."""
    try:
        policy: dict[str, Any] = json.loads(admin.policy_info(policy_name=name))
    except MinioAdminException as error:
        if admin_error(error)[0] == "XMinioAdminNoSuchPolicy":
            return {}
        raise
    return policy


def admin_error(error: MinioAdminException) -> tuple[str, str]:
    """The code and the message in an admin API error, whose body the package only gives as text."""
    found = re.search(r"Body: (\{.*\})", str(error), re.DOTALL)
    try:
        body = json.loads(found.group(1)) if found else {}
    except json.JSONDecodeError:
        body = {}
    return body.get("Code", ""), body.get("Message", str(error))


def normal_policy(policy: object) -> object:
    """A policy's sets in one order, so that the server's own way of writing them is no difference."""
    if isinstance(policy, dict):
        return {name: normal_set(name, value) for name, value in policy.items() if value not in ("", [], {})}
    if isinstance(policy, list):
        return [normal_policy(value) for value in policy]
    return policy


def normal_set(name: str, value: object) -> object:
    """Anything but the plain fields is a set in IAM's language; one value may stand without its list."""
    if name in ("Version", "ID", "Id", "Sid", "Effect"):
        return value
    if name == "Statement" or isinstance(value, dict):
        return normal_policy(value)
    return sorted(set(value)) if isinstance(value, list) else [value]
