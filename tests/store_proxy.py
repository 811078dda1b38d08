"""A proxy before a PostgreSQL server, which cuts connections in the midst of what is said."""

from __future__ import annotations

import socket
import threading
from typing import Self

__all__ = ["Proxy"]


class Proxy:
    """Passes on what clients and a PostgreSQL server say, and cuts a connection at a statement: before it, or after its effect."""

    def __init__(self, url: str) -> None:
        import psycopg.conninfo

        named = psycopg.conninfo.conninfo_to_dict(url)
        self._server = f"{named['host']}/.s.PGSQL.{named.get('port', 5432)}"
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._sockets: list[socket.socket] = []
        #: cut before the server gets a message with this in it; or once it has answered one
        self.before: bytes | None = None
        self.after: bytes | None = None
        #: whether it takes no more connections after a cut before a statement
        self.ends = False
        self.url = f"postgresql://{named['user']}@127.0.0.1:{self._listening.getsockname()[1]}/{named['dbname']}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._close(self._listening)
        self.cut()
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def cut(self) -> None:
        """Cut all connections."""
        for one in self._sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it is cut already

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._sockets += [client, server]
            thread = threading.Thread(target=self._serve, args=(client, server))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on one message of the client after the other, each with all of the answer."""
        answers = threading.Thread(target=self._answer, args=(server, client))
        answers.start()
        with client, server:
            try:
                while message := client.recv(1 << 20):
                    if self.before and self.before in message:
                        self.before = None
                        if self.ends:
                            self._close(self._listening)
                        break
                    if self.after and self.after in message:
                        self.after, self._sockets = None, [one for one in self._sockets if one is not client]
                        client.shutdown(socket.SHUT_RDWR)
                        client = server  # nobody is there to be answered
                    server.sendall(message)
            except OSError:
                pass  # somebody else has cut it
            finally:
                self._close(server, client)
                answers.join()

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while answer := server.recv(1 << 20):
                client.sendall(answer)
        except OSError:
            pass
        self._close(client)

    @staticmethod
    def _close(*sockets: socket.socket) -> None:
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
