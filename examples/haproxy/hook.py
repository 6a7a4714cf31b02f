"""Hooks for a host behind HAProxy, through its runtime socket: `python3 hook.py drain|undrain|inflight`.

HAPROXY_SOCKET is the socket (level admin) and HAPROXY_BACKEND the backend, in which the server is named as the host.
Exit 0: done, 75: not yet, 1: failed, with the output of HAProxy.
"""

import os
import socket
import sys

NOT_YET = 75


def send(command: str) -> str:
    """Send a command; HAProxy's reply."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(os.environ["HAPROXY_SOCKET"])
        connection.sendall(f"{command}\n".encode())
        reply = b""
        while part := connection.recv(65536):
            reply += part
    return reply.decode(errors="replace").strip()


def main(verb: str) -> int:
    backend, host = os.environ["HAPROXY_BACKEND"], os.environ["COCKPIT_HOST"]
    if verb == "inflight":
        lines = send("show stat").lstrip("# ").splitlines()
        names = lines[0].split(",")
        rows = (dict(zip(names, line.split(","), strict=False)) for line in lines[1:])
        row = next((row for row in rows if (row["pxname"], row["svname"]) == (backend, host)), None)
        if row is None:
            print(f"HAProxy has no server {host} in {backend}")
            return 1
        print(f"{row['scur']} requests in flight")
        return 0 if row["scur"] == "0" else NOT_YET
    reply = send(f"set server {backend}/{host} state {'drain' if verb == 'drain' else 'ready'}")
    print(reply)
    return 1 if reply else 0  # HAProxy replies only to a command it refuses


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
