"""PostgreSQL and Valkey for a machine that has none, and the processes of a development run.

Development, demo and tests only: in production `DATABASE_URL` and `REDIS_URL` name real servers.
Nothing here imports Django, because settings can be read only after these servers have started.
"""

from marketplace.devservers.errors import ServersError
from marketplace.devservers.servers import Servers

__all__ = ["Servers", "ServersError"]
