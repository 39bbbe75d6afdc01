"""The form in which a network runs fastest on this machine."""
