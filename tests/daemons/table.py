"""The table of daemons: one row a daemon and way to run it."""

from nginx import Nginx, NginxNameless

DAEMONS = [
    Nginx, NginxNameless,
]
