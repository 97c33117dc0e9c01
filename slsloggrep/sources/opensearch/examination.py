"""Whether a search cluster can be read: who asks, which server, which indices, what they hide.

What is asked for is what reading begins with; a point in time is opened and given back. Privileges
of the cluster itself are told in its own words; AWS has a permission for each HTTP method.

IAM for signed requests: Service Authorization Reference, OpenSearch Service and Serverless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from slsloggrep.errors import SourceError
from slsloggrep.model.checks import Check, Permission, Verdict
from slsloggrep.sources.opensearch.cluster import Cluster
from slsloggrep.sources.opensearch.contexts import Contexts, Snapshot
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.indices import Choice, Indices
from slsloggrep.sources.opensearch.kinds import Kind, names_of, several
from slsloggrep.sources.opensearch.naming import in_paths

_DENIED = 403
_DOMAIN = re.compile(r"(?:search|vpc)-(?P<name>.+)-[a-z0-9]{26}\.")
"""The name of a domain in its host (OpenSearch Service Developer Guide, createupdatedomains)."""


def examine_cluster(cluster: Cluster, indices: Indices) -> Iterator[Check]:
    """Yield the checks of a cluster and of the indices that its URL names."""
    yield Check(what="credentials", verdict=Verdict.OK, detail=cluster.access.who)
    for note in cluster.notes:
        yield Check(what="connection", verdict=Verdict.NOTE, detail=note)
    needed = tuple(_permissions(cluster))
    asked = "server"
    try:
        product = cluster.product
        known = bool(product.version) or cluster.location.service == "aoss"
        yield Check(
            what="server",
            verdict=Verdict.OK if known else Verdict.NOTE,
            detail=product.words if known else f"{product.words}: it does not tell its version",
            permissions=needed,
        )
        asked = "indices"
        choice = indices.choose(None, None)
        for gap in choice.gaps:
            detail = f"{gap.what}: {gap.reason}"
            yield Check(what="indices", verdict=Verdict.MISSING, detail=detail)
        detail = several(names_of(choice.kinds))
        yield Check(what="indices", verdict=Verdict.OK, detail=detail, permissions=needed)
        for note in choice.notes:
            if note not in cluster.notes:
                yield Check(what="indices", verdict=Verdict.NOTE, detail=note)
        for kind in choice.kinds:
            yield _check_mapping(kind)
        yield _try_point_in_time(cluster, choice)
    except Abandoned:
        return
    except SourceError as error:
        cause = error.__cause__
        status = cause.status if isinstance(cause, Trouble) else 0
        yield Check(
            what=asked,
            verdict=Verdict.MISSING,
            detail=error.words,
            hint=error.hint,
            permissions=needed,
            denied=status == _DENIED and bool(needed),
            fatal=True,
        )


def _check_mapping(kind: Kind) -> Check:
    """Return whether a mapping hides anything from whoever reads by it."""
    check = Check(what="mapping", verdict=Verdict.OK)
    names = several(kind.names)
    schema = kind.schema
    if not schema.stored:
        return replace(
            check,
            verdict=Verdict.MISSING,
            detail=f"{names}: documents are not kept (_source is disabled), so none can be shown",
            hint="index anew with _source enabled",
        )
    hidden = [path or "fields that are not mapped" for path in schema.hidden]
    if hidden:
        return replace(
            check,
            verdict=Verdict.NOTE,
            detail=f"{names}: the server searches nothing in {', '.join(hidden)}",
            hint="enabled: true and dynamic: true let it; until then more is read than is needed",
        )
    if not kind.time_field:
        return replace(
            check,
            verdict=Verdict.NOTE,
            detail=f"{names}: no field is mapped as a date",
            hint="?time_field=NAME names one; without it all is read, whatever the window",
        )
    detail = f"{names}: '{kind.shape.name}', times in {kind.time_field}"
    return replace(check, detail=detail)


def _try_point_in_time(cluster: Cluster, choice: Choice) -> Check:
    what = "point in time"
    path = next(in_paths(target.name for target in choice.targets), "")
    if not cluster.product.has_points_in_time:
        detail = f"{cluster.product.words} has none: it is read by scrolling"
        return Check(what=what, verdict=Verdict.NOTE, detail=detail)
    if not path:
        return Check(what=what, verdict=Verdict.UNCHECKED, detail="no index to try it on")
    contexts = Contexts(cluster)
    try:
        Snapshot(cluster, contexts, path).get(cluster)
    except Trouble as trouble:
        return Check(
            what=what,
            verdict=Verdict.NOTE if trouble.is_unsupported else Verdict.MISSING,
            detail=f"{trouble.words}; it is read by scrolling"
            if trouble.is_unsupported
            else trouble.words,
            hint=trouble.hint,
        )
    finally:
        contexts.close()
    return Check(what=what, verdict=Verdict.OK, detail="opened, and given back")


def _permissions(cluster: Cluster) -> Iterator[Permission]:
    """Yield what signed requests need of AWS; nothing where they are not signed."""
    location = cluster.location
    if cluster.access.sign is None:
        return
    if location.service == "aoss":
        yield Permission("aoss:APIAccessAll", (f"arn:aws:aoss:{location.region}:*:collection/*",))
        return
    domain = _DOMAIN.match(location.hosts[0].name)
    name = domain["name"] if domain else "*"
    arn = f"arn:aws:es:{location.region or '*'}:*:domain/{name}/*"
    for method in ("Get", "Post", "Delete"):
        yield Permission(f"es:ESHttp{method}", (arn,))
