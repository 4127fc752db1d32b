"""An SSH server and its client in one process; the server's key is shown as a certificate."""

import datetime
import socket
import threading

import paramiko
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Server(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        good = (username, password) == ("ada", "secret")
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.command = command
        return True


def certificate():
    signer = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now)
    made = builder.sign(signer, hashes.SHA256())
    return x509.load_pem_x509_certificate(made.public_bytes(serialization.Encoding.PEM))


def main():
    ours, theirs = socket.socketpair()
    transport = paramiko.Transport(theirs)
    transport.add_server_key(paramiko.RSAKey(key=key))
    server = Server()
    transport.start_server(event=threading.Event(), server=server)
    client = paramiko.Transport(ours)
    client.connect(username="ada", password="secret")
    channel = client.open_session()
    channel.exec_command("hello over ssh")
    answer = transport.accept(10)
    answer.sendall(server.command.upper())
    answer.send_exit_status(0)
    answer.close()
    print(channel.makefile().read().decode(), channel.recv_exit_status())
    print(client.get_remote_server_key().get_name(), certificate().subject.rfc4514_string())
    client.close()
    transport.close()

    fernet = Fernet(Fernet.generate_key())
    print(fernet.decrypt(fernet.encrypt(b"round trip")).decode())
