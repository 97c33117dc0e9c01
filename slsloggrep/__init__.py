"""slsloggrep pulls the logs of serverless functions, stitches them and shows what happened."""

__version__ = "0.5.0"
