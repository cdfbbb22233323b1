"""What tests stand on: servers, people, clients, checks of pages and of the database."""
