"""Reads a page of an HTTPS server of its own, whose certificate some authority of the system has to vouch for."""

import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request


def serve(listener, context):
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1000)
            secure.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello")
    except OSError:
        connection.close()


def main():
    certificate, key = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, context), daemon=True).start()
    try:
        with urllib.request.urlopen(f"https://localhost:{listener.getsockname()[1]}/") as page:
            print("page:", page.read().decode())
    except urllib.error.URLError as error:
        print("refused:", error.reason)
    print("file:", ssl.get_default_verify_paths().cafile)
    said = subprocess.run(["/usr/bin/env"], capture_output=True, text=True, check=True).stdout
    print("given on:", *sorted(line for line in said.splitlines() if line.startswith("SSL_")))
