"""Tables of databases: through SQLAlchemy, and PostgreSQL by a path of its own."""
