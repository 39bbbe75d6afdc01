"""What a session has set: the request, its look, the address that names both."""
