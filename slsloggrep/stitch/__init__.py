"""Records to invocations to transactions."""
