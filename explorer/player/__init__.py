"""The linked player: an explanation packed for the browser, and the modules that show it."""
