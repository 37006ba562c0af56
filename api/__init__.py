"""The doors: web pages and interfaces, map pages, the command line, and every word they say.

Holds no SQL and no geometry arithmetic; nothing happens at import.
"""
