"""Opens sockets, passes them as systemd does, and becomes the command: pass-sockets.py NAME=KIND... -- COMMAND...

KIND is tcp:HOST:PORT, unix:PATH, udp, file, connected:PATH (to a datagram socket), stranger (LISTEN_PID of another).
The first line of stderr says where each of them is.
"""

import os
import socket
import sys

arguments = sys.argv[1:]
end = arguments.index("--")
wanted, command = arguments[:end], arguments[end + 1 :]


def open_one(kind):
    family, _, rest = kind.partition(":")
    if family == "tcp":
        host, _, port = rest.rpartition(":")
        one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        one.bind((host, int(port)))
        one.listen(128)
        return one, "%s:%d" % one.getsockname()[:2]
    if family == "unix":
        one = socket.socket(socket.AF_UNIX)
        one.bind(rest)
        one.listen(128)
        return one, rest
    if family == "udp":
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", 0))
        return one, "udp"
    if family == "connected":
        one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        one.connect("\0" + rest[1:] if rest.startswith("@") else rest)
        return one, rest
    return open(__file__), "file"


stranger = "stranger" in wanted
pairs = [one.partition("=") for one in wanted if one != "stranger"]
opened = [open_one(kind) for _, _, kind in pairs]
# Out of the way first: dup2 closes what has the number.
copies = [os.dup(one.fileno()) for one, _ in opened]
moved = [os.dup2(os.dup(fd), 100 + index) for index, fd in enumerate(copies)]
for index, fd in enumerate(moved):
    os.dup2(fd, 3 + index, inheritable=True)
os.closerange(3 + len(moved), 200)

os.environ["LISTEN_FDS"] = str(len(moved))
os.environ["LISTEN_PID"] = "1" if stranger else str(os.getpid())
os.environ["LISTEN_FDNAMES"] = ":".join(name for name, _, _ in pairs)
if "WATCHDOG_USEC" in os.environ:
    os.environ["WATCHDOG_PID"] = str(os.getpid())
print("Passed: " + " ".join(where for _, where in opened), file=sys.stderr, flush=True)
os.execvp(command[0], command)
