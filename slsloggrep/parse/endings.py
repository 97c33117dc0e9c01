"""How something ended, by the status and the error type that the platform states for it.

AWS Lambda Developer Guide, telemetry-schema-reference; the vocabulary of error types is open, and
those that are known to mean an end of their own kind stand here. What a status means for a whole
invocation, with all of its records, is weighed in `slsloggrep.stitch.outcome`.
"""

from __future__ import annotations

from slsloggrep.model import Status

BAD_STATUSES = frozenset({"error", "timeout", "failure"})
"""All statuses but `success`."""

INIT_ERRORS = frozenset(
    {
        "Runtime.ImportModuleError",
        "Runtime.HandlerNotFound",
        "Runtime.MalformedHandlerName",
        "Runtime.MalformedStreamingHandler",
        "Runtime.UserCodeSyntaxError",
        "Runtime.InitError",
        "Runtime.InvalidEntrypoint",
        "Runtime.InvalidWorkingDir",
        "Runtime.InvalidTaskConfig",
        "Runtime.BuiltInModuleConflict",
        "Runtime.RestoreHookUserTimeout",
        "Runtime.BeforeSnapshotError",
        "Runtime.AfterRestoreError",
    }
)
TIMEOUT_ERRORS = frozenset({"Sandbox.Timedout", "Sandbox.Timeout", "Runtime.InvokeTimeout"})
_EXIT_ERRORS = frozenset({"Runtime.ExitError", "Runtime.NodeJsExit", "Runtime.Unknown"})


def is_failing(state: str | None) -> bool:
    """Tell whether the state of an extension is that of one that failed: `LaunchError`, say."""
    return state is not None and "error" in state.lower()


def status_of(status: str, error_type: str) -> Status:
    """Return how something ended, by a status as it is written and an error type, or `""`."""
    if status == "success":
        return Status.OK
    if status == "timeout" or error_type in TIMEOUT_ERRORS:
        return Status.TIMEOUT
    if error_type == "Runtime.OutOfMemory":
        return Status.OOM
    if error_type.startswith("Extension."):
        return Status.EXTENSION
    if error_type in INIT_ERRORS:
        return Status.INIT_ERROR
    # A failure is the handler's, the runtime lives: it calls types that it does not know Unknown.
    if error_type in _EXIT_ERRORS and not (status == "failure" and error_type == "Runtime.Unknown"):
        return Status.EXIT
    return Status.ERROR
