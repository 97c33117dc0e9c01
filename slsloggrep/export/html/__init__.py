"""Outlines to one self-contained HTML file."""
