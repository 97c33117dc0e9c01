"""What `slsloggrep help TOPIC` tells: the texts, as data; the manual page has them too.

What a single command takes stands in its own module. How a topic is set belongs to
`slsloggrep.cli.help` and `slsloggrep.cli.man`.
"""

from __future__ import annotations

from typing import NamedTuple

Rows = tuple[tuple[str, str], ...]
"""Terms, each with what it means."""


class Topic(NamedTuple):
    """A subject that several commands share; what is shown of it fits on a screen."""

    summary: str
    parts: tuple[str | Rows, ...]
    """Paragraphs and lists, in order."""


TOPICS = {
    "time": Topic(
        "How times, windows and durations are written.",
        (
            (
                "-s/--since and -u/--until bound the window; its end is not included. Without them "
                "the time inside an ID tells where to look, else each command says what it "
                "searched."
            ),
            (
                ("10m, 1h30m, '2h ago', 2d", "so long before now"),
                ("now, today, yesterday", "a day means its beginning"),
                ("14:05, 'yesterday 14:00'", "on that day, in your time zone"),
                ("2026-11-23T14:05Z", "ISO 8601, with an offset or in your time zone"),
                ("'2026-11-23 14:05'", "the same, with a space"),
                ("1795442700, 1795442700000", "seconds or milliseconds since the epoch"),
                ("..", "between the ends of a range: --compare 'yesterday 14:00..15:00'"),
                ("500ms, 30s, 15m, 1h, 7d, 2w", "durations: --late, --reach, --baseline"),
            ),
            (
                "Times are read and shown in UTC; --tz Europe/Berlin or --tz +02:00 says another "
                "zone, --local this machine's. What could mean two times is refused, with both."
            ),
            (
                "An archive's objects are written later than their events: --late (1h) says by how "
                "much at most."
            ),
        ),
    ),
    "sources": Topic(
        "Where logs are read from, and how to name it.",
        (
            (
                "-S/--source says where the logs are. It may be repeated: the same event in two of "
                "them is one event. Without it: cloudwatch:, where AWS credentials are."
            ),
            (
                ("cloudwatch:", "CloudWatch Logs; cloudwatch:GROUP?region=R&profile=P for one"),
                ("s3://bucket/prefix", "an archive; ?anonymous, ?requester-pays"),
                ("opensearch+https://host/index", "a search cluster; elasticsearch+https: too"),
                ("./logs, 'logs/**/*.gz'", "a file, a folder or a glob, whatever is in it"),
                ("-", "standard input"),
                ("demo:", "the built-in demo, without any account"),
                ("NAME", "[source.NAME] of your settings"),
            ),
            (
                "-g/--group chooses log groups in every source (name, glob, /regex/, ARN, URL of "
                "the console or an API), -F/--function those of functions; --stack, --tag, "
                "--project and --api those of what you have in hand. Functions named beside a "
                "stack, a tag or a project are looked for in it. --profile, --region and "
                "--role-arn say who asks AWS, and where."
            ),
            (
                "What cannot be read is told, and makes the exit code 3. `slsloggrep doctor` "
                "checks what a source needs; --dry-run tells what would be read."
            ),
        ),
    ),
    "ids": Topic(
        "Which IDs a transaction is found by, and where they lead.",
        (
            (
                "`slsloggrep trace ID` takes whatever you have. It is looked for as a whole word: "
                "ord-12 is not found in ord-123."
            ),
            (
                ("request ID", "of Lambda, API Gateway; every attempt belongs to it"),
                ("X-Ray trace ID", "1-67e1b5c0-3f2a..., or the whole header"),
                ("W3C trace ID", "32 hex digits, or the whole traceparent"),
                ("Datadog's ID", "decimal"),
                ("execution ARN", "of Step Functions; the execution as a whole"),
                ("any other", "a correlation ID, a message ID, an order number"),
                ("fingerprint", "of a crash, for `slsloggrep crashes show`; six characters do"),
            ),
            (
                "--id-key order_id names a field of your logs that holds an ID. Trace IDs that are "
                "found lead on to other invocations: --max-hops and --reach say how far. A batch "
                "belongs to each of its transactions and joins none."
            ),
            (
                "X-Ray IDs, UUIDv7, UUIDv1, ULID and KSUID hold a time, which is the window where "
                "you give none."
            ),
        ),
    ),
    "filters": Topic(
        "How grep and tail choose events.",
        (
            (
                "All that is asked for must hold. Invocations are stitched before anything is left "
                "out, so that --invocations shows them whole."
            ),
            (
                ("PATTERN", "plain text, also inside JSON strings; -E: a regex, -i: any case"),
                ("-l error", "this level and above: trace, debug, info, warn, error, fatal"),
                ("--where order.total>100", "a field of JSON messages; b inside a is a.b"),
                ("  =  !=  ~=", "equal, not equal, matches a regex"),
                ("  >  >=  <  <=", "as numbers, else as text"),
                (
                    "@level, @function",
                    (
                        "what is no field; also @message, @text, @request_id, @log_group, "
                        "@log_stream, @fact, @status, @error_type, @duration_ms, @billed_ms, "
                        "@init_ms, @memory_mb, @max_memory_mb"
                    ),
                ),
                ("-n 20", "no more than so many"),
            ),
            (
                "Quote what a shell would take for its own: --where '@duration_ms>2000'. What a "
                "source can filter itself it does; what it returns is looked at again here."
            ),
        ),
    ),
    "formats": Topic(
        "What -o and -O write.",
        (
            (
                "Data goes to standard output; notes, progress and what was not read go to "
                "standard error. -o says the format, -O the target: a file, s3://bucket/key, or -."
            ),
            (
                ("text", "for people; in a terminal coloured, cut to its width, and paged"),
                ("json", "one document; `slsloggrep schema NAME` describes it"),
                ("ndjson", "a document a line"),
                ("md", "Markdown for an issue or a chat"),
                ("html", "one page without network, which folds and filters"),
                ("csv", "one table; --table names another one"),
                ("svg", "a picture of the text, for a chat or a slide; COLUMNS wide"),
            ),
            (
                "The ending of -O's target tells the format. A file is never written over without "
                "--force. --redact takes secrets out, in every format."
            ),
            (
                "JSON has times in UTC, durations in milliseconds, null for what is absent. Log "
                "text is shown and never obeyed: escape sequences, markup, formulas and links are "
                "harmless."
            ),
        ),
    ),
    "environment": Topic(
        "Variables that count.",
        (
            (
                "Every option has a variable: SLSLOGGREP_ and its long name in capitals, - as _. "
                "Flags win over variables, variables over files with settings."
            ),
            (
                ("SLSLOGGREP_SOURCE, ...", "--source and so on; several with spaces between"),
                ("SLSLOGGREP_CONTEXT", "the [context.NAME] of your settings"),
                ("SLSLOGGREP_CONFIG", "your own file with settings"),
                ("SLSLOGGREP_PROJECT_FILE", "the project's, instead of the nearest one"),
                ("SLSLOGGREP_OPENSEARCH_USER", "and _PASSWORD, _API_KEY, ...: for search clusters"),
                (
                    "SLSLOGGREP_PAGER, PAGER",
                    (
                        "shows what is longer than the screen, instead of less; empty or cat: "
                        "nothing does. LESS is FRX where it is not set"
                    ),
                ),
                ("NO_COLOR", "no colours where --color is auto; wins over the next"),
                ("CLICOLOR_FORCE", "colours everywhere; CLICOLOR=0: nowhere"),
                ("FORCE_HYPERLINK", "1, 0: the terminal has hyperlinks (OSC 8), or has none"),
                ("COLUMNS", "the width, instead of the terminal's"),
                ("TZ, TMPDIR", "the zone of --local; where temporary files go"),
                ("AWS_PROFILE, AWS_REGION, ...", "as the AWS command line has them"),
                ("SLSLOGGREP_DEBUG", "1: a defect of the program shows where it is"),
            ),
        ),
    ),
    "settings": Topic(
        "Files with settings.",
        (
            (
                "`slsloggrep config init` writes your own file, `slsloggrep config set KEY VALUE` "
                "changes it, `slsloggrep config path` tells where it is. A team's is "
                ".slsloggrep.toml, found upward from the current folder. "
                "Settings are called as the long options are."
            ),
            (
                ('tz = "Europe/Berlin"', "an option's default; since, group, id-key, redact, ..."),
                ('sources = ["prod"]', "what -S is where it is not given"),
                ("[source.prod]", "url, profile, region, group, user, password: -S prod"),
                ("[alias]", 'boom = "crashes -s 24h": slsloggrep boom'),
                ("[context.night]", "other defaults, with --context night"),
                ("[price.eu-west-1]", "your own prices of a GB-second and a request"),
            ),
            (
                "What comes later wins: your own file, the project's, the context's, variables, "
                "flags; `slsloggrep config show --origin` tells which it was. Secrets are never "
                'written in clear: { env = "VAR" }, { command = "pass show os" } or { keyring = '
                '"ENTRY" }.'
            ),
        ),
    ),
}
"""Topics by name, in the order in which they are listed."""

EXIT_CODES_TOPIC = "exit-codes"
"""A topic whose list is the contract of `slsloggrep.cli.app`, and not repeated here."""

EXIT_CODES_SUMMARY = "What the exit code says of an answer."
EXIT_CODES_TEXT = (
    "An empty answer can be trusted where the code is 1: everything was read. Where anything was "
    "not, it is 3, and standard error says what."
)
