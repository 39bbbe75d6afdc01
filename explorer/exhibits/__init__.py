"""Exhibits for a class: the classic mistakes, each beside the right way and what catches it."""
