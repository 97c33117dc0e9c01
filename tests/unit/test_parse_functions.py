"""Which function a log group and a log stream belong to."""

from __future__ import annotations

import pytest

from slsloggrep.parse import function_of, is_environment

HASH = "4eaf8445ba7a4a93b999cb17fbfbecd8"


@pytest.mark.parametrize(
    ("group", "stream", "function"),
    [
        ("/aws/lambda/pay", f"2023/02/20/[$LATEST]{HASH}", "pay"),
        ("/aws/lambda/pay", f"2023/07/05/[56]{HASH}", "pay"),
        ("/aws/lambda/us-east-1.pay", f"2023/02/20/[3]{HASH}", "pay"),
        ("/aws/lambda/web/pay", f"2026/02/20/{HASH}-123456789012-us-east-1", "pay"),
        ("/aws/lambda/web/pay.local", "", "pay"),
        ("/shop/all", f"2025/05/06/pay-card[$LATEST]{HASH}", "pay-card"),
        ("/aws/vendedlogs/states/any", f"2020/03/05/pay[$LATEST]{HASH}", "pay"),
        ("/aws/lambda/pay", "2015/06/30/1f77bc4743204b22b0d42cf3b85f40c7", "pay"),
        ("/aws/vendedlogs/states/shop-Logs", "states/shop/2022-11-10-15-50/7851b2d9", "shop"),
        ("/aws/vendedlogs/states/shop-Logs", "", "shop"),
        ("API-Gateway-Execution-Logs_a1b2c3/prod", "x", "a1b2c3/prod"),
        ("/shop/orders/", "x", "orders"),
        ("orders", "x", "orders"),
        ("", "", ""),
    ],
)
def test_function_of_group_and_stream(group: str, stream: str, function: str) -> None:
    """The stream's word comes first, then the group's; other services give what works there."""
    assert function_of(group, stream) == function


@pytest.mark.parametrize(
    ("group", "stream", "is_one"),
    [
        ("/aws/lambda/pay", "", True),
        ("/aws/lambda/us-east-1.pay", f"2023/02/20/[3]{HASH}", True),
        ("/shop/all", f"2025/05/06/pay-card[$LATEST]{HASH}", True),
        ("/shop/all", "2015/06/30/1f77bc4743204b22b0d42cf3b85f40c7", True),
        ("/aws/vendedlogs/states/shop-Logs", "states/shop/2022-11-10-15-50/7851b2d9", False),
        ("API-Gateway-Execution-Logs_a1b2c3/prod", HASH, False),
        ("", "", False),
    ],
)
def test_which_streams_are_a_functions(group: str, stream: str, is_one: bool) -> None:
    """By the group's name, or by the date that Lambda begins a stream's name with."""
    assert is_environment(group, stream) is is_one
