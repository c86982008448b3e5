"""Table of the daemons: one class for each daemon and way to run it."""

from apache import Apache, ApacheNameless
from commands import CheckHttp, CheckHttpNamed, Dig, DigNamed, Swaks, SwaksNamed
from haproxy import Haproxy, HaproxyNameless
from nginx import Nginx, NginxNameless
from openvpn import Openvpn, OpenvpnRenegotiates
from postfix import Postfix, PostfixEncrypt, PostfixMay, PostfixSecure
from postgresql import PostgresFdw, Psql, PsqlNameless, PsqlPrefer
from redis import RedisCli, RedisCliNamed, RedisReplica
from s_client import SClient, SClientNameless
from stunnel import Stunnel, StunnelNameless
from svn import Svn, SvnAddress
from unbound import Unbound, UnboundNameless

DAEMONS = [
    Haproxy, HaproxyNameless,
    Nginx, NginxNameless,
    Openvpn, OpenvpnRenegotiates,
    RedisCli, RedisCliNamed, RedisReplica,
    Unbound, UnboundNameless,
    Apache, ApacheNameless,
    Psql, PsqlNameless, PsqlPrefer, PostgresFdw,
    Stunnel, StunnelNameless,
    SClient, SClientNameless,
    Svn, SvnAddress,
    CheckHttp, CheckHttpNamed,
    Dig, DigNamed,
    Swaks, SwaksNamed,
    Postfix, PostfixSecure, PostfixEncrypt, PostfixMay,
]
