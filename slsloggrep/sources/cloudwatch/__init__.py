"""CloudWatch Logs as a source: log groups of one or several accounts and regions."""
