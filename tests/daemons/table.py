"""The table of daemons: one row a daemon and way to run it."""

from apache import Apache, ApacheNameless
from haproxy import Haproxy, HaproxyNameless
from nginx import Nginx, NginxNameless
from unbound import Unbound, UnboundNameless

DAEMONS = [
    Nginx, NginxNameless,
    Haproxy, HaproxyNameless,
    Unbound, UnboundNameless,
    Apache, ApacheNameless,
]
