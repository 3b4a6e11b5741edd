"""A service manager's end of sd_notify(3): prints each message as a line of JSON, with the pid of who sent it."""

import array
import json
import os
import socket
import struct
import sys

path = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
receiver.bind("\0" + path[1:] if path.startswith("@") else path)
print(json.dumps({"ready": True}), flush=True)

while True:
    text, extras, _, _ = receiver.recvmsg(65536, 4096)
    pid = 0
    for level, kind, data in extras:
        if kind == socket.SCM_CREDENTIALS:
            pid = struct.unpack("3i", data)[0]
        if kind == socket.SCM_RIGHTS:
            # systemd-notify waits until the manager closes what it sends along (BARRIER=1).
            descriptors = array.array("i")
            descriptors.frombytes(data[: len(data) - len(data) % 4])
            for descriptor in descriptors:
                os.close(descriptor)
    print(json.dumps({"pid": pid, "text": text.decode()}), flush=True)
