"""The tests: through HTTP or a real browser, against a real MongoDB. Folders are named after those of gigflow."""
