"""Hooks for a host behind HAProxy, by its runtime socket: `python3 hook.py drain|undrain|inflight`.

HAPROXY_SOCKET is the socket (level admin), HAPROXY_BACKEND the backend; the server there is named as the host.
Exit 0: done, 75: not yet, 1: failed, with what HAProxy said.
"""

import os
import socket
import sys

NOT_YET = 75


def ask(command: str) -> str:
    """What HAProxy answers."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(5)
        link.connect(os.environ["HAPROXY_SOCKET"])
        link.sendall(f"{command}\n".encode())
        answer = b""
        while part := link.recv(65536):
            answer += part
    return answer.decode(errors="replace").strip()


def main(verb: str) -> int:
    backend, host = os.environ["HAPROXY_BACKEND"], os.environ["COCKPIT_HOST"]
    if verb == "inflight":
        lines = ask("show stat").lstrip("# ").splitlines()
        names = lines[0].split(",")
        rows = (dict(zip(names, line.split(","), strict=False)) for line in lines[1:])
        row = next((row for row in rows if (row["pxname"], row["svname"]) == (backend, host)), None)
        if row is None:
            print(f"HAProxy has no server {host} in {backend}")
            return 1
        print(f"{row['scur']} requests under way")
        return 0 if row["scur"] == "0" else NOT_YET
    said = ask(f"set server {backend}/{host} state {'drain' if verb == 'drain' else 'ready'}")
    print(said)
    return 1 if said else 0  # it says something only where it refuses


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
