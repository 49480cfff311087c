"""PostgreSQL for the embedded run: its server, and one database with its own role per service."""

from deploy.local.postgres.databases import Databases, database_name
from deploy.local.postgres.server import forget_data, server

__all__ = ["Databases", "database_name", "forget_data", "server"]
