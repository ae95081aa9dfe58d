"""TLS in front of a port of the loopback interface.

usage: tls_front.py PORT FOLDER

Makes an authority of its own, writes its certificate to FOLDER/authority.pem, and
prints the port of `localhost` where it answers with a certificate signed by it; what
comes in there goes on to PORT, and back. Ends when standard input does, so that it
never outlives the test that started it.
"""

import asyncio
import datetime
import ssl
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "localhost"


def certificate(subject, key, issuer, issuer_key, extension):
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(extension, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def context(folder: Path) -> ssl.SSLContext:
    authority, own = name("authority of a test"), name(HOST)
    authority_key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate(
        authority, authority_key, authority, authority_key, x509.BasicConstraints(True, 0)
    )
    names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    leaf = certificate(own, own_key, authority, authority_key, names)
    encoding = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(root.public_bytes(encoding))
    key = own_key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = folder / "front.pem"
    chain.write_bytes(leaf.public_bytes(encoding) + key)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain)
    chain.unlink()
    return made


async def copy(reader, writer) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # a side that is gone ends the other as well
    finally:
        writer.close()


async def main(port: int, folder: Path) -> None:
    async def connected(reader, writer) -> None:
        behind = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, behind[1]), copy(behind[0], writer))

    server = await asyncio.start_server(connected, HOST, 0, ssl=context(folder))
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
