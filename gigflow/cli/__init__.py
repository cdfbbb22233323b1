"""The commands: `flask gigflow …`."""
