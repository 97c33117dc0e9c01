"""The generated system's functions, and how often what happens to each."""

from __future__ import annotations

from typing import NamedTuple

import truth_bugs as bugs
import truth_inits as inits
import truth_scenes as scenes
from truth_bugs import Bug
from truth_model import Function
from truth_scenes import Scene

SHOP = "/custom/shop"
"""A log group that several functions share."""


class Plan(NamedTuple):
    """A function, and what happens to it besides what goes well."""

    function: Function
    served: int
    """Requests in all, about."""
    happen: dict[Scene, int]
    bugs: tuple[Bug, ...] = ()
    """That strike in turn, where a scene needs one."""
    init_bugs: tuple[Bug, ...] = ()
    asynchronous: bool = False
    """What failed is tried twice more."""
    next_version: str = ""
    """Deployed in the middle."""
    next_memory_mb: int = 0
    """Of the next version, where it is another."""


STRIKING = frozenset({scenes.raised, scenes.caught, scenes.printed, scenes.tried_too_long})
"""Scenes that some bug of the function leads to, in turn."""

INIT_SCENES = frozenset({inits.init_failed, inits.init_alone})
"""Those that a bug in loading the handler leads to."""


FLEET = (
    Plan(
        Function(name="shop-orders", runtime="python3.12", xray=True, limit_ms=6_000),
        450,
        {
            scenes.printed: 6,
            scenes.tried_too_long: 3,
            scenes.raised: 32,
            scenes.caught: 10,
            scenes.timeout: 5,
            scenes.oom: 4,
            scenes.exited: 3,
            scenes.too_large: 3,
            scenes.extension: 3,
            inits.init_failed: 6,
            inits.init_alone: 3,
            inits.init_slow: 2,
            inits.init_timeout_alone: 2,
            inits.init_extension: 2,
            scenes.silent: 2,
            scenes.restarted: 3,
            scenes.running: 1,
        },
        (bugs.PY_PRICE, bugs.PY_RESERVE, bugs.PY_MISSING, bugs.PY_DATABASE),
        (bugs.PY_IMPORT, bugs.PY_HANDLER, bugs.PY_SYNTAX),
    ),
    Plan(
        Function(
            name="shop-worker", runtime="python3.13", json=True, memory_mb=256, limit_ms=30_000
        ),
        450,
        {
            scenes.batch: 160,
            scenes.tried_too_long: 3,
            scenes.raised: 24,
            scenes.caught: 10,
            scenes.timeout: 4,
            scenes.oom: 4,
            scenes.exited: 3,
            inits.init_failed: 3,
            inits.init_alone: 2,
            scenes.restarted: 2,
            scenes.silent: 1,
            scenes.running: 2,
        },
        (bugs.PY_DATABASE, bugs.PY_PAYLOAD),
        (bugs.PY_IMPORT,),
        asynchronous=True,
    ),
    Plan(
        Function(name="shop-legacy", runtime="python3.8", new_style=False, returns=True),
        260,
        {
            scenes.printed: 4,
            scenes.tried_too_long: 2,
            scenes.raised: 8,
            scenes.caught: 4,
            scenes.timeout: 5,
            scenes.segfault: 3,
            scenes.oom: 4,
            scenes.exited: 3,
            scenes.exited_with: 3,
            scenes.exited_before: 3,
            scenes.unreported: 3,
            inits.init_failed: 3,
            scenes.silent: 2,
            scenes.restarted: 2,
        },
        (bugs.PY_LITERAL,),
        (bugs.PY_IMPORT,),
    ),
    Plan(
        Function(name="shop-cart", runtime="nodejs20.x", memory_mb=512, limit_ms=10_000),
        460,
        {
            scenes.tried_too_long: 3,
            scenes.raised: 24,
            scenes.rejected: 5,
            scenes.uncaught: 5,
            scenes.caught: 8,
            scenes.timeout: 4,
            scenes.oom: 3,
            inits.init_failed: 4,
            inits.init_alone: 2,
            scenes.running: 1,
        },
        (bugs.NODE_VOUCHER, bugs.NODE_BASKET, bugs.NODE_CACHE, bugs.NODE_LIMIT),
        (bugs.NODE_IMPORT, bugs.NODE_SYNTAX),
    ),
    Plan(
        Function(name="shop-mail", runtime="nodejs22.x", json=True, level="DEBUG", memory_mb=192),
        390,
        {
            scenes.tried_too_long: 3,
            scenes.raised: 18,
            scenes.caught: 14,
            scenes.timeout: 4,
            scenes.oom: 3,
            scenes.exited: 2,
            scenes.restarted: 2,
            scenes.silent: 1,
        },
        (bugs.NODE_VOUCHER, bugs.NODE_CACHE),
        asynchronous=True,
    ),
    Plan(
        Function(
            name="shop-push",
            runtime="nodejs18.x",
            new_style=False,
            late_timeout=True,
            xray=True,
            limit_ms=5_000,
        ),
        240,
        {scenes.raised: 8, scenes.timeout: 5, scenes.oom: 3, scenes.exited: 3, scenes.silent: 1},
        (bugs.NODE_LIMIT,),
        asynchronous=True,
    ),
    Plan(
        Function(
            name="shop-payment",
            runtime="java21",
            mode="snap-start",
            version="7",
            memory_mb=1024,
            limit_ms=15_000,
        ),
        370,
        {
            scenes.printed: 6,
            scenes.tried_too_long: 3,
            scenes.raised: 20,
            scenes.caught: 8,
            scenes.timeout: 4,
            scenes.oom: 3,
            inits.restore_alone: 2,
            inits.restore_failed: 2,
            inits.published: 2,
        },
        (bugs.JAVA_ACQUIRER, bugs.JAVA_CARD),
        next_version="8",
        next_memory_mb=2048,
    ),
    Plan(
        Function(name="shop-ledger", runtime="java17", json=True, xray=True, memory_mb=512),
        300,
        {
            scenes.tried_too_long: 2,
            scenes.raised: 9,
            scenes.caught: 6,
            scenes.timeout: 3,
            inits.init_exited: 2,
        },
        (bugs.JAVA_LEDGER,),
    ),
    Plan(
        Function(name="shop-invoice", runtime="dotnet8", memory_mb=512, xray=True),
        300,
        {scenes.raised: 14, scenes.caught: 6, scenes.exited: 3, inits.init_exited: 2},
        (bugs.NET_QUANTITY, bugs.NET_RATE),
    ),
    Plan(
        Function(name="shop-tax", runtime="dotnet8", json=True, memory_mb=256),
        260,
        {scenes.raised: 8, scenes.caught: 6, scenes.oom: 3},
        (bugs.NET_RATE,),
    ),
    Plan(
        Function(name="shop-thumbs", runtime="ruby3.3", memory_mb=256, limit_ms=20_000),
        300,
        {
            scenes.printed: 4,
            scenes.raised: 14,
            scenes.caught: 4,
            scenes.oom: 4,
            inits.init_failed: 3,
        },
        (bugs.RUBY_IMAGE, bugs.RUBY_OBJECT),
        (bugs.RUBY_LOAD,),
    ),
    Plan(
        Function(name="shop-stock", runtime="provided-go", xray=True, limit_ms=8_000),
        290,
        {
            inits.image_failed: 2,
            scenes.raised: 12,
            scenes.panicked: 4,
            scenes.native: 4,
            scenes.timeout: 3,
        },
        (bugs.GO_WAREHOUSE, bugs.GO_NEGATIVE),
    ),
    Plan(
        Function(
            name="shop-search",
            runtime="provided-rust",
            group=SHOP,
            mode="provisioned-concurrency",
        ),
        290,
        {scenes.raised: 8, scenes.panicked: 4, scenes.timeout: 3, scenes.running: 1},
        (bugs.RUST_NONE, bugs.RUST_BOUNDS),
    ),
    Plan(
        Function(
            name="shop-geo",
            runtime="provided-go",
            json=True,
            group=SHOP,
            mode="provisioned-concurrency",
            version="3",
        ),
        280,
        {scenes.raised: 8, scenes.timeout: 3, scenes.caught: 4},
        (bugs.GO_WAREHOUSE,),
        next_version="4",
    ),
    Plan(
        Function(name="shop-quiet", runtime="python3.12", json=True, level="WARN", xray=True),
        240,
        {scenes.raised: 10, scenes.caught: 8, scenes.timeout: 4, scenes.oom: 3},
        (bugs.PY_MISSING,),
    ),
)
"""Those that serve one request at a time."""

MANAGED = Plan(
    Function(
        name="shop-feed",
        runtime="nodejs22.x",
        json=True,
        mode="lambda-managed-instances",
        memory_mb=2048,
        limit_ms=60_000,
    ),
    320,
    {scenes.raised: 12},
    (bugs.NODE_LIMIT, bugs.NODE_BASKET),
)
"""One that serves many at once, in one log stream."""

SCENE_BUGS = {
    scenes.rejected: bugs.NODE_LOCK,
    scenes.uncaught: bugs.NODE_TIMER,
    scenes.native: bugs.GO_INDEX,
}
"""Scenes that only one bug can lead to."""

PANICS = {"go": bugs.GO_NIL, "rust": bugs.RUST_INDEX}
