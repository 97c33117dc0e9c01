"""Mappings: what shippers' index templates say, and ways in which a message field is indexed.

`TEMPLATES` are cut down to what bears on fields of log events; names, types, `ignore_above` and
dynamic rules are those of the originals (Logstash's, Filebeat 8's and its ECS fields, the
lambda_logs integration's, Data Prepper's two for logs-otel-v1, the catalogue's ss4o_logs).
What is not there has no template: the server's dynamic defaults map it (text, with a `.keyword` of
at most 256 characters; numbers; dates by their look).

`MESSAGES` are mappings of the message field alone, to be laid over any shape: each is one in
which a careless query misses something. FEATURES says which server has what, for the servers of
`search_builds` (without the modules that these lack).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from search_node import Node

__all__ = ["FEATURES", "MESSAGES", "TEMPLATES", "MessageMapping", "adapt", "has"]

Mapping = dict[str, Any]

FEATURES: dict[str, dict[str, tuple[int, int]]] = {
    # feature -> product -> the first version that has it
    "data_streams": {"opensearch": (1, 0), "elasticsearch": (8, 0)},
    "flat": {"opensearch": (2, 7), "elasticsearch": (8, 0)},  # flat_object or flattened
    "match_only_text": {"opensearch": (2, 12)},
    "wildcard": {"opensearch": (2, 15)},
    "pit": {"opensearch": (2, 4), "elasticsearch": (7, 11)},
}


def has(node: Node, feature: str) -> bool:
    """Tell whether the server has a feature of FEATURES."""
    first = FEATURES[feature].get(node.product)
    major, minor = (int(part) for part in node.version.split(".")[:2])
    return first is not None and (major, minor) >= first


def adapt(mappings: Any, node: Node) -> None:
    """Name, in place, the types that a server knows by another name or not yet.

    Text that only matches was plain text before there was such a type, in the shippers' older
    templates too.
    """
    if isinstance(mappings, dict):
        if mappings.get("type") == "match_only_text" and not has(node, "match_only_text"):
            mappings["type"] = "text"
        if mappings.get("type") == "flat_object" and node.product == "elasticsearch":
            mappings["type"] = "flattened"
        for inner in mappings.values():
            adapt(inner, node)


def _keyword(longest: int = 1024) -> Mapping:
    return {"type": "keyword", "ignore_above": longest}


def _object(**properties: Mapping) -> Mapping:
    return {"properties": properties}


_TEXT_AND_KEYWORD: Mapping = {
    "type": "text",
    "norms": False,
    "fields": {"keyword": _keyword(256)},
}
_STRINGS_AS_KEYWORD: Mapping = {
    "strings_as_keyword": {"match_mapping_type": "string", "mapping": _keyword()}
}
_CLOUDWATCH = _object(
    log_group=_keyword(), log_stream=_keyword(), ingestion_time={"type": "date"}
)  # fmt: skip
# ECS's field for the message as it came: kept in the source, and not to be searched.
_ORIGINAL: Mapping = {"type": "keyword", "index": False, "doc_values": False}

TEMPLATES: dict[str, Mapping] = {
    "logstash": {
        "settings": {"index.refresh_interval": "5s"},
        "mappings": {
            "dynamic_templates": [
                {
                    "message_field": {
                        "path_match": "message",
                        "match_mapping_type": "string",
                        "mapping": {"type": "text", "norms": False},
                    }
                },
                {
                    "string_fields": {
                        "match": "*",
                        "match_mapping_type": "string",
                        "mapping": _TEXT_AND_KEYWORD,
                    }
                },
            ],
            "properties": {"@timestamp": {"type": "date"}, "@version": {"type": "keyword"}},
        },
    },
    "filebeat": {
        "settings": {"index.refresh_interval": "5s", "index.query.default_field": ["message"]},
        "mappings": {
            "date_detection": False,
            "dynamic_templates": [_STRINGS_AS_KEYWORD],
            "properties": {
                "@timestamp": {"type": "date"},
                "message": {"type": "match_only_text"},
                "event": _object(
                    id=_keyword(), ingested={"type": "date"}, original=_ORIGINAL, kind=_keyword()
                ),
                "log": _object(file=_object(path=_keyword()), level=_keyword()),
                "awscloudwatch": _CLOUDWATCH,
                "aws": _object(cloudwatch={"properties": {"message": {"type": "text"}}}),
                "cloud": _object(provider=_keyword(), region=_keyword()),
            },
        },
    },
    "lambda_logs": {
        "settings": {"index.query.default_field": ["message"]},
        "mappings": {
            "date_detection": False,
            "dynamic_templates": [_STRINGS_AS_KEYWORD],
            "properties": {
                "@timestamp": {"type": "date"},
                "message": {"type": "match_only_text"},
                "event": _object(id=_keyword(), original=_ORIGINAL, dataset=_keyword()),
                "log": _object(file=_object(path=_keyword()), level=_keyword()),
                "aws": _object(
                    cloudwatch=_CLOUDWATCH,
                    **{
                        "lambda": _object(
                            event_type=_keyword(),
                            request_id=_keyword(),
                            correlation_id=_keyword(),
                            xray_trace_id=_keyword(),
                            name=_keyword(),
                            message={"type": "flat_object"},
                            error=_object(message=_keyword(), type=_keyword()),
                            metrics=_object(
                                duration_ms={"type": "long"},
                                billed_duration_ms={"type": "long"},
                                init_duration_ms={"type": "long"},
                                max_memory_used_mb={"type": "long"},
                                memory_size_mb={"type": "long"},
                            ),
                        )
                    },
                ),
            },
        },
    },
    "data_prepper": {
        "mappings": {
            "date_detection": False,
            "dynamic_templates": [
                {
                    "resource_attributes_map": {
                        "path_match": "resource.attributes.*",
                        "mapping": {"type": "keyword"},
                    }
                },
                {
                    "log_attributes_map": {
                        "path_match": "log.attributes.*",
                        "mapping": {"type": "keyword"},
                    }
                },
            ],
            "properties": {
                "body": {"type": "text"},
                "@timestamp": {"type": "date_nanos"},
                "time": {"type": "date_nanos"},
                "observedTimestamp": {"type": "date_nanos"},
                "observedTime": {"type": "alias", "path": "observedTimestamp"},
                "traceId": _keyword(256),
                "spanId": _keyword(256),
                "severity": _object(number={"type": "long"}, text={"type": "keyword"}),
            },
        }
    },
    "data_prepper_standard": {
        "mappings": {
            "date_detection": False,
            "dynamic_templates": [
                {
                    f"{kind}_{name}": {
                        "path_match": f"{path}.*",
                        "match_mapping_type": kind,
                        "mapping": {"type": kind},
                    }
                }
                for name, path in (
                    ("resource_attributes", "resource.attributes"),
                    ("attributes", "attributes"),
                )
                for kind in ("long", "double")
            ]
            + [
                {
                    "string_attributes": {
                        "path_match": "attributes.*",
                        "match_mapping_type": "string",
                        "mapping": _keyword(256),
                    }
                }
            ],
            # observedTimestamp is not among them, and dates are not detected: it is text.
            "properties": {
                "body": {"type": "text"},
                "@timestamp": {"type": "date_nanos"},
                "time": {"type": "date_nanos"},
                "traceId": _keyword(32),
                "spanId": _keyword(16),
                "flags": {"type": "long"},
                "droppedAttributesCount": {"type": "integer"},
            },
        }
    },
    "ss4o": {
        "settings": {"index.mapping.total_fields.limit": 10_000, "index.refresh_interval": "5s"},
        "mappings": {
            "dynamic_templates": [
                {
                    "instrumentation_scope_attributes_map": {
                        "path_match": "instrumentationScope.attributes.*",
                        "mapping": {"type": "keyword"},
                    }
                }
            ],
            "properties": {
                "body": {"type": "text"},
                "@message": {"type": "alias", "path": "body"},
                "@timestamp": {"type": "date"},
                "observedTimestamp": {"type": "date"},
                "observerTime": {"type": "alias", "path": "observedTimestamp"},
                "traceId": _keyword(256),
                "spanId": _keyword(256),
                "severity": _object(number={"type": "long"}, text=_TEXT_AND_KEYWORD),
            },
        },
    },
}


@dataclass(frozen=True)
class MessageMapping:
    """One way to index the message; `searchable` tells whether the server can find it at all."""

    name: str
    message: Mapping
    searchable: bool = True
    settings: Mapping = field(default_factory=dict)
    needs: str = ""

    def fits(self, node: Node) -> bool:
        """Tell whether the server has this mapping."""
        return not self.needs or has(node, self.needs)


_SHORT_TOKENS: Mapping = {
    "index.analysis.analyzer.short.type": "standard",
    "index.analysis.analyzer.short.max_token_length": 5,
}

MESSAGES = {
    mapping.name: mapping
    for mapping in (
        MessageMapping("text", {"type": "text"}),
        MessageMapping("text+keyword", _TEXT_AND_KEYWORD),
        MessageMapping("keyword", {"type": "keyword"}),
        # Longer messages are in no index at all, and documents with them are not rejected.
        MessageMapping("keyword-256", _keyword(256)),
        MessageMapping("whitespace", {"type": "text", "analyzer": "whitespace"}),
        # Digits are no letters: of `ord-17` only `ord` is indexed.
        MessageMapping("letters", {"type": "text", "analyzer": "simple"}),
        MessageMapping("stop-words", {"type": "text", "analyzer": "stop"}),
        MessageMapping("whole", {"type": "text", "analyzer": "keyword"}),
        # Long words are cut into several tokens.
        MessageMapping("cut-words", {"type": "text", "analyzer": "short"}, settings=_SHORT_TOKENS),
        # Phrases cannot be searched where positions are not kept: the server refuses.
        MessageMapping("no-positions", {"type": "text", "index_options": "docs"}),
        MessageMapping("match-only", {"type": "match_only_text"}, needs="match_only_text"),
        MessageMapping("wildcard", {"type": "wildcard"}, needs="wildcard"),
        MessageMapping("unindexed", {"type": "text", "index": False}, searchable=False),
        MessageMapping("unindexed-keyword", _ORIGINAL, searchable=False),
        MessageMapping("disabled", {"type": "object", "enabled": False}, searchable=False),
    )
}
