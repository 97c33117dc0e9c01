"""What `ship` does: reads, prepares the cluster, sends, and tells how far it came.

What is typed is understood by `slsloggrep.cli.ship`; what is sent, and how, is `slsloggrep.ship`'s.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from slsloggrep.analyse.prices import price_of
from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.progress import Progress
from slsloggrep.cli.reply import Reply
from slsloggrep.investigate import Window, default_window
from slsloggrep.model import Coverage, Shipment
from slsloggrep.ship.bulk import Loader, pack
from slsloggrep.ship.loading import Stock, Wanted, documents
from slsloggrep.ship.names import IndexNames
from slsloggrep.ship.target import Target, complete
from slsloggrep.sources.base import Settings, Source
from slsloggrep.sources.opensearch.location import parse_url
from slsloggrep.wording import bytes_text, count_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the options ask for."""

    to: str
    index: str | None = None
    invocations: bool = True
    replace: bool = False
    own: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What is different in the cluster's Settings, by the name of a source."""

    @property
    def pattern(self) -> str:
        """The index; a `*` stands for the day. Raises UsageError where it is none."""
        location = parse_url(complete(self.to))
        return IndexNames(self.index or location.index).pattern

    @property
    def host(self) -> str:
        """The cluster's first host and port."""
        host = parse_url(complete(self.to)).hosts[0]
        return f"{host.name}:{host.port}"


def ship(environment: Environment, inputs: Inputs, output: Output, order: Order) -> int:
    """Ship, tell about it, and return the exit code.

    Raises UsageError for an order that makes no sense, SourceError where no source can be used, or
    nothing could be sent.
    """
    reply = Reply(environment, inputs, output)
    with reply.working() as (sources, watch):
        settings = dataclasses.replace(
            Settings(
                now=inputs.now,
                env=environment.env,
                profiles=inputs.profiles,
                regions=inputs.regions,
                role_arn=inputs.role_arn,
                say=lambda line: environment.say(f"slsloggrep: {line}"),
                cancelled=lambda: watch.cancelled,
            ),
            **order.own,
        )
        target = Target(order.to, order.index, settings)
        with closing(target):
            # Before anything is read: that the cluster is not there should not be found out last.
            notes = target.prepare()
            window = default_window(sources, inputs.since, inputs.until, inputs.now)
            shipment, coverage, seconds = _send(
                inputs, order, target, notes, sources, window, watch
            )
    if output.format == "text":
        from slsloggrep.render.shipments import render_shipment

        reply.print([render_shipment(shipment, seconds)])
    elif output.format == "json":
        from slsloggrep.export.shipments import shipment_document

        reply.write_json(shipment_document(shipment, coverage, seconds))
    else:
        from slsloggrep.export.shipments import shipment_document

        reply.write_ndjson([shipment_document(shipment, coverage, seconds)])
    for note in shipment.notes:
        environment.say(f"note: {note}")
    return reply.conclude(
        found=bool(shipment.delivered.documents or shipment.delivered.rejected),
        coverage=coverage,
        window=window,
        interrupted=watch.cancelled,
        missing="; ".join(_missing(shipment, interrupted=watch.cancelled)) or None,
    )


def _send(
    inputs: Inputs,
    order: Order,
    target: Target,
    notes: tuple[str, ...],
    sources: list[Source],
    window: Window,
    watch: Progress,
) -> tuple[Shipment, tuple[Coverage, ...], float]:
    stock = Stock()
    coverage = stock.read(sources, window, watch)
    began = watch.elapsed
    loader = Loader(target.cluster)
    watch.show(lambda: _line(loader, watch.elapsed - began))
    region = inputs.regions[0] if len(inputs.regions) == 1 else None
    price = price_of(region, None, inputs.prices)
    wanted = Wanted(window=window, invocations=order.invocations, price=price)
    try:
        if not watch.cancelled:
            for document in documents(stock, inputs.make_parser(), wanted):
                packed = pack(document, target.names.of(document.time), again=order.replace)
                if not loader.add(packed):
                    break
    except BaseException:
        loader.abandon()
        raise
    loader.finish()
    delivered = loader.delivered
    failure = loader.failure
    if failure is not None and not delivered.documents:
        raise target.cluster.error(failure)
    if delivered.documents:
        target.refresh()
    if delivered.invocations:
        notes = (*notes, *price.notes)
    return (
        Shipment(
            to=target.name,
            index=target.names.pattern,
            delivered=delivered,
            unsent=loader.unsent,
            failure=None if failure is None else failure.reason,
            notes=notes,
        ),
        coverage,
        watch.elapsed - began,
    )


def _line(loader: Loader, seconds: float) -> str:
    delivered = loader.delivered
    done = delivered.documents + delivered.rejected
    rate = f", {done / seconds:.0f}/s" if seconds > 0 else ""
    return f"sent {count_text(done, 'document')}, {bytes_text(delivered.bytes)}{rate}"


def _missing(shipment: Shipment, *, interrupted: bool) -> Iterator[str]:
    """Yield why not all is in the index."""
    if shipment.delivered.rejected:
        count = count_text(shipment.delivered.rejected, "document")
        yield f"{count} rejected by the cluster, see above"
    if shipment.failure is not None:
        yield f"stopped: {shipment.failure}"
    if shipment.failure is not None or interrupted:
        yield (
            f"{count_text(shipment.delivered.documents, 'document')} are in the index; the same "
            "command again goes on, and leaves those as they are"
        )
