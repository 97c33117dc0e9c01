"""Where logs are pulled from: one module a source, found by URL scheme."""
