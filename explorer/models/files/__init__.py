"""Files that a person brings: read as data, never run."""
